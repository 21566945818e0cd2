"""A quote's statuses: open until something ends it, once."""

from typing import Literal

from sqlalchemy import update
from sqlalchemy.orm.attributes import set_committed_value

from app.db import Transaction
from app.entries import Side
from app.errors import Problem
from app.orders.model import Order
from app.quotes.model import Quote

By = Side | Literal["clock"]

TRANSITIONS: dict[tuple[str, str, By], str] = {
    ("sent", "approve", "customer"): "approved",
    ("sent", "approve", "team"): "approved",
    ("sent", "reject", "customer"): "rejected",
    ("sent", "reject", "team"): "rejected",
    ("sent", "cancel", "team"): "cancelled",
    ("sent", "cancel", "customer"): "cancelled",
    ("sent", "supersede", "team"): "superseded",
    ("sent", "expire", "clock"): "expired",
}


def require(quote: Quote, verb: str, by: By) -> str:
    """The status that `verb` leads to. Raises 409 for a quote that is no longer open."""
    target = TRANSITIONS.get((quote.status, verb, by))
    if target is None:
        raise closed()
    return target


def closed() -> Problem:
    return Problem("quote_closed", "This quote is no longer open.")


async def move(tx: Transaction, order: Order, quote: Quote, verb: str, by: By) -> None:
    """Close a quote; the only writer of its status. The order no longer waits for it."""
    target = require(quote, verb, by)
    mine = (Quote.order_id == quote.order_id, Quote.version == quote.version, Quote.status == quote.status)
    write = update(Quote).where(*mine).values(status=target, decided_at=tx.now)
    result = await tx.session.execute(write.execution_options(synchronize_session=False))
    if result.rowcount != 1:  # type: ignore[attr-defined]
        raise closed()
    set_committed_value(quote, "status", target)
    set_committed_value(quote, "decided_at", tx.now)
    order.open_quote = order.quote_until = None
