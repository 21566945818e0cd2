"""Before a quote expires the customer is reminded of it, once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.jobs import Worker
from app.quotes.reminding import save_days
from tests.cast import ALICE, BOB
from tests.rules.house import House

DAYS = 10


async def quoted(house: House, days: int = DAYS, **more: Any) -> str:
    number = await house.place(ALICE)
    until = (house.today() + timedelta(days=days)).isoformat()
    await house.do(BOB, "quotes.send", number, amount=50_000, valid_until=until, **more)
    return number


async def reminders(house: House, number: str) -> list[str]:
    return [to for kind, to in await house.letters(number) if kind == "quote_reminder"]


async def on_day(house: House, day: int, hour: int = 9, minute: int = 1) -> None:
    """What the worker does so many days from now, in the shop's morning."""
    then = datetime.combine(house.today() + timedelta(days=day), datetime.min.time(), house.context.shop.zone)
    await Worker(house.context).remind_of_quotes(then.replace(hour=hour, minute=minute).astimezone(UTC))


async def test_two_days_before_the_last_one_by_mail_and_once(house: House) -> None:
    number = await quoted(house)
    before = len(await house.entries(number))
    await on_day(house, DAYS - 2, hour=8, minute=59)
    assert await reminders(house, number) == []
    for day in (DAYS - 2, DAYS - 2, DAYS - 1, DAYS):
        await on_day(house, day)
        assert await reminders(house, number) == [ALICE.email]
    assert len(await house.entries(number)) == before


async def test_two_workers_remind_once(house: House) -> None:
    numbers = [await quoted(house) for _ in range(3)]
    await asyncio.gather(*(on_day(house, DAYS - 2) for _ in range(4)))
    for number in numbers:
        assert await reminders(house, number) == [ALICE.email]


@pytest.mark.parametrize("days", [0, 1, 2])
async def test_not_of_a_quote_that_was_sent_shorter_before(sqlite_house: House, days: int) -> None:
    number = await quoted(sqlite_house, days)
    for day in range(days + 1):
        await on_day(sqlite_house, day, hour=23)
    assert await reminders(sqlite_house, number) == []


@pytest.mark.parametrize(
    ("who", "verb", "data"),
    [
        (ALICE, "quotes.approve", {"version": 1}),
        (ALICE, "quotes.reject", {"version": 1}),
        (ALICE, "quotes.counter", {"version": 1, "amount": 5}),
        (BOB, "quotes.cancel", {"version": 1}),
        (BOB, "quotes.send", {"amount": 5}),
        (BOB, "orders.reject", {}),
    ],
)
async def test_not_of_a_quote_that_was_answered(
    sqlite_house: House, who: Any, verb: str, data: dict[str, Any]
) -> None:
    number = await quoted(sqlite_house)
    await sqlite_house.do(who, verb, number, **data)
    await on_day(sqlite_house, DAYS - 2)
    assert await reminders(sqlite_house, number) == []


async def test_late_is_better_than_never_but_not_when_it_is_over(sqlite_house: House) -> None:
    number, other = await quoted(sqlite_house), await quoted(sqlite_house, DAYS - 3)
    await on_day(sqlite_house, DAYS, hour=23)
    assert await reminders(sqlite_house, number) == [ALICE.email]
    assert await reminders(sqlite_house, other) == []


async def test_the_shop_chooses_how_long_before(sqlite_house: House) -> None:
    house = sqlite_house
    for text, day in (("5", DAYS - 5), ("0", None), ("", None)):
        async with house.db.transaction() as tx:
            await save_days(tx.session, text)
        number = await quoted(house)
        if day is not None:
            await on_day(house, day - 1)
            assert await reminders(house, number) == []
        await on_day(house, day or DAYS)
        assert await reminders(house, number) == ([ALICE.email] if day else [])
