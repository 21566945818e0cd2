"""That the customer has had a quote before their eyes: noted once, for the team alone.

What counts is the reading position of the customer's page, which moves only in a window that is looked at, or
the page itself where a signed-in customer's browser asked for it. A mail scanner that follows a link does
neither.
"""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from app import access, log
from app.author import Author
from app.db import AWAY, Transaction
from app.orders.model import Order
from app.quotes.closing import open_quote_of

if TYPE_CHECKING:
    from app.orders.views import EntryView, OrderView
    from app.web import Visit

logger = logging.getLogger(__name__)


async def note_seen(tx: Transaction, order: Order, author: Author, seq: int) -> None:
    """The customer has read up to `seq` of a locked order."""
    if order.open_quote is None:
        return
    quote = await open_quote_of(tx, order)
    if quote is None or quote.seen_at is not None or quote.seq > seq:
        return
    quote.seen_at = tx.now
    # for the team, and of a kind that says nothing new to a client that knows no `quote_seen`
    data = {"status": order.status, "verb": "quote_seen", "version": quote.version}
    await log.append(tx, order, author, "status", data, audience="team", answers=False)


async def showed(visitor: "Visit", view: "OrderView", entries: Sequence["EntryView"]) -> None:
    """An order's page with these entries was made for somebody.

    A browser that only loads ahead has shown nothing to anybody, and a mailed link says nothing of who
    follows it. That the page is there matters more than the note: what the database refuses now, `read`
    will say.
    """
    quote, ahead = view.quote, "sec-purpose" in visitor.request.headers
    if not visitor.actor.customer_id or ahead or quote is None or quote.seen_at:
        return
    if not any(entry.seq == quote.seq for entry in entries):
        return
    try:
        async with visitor.context.db.transaction() as tx:
            order = await access.locked_order_for(tx, visitor.actor, view.number)
            await note_seen(tx, order, visitor.actor.as_author(order), quote.seq)
    except AWAY as error:
        logger.warning("that a quote was seen could not be noted: %s", type(error).__name__)
