"""Boxes: which orders they hold, and how many, without counting them."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, false, func, insert, not_, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import Transaction
from app.entries import Side
from app.orders import asleep
from app.orders.lifecycle import boxes
from app.orders.model import STATUSES, BoxTally, Order

NAMES = ("inbox", "snoozed", "pending", "processing", "awaiting", "confirmed", "rejected", "cancelled", "all")
CUSTOMERS = tuple(name for name in NAMES if name != "snoozed")
FOLD_AT = 50
MOST_LATE = 500


def expired(today: date) -> ColumnElement[bool]:
    """An open quote whose last day is over; true at once, whether or not the worker has been by."""
    return and_(Order.open_quote.is_not(None), Order.quote_until < today)


async def late_orders(session: AsyncSession, today: date) -> list[int]:
    """Orders whose open quote is over and not yet written down so; hardly ever any."""
    return list(await session.scalars(select(Order.id).where(expired(today)).limit(MOST_LATE)))


def holds(box: str, today: date, late: Sequence[int] = (), side: Side = "team") -> ColumnElement[bool] | None:
    """The condition of a box; None for all orders. To a customer none is snoozed."""
    if box == "all":
        return None
    if box == "snoozed":
        return asleep.snoozed(_now()) if side == "team" else false()
    if box == "inbox":
        ours = Order.turn == "team"
        if side == "team":
            ours = and_(ours, not_(asleep.snoozed(_now())))
        return either(ours, Order.id.in_(late)) if late else ours
    if box == "awaiting":
        valid = or_(Order.quote_until.is_(None), Order.quote_until >= today)
        return and_(Order.open_quote.is_not(None), valid)
    return Order.status == box


def either(one: ColumnElement[bool], other: ColumnElement[bool]) -> ColumnElement[bool]:
    """One or the other, each by its index; an OR would have all orders looked at, latest first."""
    found = (select(Order.id).where(condition).correlate(None) for condition in (one, other))
    return Order.id.in_(union(*found))


def remember_boxes(tx: Transaction, order: Order) -> None:
    """Note where a locked order lies, so that the commit can tally where it went."""
    before = Counter(_boxes(order))

    async def tally() -> None:
        after = Counter(_boxes(order))
        await record(tx, after, before)

    tx.finish.append(tally)


async def record(tx: Transaction, after: Counter[str], before: Counter[str]) -> None:
    rows = [{"box": box, "moved": 1} for box in after - before]
    rows += [{"box": box, "moved": -1} for box in before - after]
    if rows:
        await tx.session.execute(insert(BoxTally), rows)


async def counts(session: AsyncSession, today: date) -> dict[str, int]:
    """How many orders each box holds, for the team. Three queries, whatever the number of orders."""
    sums = await session.execute(select(BoxTally.box, func.sum(BoxTally.moved)).group_by(BoxTally.box))
    found = {box: int(number) for box, number in sums}
    late = select(func.count(), func.count().filter(Order.turn != "team")).where(expired(today))
    gone, back = (await session.execute(late)).one()
    woken = await session.scalar(select(func.count()).where(asleep.due(_now()))) or 0
    found["snoozed"] = found.get("snoozed", 0) - woken
    back += woken
    found["awaiting"] = found.get("awaiting", 0) - gone
    found["inbox"] = found.get("inbox", 0) + back
    found["all"] = sum(found.get(status, 0) for status in STATUSES)
    return {box: found.get(box, 0) for box in NAMES}


async def own_counts(session: AsyncSession, mine: ColumnElement[bool], today: date) -> dict[str, int]:
    """The same for one customer's orders, counted."""
    wanted: list[Any] = []
    late = await late_orders(session, today)
    for box in CUSTOMERS:
        condition = holds(box, today, late, "customer")
        wanted.append(func.count() if condition is None else func.count().filter(condition))
    row = (await session.execute(select(*wanted).where(mine))).one()
    return dict(zip(CUSTOMERS, row, strict=True))


async def fold(tx: Transaction) -> int:
    """Replace many tallies by their sums; answers how many there were."""
    number = await tx.session.scalar(select(func.count()).select_from(BoxTally)) or 0
    if number < FOLD_AT:
        return 0
    gone = await tx.session.execute(delete(BoxTally).returning(BoxTally.box, BoxTally.moved))
    sums: Counter[str] = Counter()
    for box, moved in gone:
        sums[box] += moved
    rows = [{"box": box, "moved": moved} for box, moved in sums.items() if moved]
    if rows:
        await tx.session.execute(insert(BoxTally), rows)
    return number


def _boxes(order: Order) -> list[str]:
    if order.last_seq == 0:
        return []
    return list(boxes(order.status, order.turn, order.open_quote is not None, order.snoozed_at is not None))


def _now() -> datetime:
    return datetime.now(UTC)
