"""Reading a shop's figures in tests."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.analytics.ranges import Range, last_days
from app.analytics.reports import day_rows, report
from app.analytics.views import Analytics, Day
from app.orders.model import FIRST
from tests.cast import ALICE, BOB
from tests.rules.house import House


def day_of(house: House, **ago: float) -> date:
    """The shop's date, this long ago."""
    return house.context.shop.today(datetime.now(UTC) - timedelta(**ago))


async def analytics(house: House, days: Range | int = 30) -> Analytics:
    """The figures of a range, or of the last `days` days."""
    chosen = last_days(days, house.today()) if isinstance(days, int) else days
    async with house.db.read() as session:
        return await report(session, chosen, house.context.shop.currency)


async def figures(house: House, days: Range | int = 30) -> dict[str, Any]:
    """The same as the API says them, amounts as plain numbers."""
    found: dict[str, Any] = _plain((await analytics(house, days)).as_dict())
    return found


async def by_day(house: House, days: int = 30) -> list[Day]:
    async with house.db.read() as session:
        return await day_rows(session, last_days(days, house.today()), house.context.shop.currency)


async def confirmed(house: House, amount: int = 5000, **more: Any) -> str:
    """A painted sign of Alice's, quoted, approved and confirmed; paid by invoice."""
    number = await quoted(house, amount, **more)
    await house.do(BOB, "orders.confirm", number)
    return number


async def quoted(house: House, amount: int = 5000, **more: Any) -> str:
    """The same, not confirmed yet."""
    number = await house.place(more.pop("who", ALICE), **({"payment_method": "invoice"} | more))
    await house.do(BOB, "quotes.send", number, amount=amount)
    await house.do(BOB, "quotes.approve", number, version=1, on_behalf=True)
    return number


def key(number: str) -> int:
    return int(number) - FIRST


def _plain(value: Any) -> Any:
    if isinstance(value, dict) and value.keys() == {"amount", "currency"}:
        return value["amount"]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
