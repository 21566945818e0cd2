"""What time does to a quote: its last day, read or written down."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.jobs import Worker
from tests.cast import ALICE, BOB
from tests.rules.house import House
from tests.rules.test_quotes import quoted


async def over(house: House) -> str:
    """An order whose quote was valid until yesterday, which nobody has written down."""
    number = await house.place(ALICE)
    with house.at(days=2):
        yesterday = (house.today() - timedelta(days=1)).isoformat()
        await house.do(BOB, "quotes.send", number, amount=50_000, valid_until=yesterday)
    return number


async def test_the_last_day_counts_in_the_shops_zone(house: House) -> None:
    """It is never the same day in these two zones, so one of them shows a quote that the other calls over."""
    number = await house.place(ALICE)
    house.in_zone("Pacific/Niue")
    await house.do(BOB, "quotes.send", number, amount=1, valid_until=house.today().isoformat())
    assert (await house.order(ALICE, number))["awaiting_response"] is True
    house.in_zone("Pacific/Kiritimati")
    assert (await house.order(ALICE, number))["awaiting_response"] is False
    assert (await house.refused(ALICE, "quotes.approve", number, version=1)).code == "quote_closed"
    house.in_zone("Pacific/Niue")
    await house.do(ALICE, "quotes.approve", number, version=1)


async def test_a_day_that_is_over_cannot_be_offered(house: House) -> None:
    number = await house.place(ALICE)
    yesterday = (house.today() - timedelta(days=1)).isoformat()
    problem = await house.refused(BOB, "quotes.send", number, amount=1, valid_until=yesterday)
    assert [error.field for error in problem.errors] == ["valid_until"]


async def test_an_expired_quote_is_over_at_once_without_the_worker(house: House) -> None:
    number = await over(house)
    for who in (ALICE, BOB):
        order = await house.order(who, number)
        said = (order["awaiting_response"], order["quote"], order["turn"], order["status"])
        assert said == (False, None, "team", "processing")
    assert await house.numbers(BOB, "inbox") == [number]
    assert await house.numbers(BOB, "awaiting") == []
    for verb in ("approve", "reject"):
        assert (await house.refused(ALICE, f"quotes.{verb}", number, version=1)).code == "quote_closed"
    assert (await house.refused(BOB, "quotes.cancel", number, version=1)).code == "quote_closed"
    assert await house.quotes(number) == {1: "sent"}  # nobody wrote anything


async def test_the_worker_writes_an_expiry_down_once(house: House) -> None:
    number = await over(house)
    worker, head = Worker(house.context), (await house.order(BOB, number))["last_seq"]
    assert await worker.expire_quotes(datetime.now(UTC)) == 1
    assert await worker.expire_quotes(datetime.now(UTC)) == 0
    news = await house.entries(number, after=head)
    assert [(e.kind, e.role, e.data) for e in news] == [
        ("quote_decision", "system", {"version": 1, "status": "expired"})
    ]
    order = await house.order(BOB, number)
    assert (order["turn"], order["awaiting_response"]) == ("team", False)


async def test_the_worker_leaves_the_last_day_alone(house: House) -> None:
    number = await quoted(house, valid_until=house.today().isoformat())
    assert await Worker(house.context).expire_quotes(datetime.now(UTC)) == 0
    assert await house.quotes(number) == {1: "sent"}


@pytest.mark.parametrize(
    ("verb", "data", "turn"),
    [
        ("messages.send", {"text": "It is over. Another?"}, "customer"),
        ("quotes.send", {"amount": 1}, "customer"),
        ("orders.done", {}, "none"),
        ("orders.confirm", {"without_quote": True}, "none"),
        ("orders.reject", {}, "none"),
    ],
)
async def test_what_follows_an_expiry_keeps_its_word(
    house: House, verb: str, data: dict[str, Any], turn: str
) -> None:
    """The expiry is written before what follows it, so that it cannot take the turn back later."""
    number = await over(house)
    await house.do(BOB, verb, number, **data)
    assert (await house.quotes(number))[1] == "expired"
    assert await Worker(house.context).expire_quotes(datetime.now(UTC)) == 0
    assert (await house.order(BOB, number))["turn"] == turn


async def test_done_is_offered_once_the_quote_is_over(house: House) -> None:
    number = await over(house)
    view = await house.view(BOB, number)
    assert view.turn == "team"
    assert "orders.done" in view.can
