"""Ends of a quote that nobody decided: cancelled with its order, or over in time."""

from app import log
from app.author import CLOCK, Author
from app.db import Transaction
from app.orders.lifecycle import give_turn
from app.orders.model import Order
from app.quotes import lifecycle
from app.quotes.lifecycle import By
from app.quotes.model import Quote
from app.quotes.views import is_over


async def open_quote_of(tx: Transaction, order: Order) -> Quote | None:
    if order.open_quote is None:
        return None
    return await tx.session.get_one(Quote, (order.id, order.open_quote))


async def close_open_quote(tx: Transaction, order: Order, author: Author) -> None:
    """An order that ends takes its open quote with it."""
    await expire_if_over(tx, order)
    quote = await open_quote_of(tx, order)
    if quote is not None:
        by: By = "team" if author.role == "member" else "customer"
        await _end(tx, order, quote, "cancel", by, author)


async def expire_if_over(tx: Transaction, order: Order) -> bool:
    """Write down that the open quote's last day is over; then it is the team's turn."""
    quote = await open_quote_of(tx, order) if is_over(order.quote_until, tx.shop.today(tx.now)) else None
    if quote is None:
        return False
    await _end(tx, order, quote, "expire", "clock", CLOCK)
    give_turn(tx, order, "team")
    return True


async def _end(tx: Transaction, order: Order, quote: Quote, verb: str, by: By, author: Author) -> None:
    await lifecycle.move(tx, order, quote, verb, by)
    data = {"version": quote.version, "status": quote.status}
    await log.append(tx, order, author, "quote_decision", data, answers=False)
