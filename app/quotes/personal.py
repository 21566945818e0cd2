"""What quotes hold of a customer: a price for them, and what both sides wrote about it."""

from sqlalchemy import select

from app.orders.model import Order
from app.privacy.holding import Asking, Erasing, Holding, Told, plain
from app.quotes.model import Quote


async def order(asking: Asking, row: Order) -> Told:
    wanted = select(Quote).where(Quote.order_id == row.id).order_by(Quote.version)
    hidden = () if asking.team else ("seen_at", "remind_at")
    return {"quotes": [plain(quote, "sent_by", *hidden) for quote in await asking.session.scalars(wanted)]}


async def erase(erasing: Erasing) -> None:
    """Amounts and what was offered for them stay; a title that names the customer no longer does."""
    wanted = select(Quote).where(Quote.order_id.in_(erasing.subject.orders))
    for quote in await erasing.tx.session.scalars(wanted):
        quote.note = quote.reason = quote.counter_text = ""
        titles = [erasing.subject.unnamed(line["title"]) for line in quote.lines]
        quote.lines = [line | {"title": title} for line, title in zip(quote.lines, titles, strict=True)]


HELD = Holding((Quote,), erase, order=order)
