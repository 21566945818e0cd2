"""The analytics as the API's document says them (see app.answers)."""

from datetime import date
from typing import Annotated

from pydantic import Field

from app.answers import Answer, Count, Money, Whole

Seconds = Annotated[int | None, Field(description="The median in seconds; null: nothing to take it of.")]


class OrdersPlaced(Answer):
    """Those placed in the range, by where they stand now."""

    pending: Whole
    processing: Whole
    confirmed: Whole
    rejected: Whole
    cancelled: Whole


class Quotes(Answer):
    sent: Whole
    approved: Whole
    rejected: Whole


class MedianSeconds(Answer):
    first_reply: Seconds
    quote: Seconds
    decision: Seconds


class Overdue(Answer):
    count: Whole
    amount: Money


class Figures(Answer):
    """The figures of the range from `from` to `to`, both included; `mrr` and `overdue` are of a moment."""

    first: Annotated[date, Field(alias="from")]
    to: date
    confirmed: Money
    collected: Money
    open: Money
    confirmations: Whole
    without_quote: Whole
    placed: Whole
    orders: OrdersPlaced
    quotes: Quotes
    median_seconds: MedianSeconds
    mrr: Money
    overdue: Overdue
    recovered: Money


class Spender(Answer):
    name: str
    email: str


class ProductShare(Answer):
    product: Count
    title: str
    orders: Whole
    confirmed: Money


class CustomerShare(Answer):
    customer: Spender
    orders: Whole
    confirmed: Money


class AnalyticsAnswer(Figures):
    """The strongest products and customers come first; `before` is the range of the same length before."""

    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    products: list[ProductShare]
    customers: list[CustomerShare]
    before: Figures
