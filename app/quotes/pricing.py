"""What a quote proposes, before it has a version: its lines with their tax, and what they add up to."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import invalid
from app.orders.model import Line, Order
from app.quotes.lines import Offer, Terms, plain_rate, priced, sums_of, terms_among
from app.quotes.schemas import MOST_AMOUNT, Send, SentLine


async def terms_of(session: AsyncSession, order: Order) -> Terms:
    wanted = select(Line.tax_rate, Line.tax_included).where(Line.order_id == order.id)
    rows = await session.execute(wanted.order_by(Line.position))
    return terms_among([(rate, included) for rate, included in rows])


def offer_of(data: Send, terms: Terms) -> Offer:
    """Raises 422 for what the fields cannot say alone."""
    included = terms.tax_included if data.tax_included is None else data.tax_included
    lines = [_kept(line, terms) for line in data.lines or ()]
    amount = data.amount
    if amount is None:
        amount = sums_of(lines, (), included=included).gross
        most = sums_of(lines, range(len(lines) + 1), included=included).gross
        if not 0 < amount <= most <= MOST_AMOUNT:
            detail = "What is not optional must add up to more than nothing, and all to at most 10^12."
            raise invalid("lines", detail, "amount")
    return Offer(amount, lines, terms.tax_rate, included)


def ticked_of(lines: Sequence[dict[str, Any]], ticked: Collection[int]) -> list[int]:
    """The optional lines that were ticked, in order. Raises 422 for what is no optional line."""
    offered = {line.id for line in priced(lines) if line.optional}
    if not offered.issuperset(ticked):
        raise invalid("optional", "This quote has no such optional line.", "unknown")
    return sorted(set(ticked))


def _kept(line: SentLine, terms: Terms) -> dict[str, Any]:
    return {
        "title": line.title,
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "tax_rate": plain_rate(line.tax_rate) if line.tax_rate else terms.tax_rate,
        "optional": line.optional,
    }
