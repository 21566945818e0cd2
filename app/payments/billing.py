"""What an order owes, as lines with their tax: its price, and for a plan the fee and the first period."""

from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.orders.model import Line, Order
from app.payments.model import Payment
from app.quotes.lines import counted, quoted_title
from app.quotes.model import Quote
from app.quotes.sums import paid_amounts
from app.tax import gross

ONE_OFF = frozenset({"order"})


def bill_line(title: str, amount: int, tax_rate: str, part: str) -> dict[str, Any]:
    """A line of a payment: `amount` in minor units, tax included."""
    return {"title": title[:300], "amount": amount, "tax_rate": tax_rate, "part": part}


async def price_lines(session: AsyncSession, order: Order) -> list[dict[str, Any]]:
    """The one-off price. An approved quote in its place has lines of its own, else is one line, at the rate
    it was sent with; those from before quotes had one, at the highest of the order.
    """
    if order.total is None:
        return []
    wanted = select(Line).where(Line.order_id == order.id).order_by(Line.position)
    lines = list(await session.scalars(wanted))
    if order.approved_quote is not None:
        quote = await session.get_one(Quote, (order.id, order.approved_quote))
        return _quoted(order, quote, lines)
    if any(line.unit_price is None for line in lines):
        return [bill_line(order.title, order.total, highest_rate(lines), "order")]
    return [_line(line) for line in lines if line.unit_price]


async def collected(session: AsyncSession, order: Order) -> int:
    """What was paid of the one-off price and not given back, in minor units."""
    mine = (Payment.order_id == order.id, Payment.kind == "order", Payment.status == "succeeded")
    total = 0
    for payment in await session.scalars(select(Payment).where(*mine)):
        price = sum(line["amount"] for line in payment.lines if line["part"] in ONE_OFF)
        total += max(0, price - payment.refunded)
    return total


async def owed_lines(session: AsyncSession, order: Order) -> list[dict[str, Any]]:
    """What is still to be paid of the one-off price."""
    lines = await price_lines(session, order)
    paid = await collected(session, order)
    rest = sum(line["amount"] for line in lines) - paid
    if paid == 0 or not lines:
        return lines
    rate = max((line["tax_rate"] for line in lines), key=Decimal)
    return [bill_line(order.title, rest, rate, "order")] if rest > 0 else []


def _quoted(order: Order, quote: Quote, lines: list[Line]) -> list[dict[str, Any]]:
    """What was approved; of a quote from before lines had a tax rate, as one line."""
    if not quote.lines or "tax_rate" not in quote.lines[0]:
        return [bill_line(order.title, order.total or 0, quote.tax_rate or highest_rate(lines), "order")]
    items = counted(quote.lines, quote.ticked)
    paid = paid_amounts(items, included=quote.tax_included)
    return [
        bill_line(quoted_title(quote.lines[item.id - 1]), amount, item.tax_rate, "order")
        for item, amount in zip(items, paid, strict=True)
        if amount
    ]


def highest_rate(lines: list[Line]) -> str:
    return max((line.tax_rate for line in lines), key=Decimal, default="0")


def _line(line: Line) -> dict[str, Any]:
    title = line.title if line.quantity == 1 else f"{line.quantity} × {line.title}"
    amount = gross((line.unit_price or 0) * line.quantity, line.tax_rate, included=line.tax_included)
    return bill_line(title, amount, line.tax_rate, "order")
