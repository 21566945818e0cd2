"""What a quote's lines add up to.

A line is its quantity times its unit price, rounded to the minor unit, halves up. Tax is worked out once
for all lines of a rate, not for each line: where prices include it, it is taken out of their sum, else it
comes on top. So net and tax are the gross, for each rate and altogether, whatever the lines.
static/live/sums.js does the same in the browser.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

from app.tax import gross, tax_in


class Item(Protocol):
    """`amount` in minor units, with or without tax as the quote says; `tax_rate` in percent."""

    @property
    def amount(self) -> int: ...
    @property
    def tax_rate(self) -> str: ...


@dataclass(frozen=True, slots=True)
class RateSum:
    """All lines of one tax rate, in minor units: `net + tax == gross`."""

    rate: str
    net: int
    tax: int

    @property
    def gross(self) -> int:
        return self.net + self.tax


@dataclass(frozen=True, slots=True)
class Sums:
    """By tax rate, in the order of the lines."""

    rates: tuple[RateSum, ...]

    @property
    def net(self) -> int:
        return sum(rate.net for rate in self.rates)

    @property
    def tax(self) -> int:
        return sum(rate.tax for rate in self.rates)

    @property
    def gross(self) -> int:
        return sum(rate.gross for rate in self.rates)


def line_amount(quantity: int | str, unit_price: int) -> int:
    """Minor units of so many; `quantity` is whole, or a decimal as text."""
    return int((Decimal(quantity) * unit_price).quantize(Decimal(1), ROUND_HALF_UP))


def add_up(items: Sequence[Item], *, included: bool) -> Sums:
    """`included`: whether the items' amounts hold their tax already."""
    totals: dict[Decimal, tuple[str, int]] = {}
    for item in items:
        text, total = totals.get(Decimal(item.tax_rate), (item.tax_rate, 0))
        totals[Decimal(item.tax_rate)] = text, total + item.amount
    return Sums(tuple(_of_rate(rate, total, included=included) for rate, total in totals.values()))


def paid_amounts(items: Sequence[Item], *, included: bool) -> list[int]:
    """What is paid for each item, tax included; their sum is the gross of `add_up`.

    Without tax included, a line's share of its rate's rounding is that of the running sum.
    """
    running: dict[Decimal, int] = {}
    amounts = []
    for item in items:
        rate, before = Decimal(item.tax_rate), running.get(Decimal(item.tax_rate), 0)
        running[rate] = before + item.amount
        after = gross(running[rate], item.tax_rate, included=included)
        amounts.append(after - gross(before, item.tax_rate, included=included))
    return amounts


def _of_rate(rate: str, total: int, *, included: bool) -> RateSum:
    paid = gross(total, rate, included=included)
    tax = tax_in(total, rate) if included else paid - total
    return RateSum(rate, paid - tax, tax)
