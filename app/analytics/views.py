"""The figures of a range as its readers see them; what they mean is in app.analytics.tallies."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from app.analytics.ranges import Range
from app.money import Money


@dataclass(frozen=True, slots=True)
class Figures:
    """One range. `orders` are those placed in it, by where they stand now; `median_seconds` may be None.

    `monthly`, `overdue` and `overdue_count` are of a moment: now, or the end of the range before.
    """

    confirmed: Money
    collected: Money
    open: Money
    confirmations: int
    without_quote: int
    placed: int
    orders: dict[str, int]
    quotes: dict[str, int]
    median_seconds: dict[str, int | None]
    monthly: Money
    overdue: Money
    overdue_count: int
    recovered: Money

    @property
    def empty(self) -> bool:
        """Whether nothing at all happened in the range."""
        money = (self.confirmed, self.collected, self.recovered)
        return not (
            self.placed or self.without_quote or any(self.quotes.values()) or any(m.amount for m in money)
        )

    @property
    def average(self) -> Money | None:
        """What a confirmed order came to."""
        if self.confirmations < 1:
            return None
        return Money(round(self.confirmed.amount / self.confirmations), self.confirmed.currency)

    @property
    def approval(self) -> float | None:
        """The part of the decided quotes that was approved, 0 to 1."""
        decided = self.quotes["approved"] + self.quotes["rejected"]
        return self.quotes["approved"] / decided if decided > 0 else None

    def as_dict(self) -> dict[str, Any]:
        return {
            "confirmed": self.confirmed.as_dict(),
            "collected": self.collected.as_dict(),
            "open": self.open.as_dict(),
            "confirmations": self.confirmations,
            "without_quote": self.without_quote,
            "placed": self.placed,
            "orders": self.orders,
            "quotes": self.quotes,
            "median_seconds": self.median_seconds,
            "mrr": self.monthly.as_dict(),
            "overdue": {"count": self.overdue_count, "amount": self.overdue.as_dict()},
            "recovered": self.recovered.as_dict(),
        }


@dataclass(frozen=True, slots=True)
class ProductShare:
    product: int
    title: str
    orders: int
    confirmed: Money

    def as_dict(self) -> dict[str, Any]:
        plain = {"product": self.product, "title": self.title, "orders": self.orders}
        return plain | {"confirmed": self.confirmed.as_dict()}


@dataclass(frozen=True, slots=True)
class CustomerShare:
    name: str
    email: str
    orders: int
    confirmed: Money

    @property
    def title(self) -> str:
        return self.name or self.email

    def as_dict(self) -> dict[str, Any]:
        customer = {"name": self.name, "email": self.email}
        return {"customer": customer, "orders": self.orders, "confirmed": self.confirmed.as_dict()}


@dataclass(frozen=True, slots=True)
class Day:
    """A day, or the first of some days that are drawn as one; `last` is the last of them."""

    first: date
    last: date
    placed: int
    confirmed: Money
    collected: Money


@dataclass(frozen=True, slots=True)
class Analytics:
    """`products` and `customers` are the strongest; `certain` says that no other customer can have more."""

    range: Range
    currency: str
    now: Figures
    before: Figures
    products: list[ProductShare]
    customers: list[CustomerShare]
    certain: bool

    def money(self, amount: int) -> Money:
        """Minor units in the shop's currency."""
        return Money(amount, self.currency)

    def as_dict(self) -> dict[str, Any]:
        """The analytics of the API (DESIGN §3)."""
        own = _days(self.range) | {"currency": self.currency} | self.now.as_dict()
        own["products"] = [product.as_dict() for product in self.products]
        own["customers"] = [customer.as_dict() for customer in self.customers]
        return own | {"before": _days(self.range.before) | self.before.as_dict()}


def _days(days: Range) -> dict[str, str]:
    return {"from": days.first.isoformat(), "to": days.last.isoformat()}
