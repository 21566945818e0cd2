"""The same request twice has one effect; `cid` says which request it is."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from app.errors import Problem
from app.verb import Done
from tests.cast import ALICE, BOB, CAROL, OLGA
from tests.rules.conftest import Door
from tests.rules.house import House, Who, number_of
from tests.rules.lives import awaiting

TWICE: list[tuple[Who, str, dict[str, Any]]] = [
    (ALICE, "messages.send", {"text": "Hello"}),
    (BOB, "messages.send", {"text": "Hello"}),
    (BOB, "notes.add", {"text": "Hello"}),
    (BOB, "labels.add", {"label": "proof-needed"}),
    (BOB, "orders.assign", {"member": BOB.email}),
    (BOB, "orders.set_payment_method", {"payment_method": "cash"}),
    (BOB, "quotes.send", {"amount": 5}),
    (BOB, "quotes.cancel", {"version": 1}),
    (ALICE, "quotes.approve", {"version": 1}),
    (ALICE, "quotes.reject", {"version": 1}),
    (ALICE, "quotes.counter", {"version": 1, "amount": 4}),
    (BOB, "orders.reject", {"reason": "No"}),
    (ALICE, "orders.cancel", {}),
    (BOB, "orders.done", {}),
]


@pytest.mark.parametrize(("who", "verb", "data"), TWICE)
async def test_the_same_request_twice_has_one_effect_and_one_answer(
    house: House, who: Who, verb: str, data: dict[str, Any]
) -> None:
    number, cid = await house.place(ALICE), str(uuid4())
    await awaiting(house, number)
    first = await house.do(who, verb, number, cid, **data)
    state = await house.state(number)
    assert await house.do(who, verb, number, cid, **data) == first
    assert await house.state(number) == state
    assert first.seq is not None


@pytest.mark.parametrize("verb", ["messages.send", "quotes.send", "orders.open_chat"])
async def test_it_is_the_answering_entry_that_remembers(house: House, verb: str) -> None:
    """A first message also opens the chat; a repetition answers with the message."""
    every: dict[str, dict[str, Any]] = {"messages.send": {"text": "Hi"}, "quotes.send": {"amount": 1}}
    data = every.get(verb, {})
    number, cid = await house.place(ALICE), str(uuid4())
    first = await house.do(BOB, verb, number, cid, **data)
    assert (await house.entries(number))[-1].cid == cid
    assert await house.do(BOB, verb, number, cid, **data) == first


async def test_other_data_under_the_same_cid_is_refused(house: House) -> None:
    number, other, cid = await house.place(ALICE), await house.place(ALICE), str(uuid4())
    await house.do(ALICE, "messages.send", number, cid, text="Hello")
    for again, verb, data in (
        (number, "messages.send", {"text": "Hello!"}),
        (other, "messages.send", {"text": "Hello"}),
        (number, "orders.cancel", {}),
    ):
        problem = await house.refused(ALICE, verb, again, cid, **data)
        assert (problem.code, problem.status) == ("cid_reused", 422)
    assert len(await house.entries(number)) == 2


async def test_a_cid_belongs_to_one_person(house: House) -> None:
    number, cid = await house.place(ALICE), str(uuid4())
    seqs = [(await house.do(who, "messages.send", number, cid, text="Hi")).seq for who in (ALICE, BOB, OLGA)]
    assert len(set(seqs)) == 3


async def test_a_guest_and_their_customer_are_one_person(house: House) -> None:
    number, cid = await house.place(ALICE), str(uuid4())
    first = await house.do(await house.guest(number), "messages.send", number, cid, text="Hi")
    assert await house.do(ALICE, "messages.send", number, cid, text="Hi") == first


async def test_failures_are_not_remembered(house: House) -> None:
    number, cid = await house.place(ALICE), str(uuid4())
    assert (await house.refused(BOB, "orders.confirm", number, cid)).code == "conflict"
    assert (await house.refused(BOB, "messages.send", number, cid, text="")).code == "invalid"
    assert (await house.do(BOB, "orders.confirm", number, cid, without_quote=True)).seq == 2


async def test_a_cid_is_a_uuid_or_absent(house: House) -> None:
    number = await house.place(ALICE)
    for cid in ("1", "x" * 36, "0" * 400, "\x00"):
        problem = await house.refused(ALICE, "messages.send", number, cid, text="Hi")
        assert [error.field for error in problem.errors] == ["cid"]
    for none in ("", None):
        await house.do(ALICE, "messages.send", number, none, text="Hi")
        await house.do(ALICE, "messages.send", number, none, text="Hi")
    assert len(await house.entries(number)) == 5


async def test_a_uuid_may_be_spelled_without_hyphens(house: House) -> None:
    number, cid = await house.place(ALICE), uuid4()
    answers = [await house.do(ALICE, "messages.send", number, said, text="Hi")
               for said in (str(cid), cid.hex, f"{{{cid}}}")]  # fmt: skip
    assert len({done.seq for done in answers}) == 1


@pytest.mark.parametrize("times", [2, 10])
async def test_the_same_request_many_times_at_once_has_one_effect(house: House, times: int) -> None:
    number, cid = await house.place(ALICE), str(uuid4())
    calls = (house.do(ALICE, "messages.send", number, cid, text="Hello") for _ in range(times))
    answers = await asyncio.gather(*calls)
    assert {done.seq for done in answers} == {2}
    assert len(await house.entries(number)) == 2


async def test_two_requests_at_once_under_one_cid_are_told_apart(house: House) -> None:
    number, cid = await house.place(ALICE), str(uuid4())

    async def say(text: str) -> Done | Problem:
        try:
            return await house.do(ALICE, "messages.send", number, cid, text=text)
        except Problem as problem:
            return problem

    answers = await asyncio.gather(say("one"), say("two"))
    assert sorted(type(answer).__name__ for answer in answers) == ["Done", "Problem"]
    assert [answer.code for answer in answers if isinstance(answer, Problem)] == ["cid_reused"]
    assert len(await house.entries(number)) == 2


@pytest.mark.parametrize("who", [ALICE, BOB])
async def test_placing_twice_places_once(house: House, who: Who) -> None:
    cid, before = str(uuid4()), await house.number_of_orders()
    customer: dict[str, Any] = {} if who is ALICE else {"customer": {"email": CAROL.email}}
    numbers = await asyncio.gather(*(house.place(who, cid=cid, **customer) for _ in range(4)))
    assert len(set(numbers)) == 1
    assert await house.number_of_orders() == before + 1
    problem = await house.refused(who, "orders.place", None, cid, lines=_lines(house, 2),
                                  payment_method="cash", **customer)  # fmt: skip
    assert problem.code == "cid_reused"


async def test_a_repeated_placing_says_created_again(house: House) -> None:
    cid = str(uuid4())
    data = {"lines": _lines(house, 1), "payment_method": "online"}
    first, again = [await house.do(ALICE, "orders.place", None, cid, **data) for _ in range(2)]
    assert (first.created, number_of(first), first.seq) == (again.created, number_of(again), again.seq)


async def test_a_guests_form_sent_twice_places_one_order(house: House, door: Door) -> None:
    window, before = door(), await house.number_of_orders()
    form = {"cid": str(uuid4()), "product": str(house.products["plate"]), "quantity": "1",
            "payment_method": "cash", "name": "Gerda", "email": "gerda@example.org"}  # fmt: skip
    answers = [await window.post("/orders", data=form) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].headers["location"] == answers[1].headers["location"]
    assert await house.number_of_orders() == before + 1
    assert (await window.get(answers[0].headers["location"])).status_code == 200


def _lines(house: House, quantity: int) -> list[dict[str, Any]]:
    return [{"product": house.products["plate"], "quantity": quantity}]
