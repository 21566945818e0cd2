"""Snoozed orders: our move, but not now.

A snoozed order stays on the team's turn, and is left out of the Inbox until its time or the customer's next
step. So only what is our move can be snoozed, and whatever gives the turn away ends it (see
app.orders.lifecycle.give_turn). The time holds at the moment of reading, worker or not; the worker writes
down that it came.

That an order is snoozed is the team's alone: a customer's boxes do not know of it.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from pydantic import Field
from sqlalchemy import select

from app import access, log
from app.author import CLOCK, Author
from app.db import Database, Transaction
from app.errors import Problem, invalid
from app.orders.asleep import due
from app.orders.lifecycle import to_the_top
from app.orders.model import Order
from app.quotes.closing import expire_if_over
from app.shop import Shop
from app.verb import Call, Data, Done, Key

MORNING = time(9)
LATER = timedelta(hours=3)
LONGEST = timedelta(days=366)
AT_ONCE = 100
ABOUT = (
    "`later` (in three hours), `tomorrow` or `monday` (at nine), a day, or a day and time, in the shop's "
    "zone if it names none. `reply`, null or absent: until the customer writes or decides."
)


class Snooze(Data):
    until: Annotated[Key, Field(max_length=40, description=ABOUT)] | None = None


async def snooze(call: Call) -> Done:
    """Out of the Inbox until a time, or until the customer writes or decides; again: until another time."""
    until = moment_of(call.data.until, call.tx.shop, call.tx.now)
    order = call.order
    await expire_if_over(call.tx, order)
    if order.turn != "team":
        raise Problem("conflict", "Only what is your turn can be snoozed.")
    if order.snoozed_at is not None and order.snoozed_until == until:
        return Done(None, order.id)
    order.snoozed_at, order.snoozed_until = call.tx.now, until
    return await _record(call.tx, order, call.author, "snooze", until)


async def wake(call: Call) -> Done:
    """Back into the Inbox; what is not snoozed is there already."""
    if call.order.snoozed_at is None:
        return Done(None, call.order.id)
    return await _woken(call.tx, call.order, call.author)


async def wake_due(db: Database, now: datetime) -> int:
    """Write down that the time of snoozed orders has come; answers of how many."""
    async with db.read() as session:
        found = (await session.scalars(select(Order.id).where(due(now)).limit(AT_ONCE))).all()
    for order_id in found:
        async with db.transaction(now) as tx:
            order = await access.lock(tx, order_id)
            if order.snoozed_until is not None and order.snoozed_until <= now:
                await _woken(tx, order, CLOCK)
    return len(found)


def moment_of(text: str | None, shop: Shop, now: datetime) -> datetime | None:
    """The time that a text says; None for none. Raises 422."""
    if text is None or text == "reply":
        return None
    found = _named(text, shop, now) or _written(text, shop)
    if found is None:
        raise invalid("until", "Please give a day, or a day and a time.", "no_time")
    if not now < found <= now + LONGEST:
        raise invalid("until", "Please give a time that is ahead, within a year.", "not_ahead")
    return found


def _named(text: str, shop: Shop, now: datetime) -> datetime | None:
    today = shop.today(now)
    if text == "later":
        return now + LATER
    if text == "tomorrow":
        return _morning(today + timedelta(days=1), shop)
    if text == "monday":
        return _morning(today + timedelta(days=7 - today.weekday()), shop)
    return None


def _written(text: str, shop: Shop) -> datetime | None:
    try:
        if len(text) == 10:
            return _morning(date.fromisoformat(text), shop)
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=shop.zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _morning(day: date, shop: Shop) -> datetime:
    return datetime.combine(day, MORNING, tzinfo=shop.zone).astimezone(UTC)


async def _woken(tx: Transaction, order: Order, author: Author) -> Done:
    """It comes to the top: what slept for a week would be looked for in vain where it was."""
    order.snoozed_at = order.snoozed_until = None
    to_the_top(tx, order)
    return await _record(tx, order, author, "wake", None)


async def _record(tx: Transaction, order: Order, author: Author, verb: str, until: datetime | None) -> Done:
    data = {"status": order.status, "verb": verb}
    if until is not None:
        data["until"] = until.isoformat().replace("+00:00", "Z")
    entry = await log.append(tx, order, author, "status", data, audience="team")
    return Done(entry.seq, order.id)
