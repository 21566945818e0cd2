"""Snoozed orders leave the Inbox until a time, or until the customer's next step."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.jobs import Worker
from app.orders.boxes import counts
from tests.cast import ALICE, BOB, CAROL, OLGA
from tests.rules.house import House, Who

LATER = timedelta(hours=4)


async def snoozed(house: House, until: str | None = "later") -> str:
    number = await house.place(ALICE)
    await house.do(OLGA, "messages.send", number, text="How large?")
    await house.do(ALICE, "messages.send", number, text="Two metres")
    await house.do(BOB, "orders.snooze", number, **({"until": until} if until else {}))
    return number


async def where(house: House, number: str) -> str:
    """The box that the order is in; lists and numbers agree."""
    boxes = {box: await house.numbers(BOB, box) for box in ("inbox", "snoozed")}
    async with house.db.read() as session:
        said = await counts(session, house.today())
    assert {box: said[box] for box in boxes} == {box: len(found) for box, found in boxes.items()}
    view = await house.view(BOB, number)
    found = [box for box, numbers in boxes.items() if number in numbers]
    assert [box for box in view.boxes if box in boxes] == found
    return " ".join(found)


async def test_a_snoozed_order_waits_outside_the_inbox_and_stays_our_turn(house: House) -> None:
    number = await snoozed(house, "tomorrow")
    assert await where(house, number) == "snoozed"
    order = await house.order(OLGA, number)
    morning = datetime.fromisoformat(order["snoozed_until"]).astimezone(house.context.shop.zone)
    assert (order["turn"], order["snoozed"], morning.hour) == ("team", True, 9)
    assert number in await house.numbers(BOB, "processing")


async def test_the_worker_wakes_it_once_and_says_so_to_the_team_alone(house: House) -> None:
    number = await snoozed(house)
    seen, head = await house.order(ALICE, number), (await house.order(BOB, number))["last_seq"]
    worker, then = Worker(house.context), datetime.now(UTC) + LATER
    assert await worker.wake(datetime.now(UTC)) == 0
    assert [await worker.wake(then), await worker.wake(then)] == [1, 0]
    news = await house.entries(number, after=head)
    assert [(e.kind, e.audience, e.role, e.data["verb"]) for e in news] == [
        ("status", "team", "system", "wake")
    ]
    assert await where(house, number) == "inbox"
    assert await house.order(ALICE, number) == seen


async def test_its_time_holds_at_reading_without_a_worker(house: House) -> None:
    with house.at(days=1):
        number = await snoozed(house)
    assert await where(house, number) == "inbox"
    assert (await house.order(BOB, number))["snoozed"] is False
    assert await Worker(house.context).wake(datetime.now(UTC)) == 1
    assert await where(house, number) == "inbox"


async def test_what_woke_is_on_top(house: House) -> None:
    number, other = await snoozed(house), await house.place(CAROL)
    assert await house.numbers(BOB, "inbox") == [other]
    await Worker(house.context).wake(datetime.now(UTC) + LATER)
    assert await house.numbers(BOB, "inbox") == [number, other]


@pytest.mark.parametrize("until", [None, "monday"])
@pytest.mark.parametrize(
    ("verb", "data"), [("messages.send", {"text": "Well?"}), ("orders.cancel", {"reason": "Too late"})]
)
async def test_the_customers_next_step_wakes_it_at_once(
    house: House, until: str | None, verb: str, data: dict[str, Any]
) -> None:
    number = await snoozed(house, until)
    await house.do(ALICE, verb, number, **data)
    assert await where(house, number) == "inbox"
    assert await Worker(house.context).wake(datetime.now(UTC) + timedelta(days=9)) == 0


@pytest.mark.parametrize("verb", ["quotes.approve", "quotes.reject"])
async def test_a_decision_wakes_it(house: House, verb: str) -> None:
    number = await house.place(ALICE)
    await house.do(BOB, "quotes.send", number, amount=5_000)
    await house.do(ALICE, "messages.send", number, text="Let me think")
    await house.do(BOB, "orders.snooze", number)
    assert await where(house, number) == "snoozed"
    await house.do(ALICE, verb, number, version=1)
    assert await where(house, number) == "inbox"


@pytest.mark.parametrize(
    ("verb", "data"),
    [
        ("messages.send", {"text": "On Monday."}),
        ("orders.done", {}),
        ("orders.confirm", {"without_quote": True}),
        ("orders.reject", {}),
        ("quotes.send", {"amount": 100}),
    ],
)
async def test_what_gives_the_turn_away_ends_it(house: House, verb: str, data: dict[str, Any]) -> None:
    number = await snoozed(house, None)
    await house.do(BOB, verb, number, **data)
    assert await where(house, number) == ""
    assert (await house.order(BOB, number))["snoozed"] is False


@pytest.mark.parametrize(
    ("verb", "data"),
    [
        ("notes.add", {"text": "Ask the painter"}),
        ("labels.add", {"label": "rush"}),
        ("orders.assign", {"member": OLGA.email}),
        ("orders.unread", {}),
    ],
)
async def test_what_the_team_does_among_itself_lets_it_sleep(
    house: House, verb: str, data: dict[str, Any]
) -> None:
    number = await snoozed(house, None)
    await house.do(BOB, verb, number, **data)
    assert await where(house, number) == "snoozed"


async def test_a_member_wakes_it_by_hand_and_may_choose_another_time(house: House) -> None:
    number = await snoozed(house)
    done = await house.do(OLGA, "orders.snooze", number, until="monday")
    assert done.seq == (await house.order(BOB, number))["last_seq"]
    assert (await house.do(OLGA, "orders.snooze", number, until="monday")).seq is None
    await house.do(OLGA, "orders.wake", number)
    assert await where(house, number) == "inbox"
    assert (await house.do(OLGA, "orders.wake", number)).seq is None


async def test_only_what_is_our_turn_can_be_snoozed(house: House) -> None:
    number = await house.place(ALICE)
    await house.do(BOB, "messages.send", number, text="How large?")
    assert (await house.refused(BOB, "orders.snooze", number)).code == "conflict"


@pytest.mark.parametrize(
    "until", ["", "yesterday", "2001-01-01", "2999-01-01", "2026-13-01", "0001-01-01T00:00", "9" * 41, "\x00"]
)
async def test_a_wrong_time_is_refused_and_named(sqlite_house: House, until: str) -> None:
    number = await sqlite_house.place(ALICE)
    problem = await sqlite_house.refused(BOB, "orders.snooze", number, until=until)
    assert (problem.code, [error.field for error in problem.errors]) == ("invalid", ["until"])


async def test_a_day_is_its_morning_in_the_shops_zone(sqlite_house: House) -> None:
    house, number = sqlite_house, await sqlite_house.place(ALICE)
    house.in_zone("Pacific/Kiritimati")
    day = (house.today() + timedelta(days=3)).isoformat()
    await house.do(BOB, "orders.snooze", number, until=day)
    before = (house.today() + timedelta(days=2)).isoformat()
    assert (await house.order(BOB, number))["snoozed_until"] == f"{before}T19:00:00Z"
    await house.do(BOB, "orders.snooze", number, until=f"{day}T10:30")
    assert (await house.order(BOB, number))["snoozed_until"] == f"{before}T20:30:00Z"


@pytest.mark.parametrize("who", [ALICE, CAROL])
async def test_no_customer_snoozes_or_learns_of_it(sqlite_house: House, who: Who) -> None:
    house, number = sqlite_house, await snoozed(sqlite_house)
    code = "forbidden" if who is ALICE else "not_found"
    for verb in ("orders.snooze", "orders.wake", "orders.unread"):
        assert (await house.refused(who, verb, number)).code == code
    assert await house.numbers(who, "snoozed") == []
    assert await house.numbers(who, "inbox") == ([number] if who is ALICE else [])
    if who is ALICE:
        assert "snoozed" not in str(await house.order(ALICE, number))
        assert [entry.data.get("verb") for entry in await house.entries(number, "customer")][-1] is None


async def test_messages_of_others_still_go_together(house: House) -> None:
    """A message on a snoozed order goes the ordinary way, and the next one together again."""
    number = await snoozed(house)
    sent: list[int | None] = []
    store = house.context.writer.store

    async def noted(message: Any) -> int | None:
        sent.append(await store(message))
        return sent[-1]

    house.context.writer.store = noted  # type: ignore[method-assign]
    for _ in range(2):
        await house.do(ALICE, "messages.send", number, text="Hello?")
    assert [seq is not None for seq in sent] == [False, True]
