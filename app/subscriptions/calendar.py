"""The billing calendar: when periods start, what a part of one costs. Pure; days are the shop's own."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Literal
from zoneinfo import ZoneInfo

Unit = Literal["day", "week", "month", "year"]

DAYS_A_MONTH = Fraction(1461, 48)
MONTHS: dict[Unit, Fraction] = {
    "day": 1 / DAYS_A_MONTH,
    "week": 7 / DAYS_A_MONTH,
    "month": Fraction(1),
    "year": Fraction(12),
}


@dataclass(frozen=True, slots=True)
class Interval:
    """Every `every` (1 or more) `unit`s."""

    every: int
    unit: Unit


def first_period(starts_on: date | None, today: date) -> date:
    """The anchor: the day on which period 0 starts, the chosen one unless it has passed."""
    return max(starts_on or today, today)


def period_start(anchor: date, interval: Interval, index: int) -> date:
    """The first day of period `index` (0 or more); a day its month lacks is that month's last.

    Raises OverflowError for a day after the year 9999.
    """
    units = interval.every * index
    if interval.unit in ("day", "week"):
        return anchor + timedelta(days=units * (7 if interval.unit == "week" else 1))
    # Counted from the anchor, so that 31 January comes back to 31 March after 28 February.
    months = anchor.month - 1 + units * (12 if interval.unit == "year" else 1)
    year, month = anchor.year + months // 12, months % 12 + 1
    if year > MAXYEAR:
        raise OverflowError("date value out of range")
    return date(year, month, min(anchor.day, monthrange(year, month)[1]))


def moment_of(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of `day` in `zone`, in UTC; of the next day where the zone skipped this one.

    Raises OverflowError where UTC has no such year. Exact since 1970.
    """
    # Where midnight is skipped, fold=0 counts with the clock before the change and so meets the change
    # itself; where it comes twice, fold=0 is the first. Since 1970 no clock has jumped from before
    # midnight to after it.
    return datetime.combine(day, time(fold=0), zone).astimezone(UTC)


def days_left(anchor: date, interval: Interval, index: int, today: date) -> tuple[int, int]:
    """(days left of period `index`, days of the whole of it).

    Today counts as left, since the day of a change already belongs to the new plan. Before the period
    all of it is left, after it nothing. Raises OverflowError for a period that ends after the year 9999.
    """
    start, end = (period_start(anchor, interval, number) for number in (index, index + 1))
    whole = (end - start).days
    return min(max((end - today).days, 0), whole), whole


def prorated(amount: int, left: int, whole: int) -> int:
    """`amount` × `left` / `whole`, in minor units, rounded half up; a credit as the charge it undoes."""
    if amount < 0:
        return -prorated(-amount, left, whole)
    return (2 * amount * left + whole) // (2 * whole)


def change_now(old_price: int, new_price: int, left: int, whole: int, *, same_interval: bool) -> int:
    """What changing plans now owes, in minor units; negative is a credit.

    The same interval keeps the period and pays the difference for the days left, rounded once. Another
    one starts a period of its own today: its whole price, less what is left of the old one.
    """
    if same_interval:
        return prorated(new_price - old_price, left, whole)
    return new_price - prorated(old_price, left, whole)


def monthly_value(price: int, interval: Interval) -> Fraction:
    """`price` brought to a month, in minor units, exact; a year has 12 months and 365.25 days."""
    return price / (MONTHS[interval.unit] * interval.every)
