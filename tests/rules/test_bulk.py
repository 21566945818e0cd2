"""One thing done to many orders: each by its ordinary verb, with what was not done and why."""

import json
from typing import Any
from uuid import uuid4

import pytest

from app.author import Actor
from app.errors import Problem
from app.orders.bulk import Outcome, perform, steps_of
from tests.cast import ALICE, BOB, CAROL, OLGA
from tests.rules.conftest import Door
from tests.rules.house import House
from tests.rules.windows import sign_in

ASKS_JSON = {"Accept": "application/json"}


async def act(house: House, numbers: list[str], what: str, who: Any = BOB) -> list[Outcome]:
    return await perform(house.context, house.actor(who), steps_of(numbers, what), str(uuid4()))


async def test_each_is_done_by_its_verb_and_can_be_taken_back(house: House) -> None:
    numbers = [await house.place(ALICE) for _ in range(3)]
    await house.do(BOB, "orders.assign", numbers[0], member=OLGA.email)
    outcomes = await act(house, numbers, "assign:me")
    assert [each.undo for each in outcomes] == [f"assign:{OLGA.email}", "assign:", "assign:"]
    assert [(await house.entries(number))[-1].kind for number in numbers] == ["assigned"] * 3
    for each in outcomes:
        await act(house, [each.number], each.undo or "")
    assert [(await house.order(BOB, number))["assignee"] for number in numbers] == [
        {"email": OLGA.email, "name": "Olga Orth"}, None, None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("what", "verb", "undo"),
    [
        ("done", "done", None),
        ("snooze:reply", "snooze", "wake"),
        ("label:rush", None, "unlabel:rush"),
    ],
)
async def test_what_changed_nothing_is_not_taken_back(
    house: House, what: str, verb: str | None, undo: str | None
) -> None:
    number = await house.place(ALICE)
    first, again = (await act(house, [number], what))[0], (await act(house, [number], what))[0]
    assert (first.undo, again.undo, again.problem) == (undo, None, None)
    assert (await house.entries(number))[-1].data.get("verb") == verb


async def test_what_cannot_be_done_is_named_and_holds_up_no_other(house: House) -> None:
    ours, theirs = await house.place(ALICE), await house.place(CAROL)
    await house.do(BOB, "messages.send", theirs, text="How large?")
    outcomes = await act(house, [theirs, "9999", ours, "no number"], "snooze:tomorrow")
    assert [(each.number, each.problem) for each in outcomes] == [
        (theirs, "Only what is your turn can be snoozed."),
        ("9999", "There is no such order."),
        (ours, None),
        ("no number", "There is no such order."),
    ]
    assert await house.numbers(BOB, "snoozed") == [ours]


async def test_read_and_unread_are_for_the_one_who_says_so(house: House) -> None:
    numbers = [await house.place(ALICE) for _ in range(2)]
    await act(house, numbers, "read")
    assert [(await house.order(BOB, number))["unread"] for number in numbers] == [0, 0]
    outcomes = await act(house, numbers, "unread")
    assert [each.undo for each in outcomes] == ["read", "read"]
    assert [(await house.order(BOB, number))["unread"] for number in numbers] == [1, 1]
    assert (await house.order(OLGA, numbers[0]))["unread"] == 1


@pytest.mark.parametrize(
    "what", ["", "orders.reject", "assign", "done:now", "delete", "snooze:never", "label:x"]
)
async def test_what_is_no_deed_changes_nothing(sqlite_house: House, what: str) -> None:
    number = await sqlite_house.place(ALICE)
    before = await sqlite_house.state(number)
    try:
        outcomes = await act(sqlite_house, [number], what)
    except Problem as problem:
        assert problem.code == "invalid"
    else:
        assert outcomes[0].problem
    assert await sqlite_house.state(number) == before


@pytest.mark.parametrize("many", [0, 201])
async def test_none_and_too_many_are_refused(sqlite_house: House, many: int) -> None:
    with pytest.raises(Problem) as refused:
        await act(sqlite_house, [str(number) for number in range(1001, 1001 + many)], "read")
    assert refused.value.errors[0].field == "order"


async def test_a_customer_does_nothing_with_it(sqlite_house: House) -> None:
    number = await sqlite_house.place(ALICE)
    guest: Actor = await sqlite_house.guest(number)
    for who in (ALICE, CAROL, guest):
        assert all(each.problem for each in await act(sqlite_house, [number], "done", who))


async def test_a_script_gets_what_came_of_each(house: House, door: Door) -> None:
    number = await house.place(ALICE)
    bob = await sign_in(door(), house, BOB)
    data = {"order": [number, "9999"], "do": "label:rush"}
    answer = await bob.post("/desk/bulk", data=data, headers=ASKS_JSON)
    assert json.loads(answer.text) == [
        {"number": number, "undo": "unlabel:rush", "problem": None},
        {"number": "9999", "undo": None, "problem": "There is no such order."},
    ]
    refused = await bob.post("/desk/bulk", data={"do": "read"}, headers=ASKS_JSON)
    assert refused.status_code == 422


async def test_without_scripts_it_is_a_form_with_an_answer_and_a_way_back(house: House, door: Door) -> None:
    numbers = [await house.place(ALICE) for _ in range(2)]
    bob = await sign_in(door(), house, BOB)
    data = {"order": [*numbers, "9999"], "do": "snooze:reply", "back": "/desk/inbox?label=rush"}
    answer = await bob.post("/desk/bulk", data=data)
    for words in (
        "2 done.",
        "1 not done",
        "#9999",
        "There is no such order.",
        'href="/desk/inbox?label=rush"',
    ):
        assert words in answer.text
    back = await bob.post("/desk/bulk", data={"undo": [f"{number} wake" for number in numbers]})
    assert "2 done." in back.text
    assert sorted(await house.numbers(BOB, "inbox")) == sorted(numbers)


async def test_done_asks_before_it_is_done_to_several(house: House, door: Door) -> None:
    numbers = [await house.place(ALICE) for _ in range(2)]
    bob = await sign_in(door(), house, BOB)
    asked = await bob.post("/desk/bulk", data={"order": numbers, "do": "done"})
    assert "2 orders leave the Inbox" in asked.text
    assert sorted(await house.numbers(BOB, "inbox")) == sorted(numbers)
    await bob.post("/desk/bulk", data={"order": numbers, "do": "done", "sure": "1"})
    assert await house.numbers(BOB, "inbox") == []


async def test_the_way_back_stays_here(house: House, door: Door) -> None:
    bob = await sign_in(door(), house, BOB)
    for back in ("https://evil.example", "//evil.example", "javascript:alert(1)"):
        answer = await bob.post("/desk/bulk", data={"do": "read", "back": back})
        assert answer.status_code == 422
        assert "evil" not in answer.text
        assert "javascript:" not in answer.text
