"""A quote's statuses: open until something ends it, once. Buttons, checks and tests all read this table."""

from typing import Any, Literal

from sqlalchemy import update
from sqlalchemy.orm.attributes import set_committed_value

from app.db import Transaction
from app.entries import Side
from app.errors import Problem
from app.orders.model import Order
from app.quotes.model import Quote

By = Side | Literal["clock"]

TRANSITIONS: dict[tuple[str, str, By], str] = {
    ("sent", "counter", "customer"): "sent",
    ("sent", "approve", "customer"): "approved",
    ("sent", "approve", "team"): "approved",
    ("sent", "reject", "customer"): "rejected",
    ("sent", "reject", "team"): "rejected",
    ("sent", "cancel", "team"): "cancelled",
    ("sent", "cancel", "customer"): "cancelled",
    ("sent", "supersede", "team"): "superseded",
    ("sent", "expire", "clock"): "expired",
}


def can(status: str, side: Side) -> list[str]:
    """What this side may do to a quote of this status, by the names in the table."""
    return [verb for (before, verb, by) in TRANSITIONS if (before, by) == (status, side)]


def require(quote: Quote, verb: str, by: By) -> str:
    """The status that `verb` leads to. Raises 409 for a quote that is no longer open."""
    target = TRANSITIONS.get((quote.status, verb, by))
    if target is None:
        raise closed()
    return target


def closed() -> Problem:
    return Problem("quote_closed", "This quote is no longer open.")


async def move(tx: Transaction, order: Order, quote: Quote, verb: str, by: By, **more: Any) -> None:
    """Take a quote along the table, with what else is known from then on; the only writer of its status.

    The order no longer waits for one that ends.
    """
    target = require(quote, verb, by)
    ends = target != quote.status
    values = more | ({"status": target, "decided_at": tx.now, "remind_at": None} if ends else {})
    mine = (Quote.order_id == quote.order_id, Quote.version == quote.version, Quote.status == quote.status)
    write = update(Quote).where(*mine).values(values)
    result = await tx.session.execute(write.execution_options(synchronize_session=False))
    if result.rowcount != 1:  # type: ignore[attr-defined]
        raise closed()
    for name, value in values.items():
        set_committed_value(quote, name, value)
    if ends:
        order.open_quote = order.quote_until = None
