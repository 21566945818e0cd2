"""That the customer has had a quote before their eyes: noted once, for the team alone.

What counts is the reading position of the customer's page, which moves only in a window that is looked at, or
the page itself where a signed-in customer's browser asked for it. A mail scanner that follows a link does
neither.
"""

from app import access, log
from app.author import Actor, Author
from app.db import Database, Transaction
from app.orders.model import Order
from app.quotes.closing import open_quote_in, open_quote_of


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


async def showed(db: Database, actor: Actor, number: str) -> None:
    """A signed-in customer's browser was given the order's page, which ends with the newest entries."""
    async with db.read() as session:
        order = await access.order_for(session, actor, number)
        quote = await open_quote_in(session, order)
    if quote is None or quote.seen_at is not None:
        return
    async with db.transaction() as tx:
        order = await access.locked_order_for(tx, actor, number)
        await note_seen(tx, order, actor.as_author(order), quote.seq)
