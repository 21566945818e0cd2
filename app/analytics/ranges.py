"""Ranges of days: chosen, checked, and the one before."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from app.errors import FieldError, Problem

DEFAULT_DAYS = 30
MOST_YEARS = 10
EARLIEST = date(1970, 1, 1)
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Range:
    """From `first` to `last`, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> "Range":
        """The range of the same length that ends where this one starts."""
        return Range(self.first - timedelta(days=self.days), self.first - timedelta(days=1))


def last_days(number: int, today: date) -> Range:
    return Range(today - timedelta(days=number - 1), today)


def presets(today: date) -> dict[str, Range]:
    """What is chosen with one click."""
    month = today.replace(day=1)
    before = month - timedelta(days=1)
    return {
        "7": last_days(7, today),
        "30": last_days(30, today),
        "90": last_days(90, today),
        "month": Range(month, today),
        "last_month": Range(before.replace(day=1), before),
        "year": Range(today.replace(month=1, day=1), today),
    }


def chosen(query: Mapping[str, str], today: date) -> Range:
    """`from` and `to` of a query; by themselves 30 days. Raises 422 that names the field."""
    errors: list[FieldError] = []
    last = _day(query, "to", errors) or today
    first = _day(query, "from", errors)
    if errors:
        raise Problem("invalid", errors[0].detail, errors=errors)
    found = Range(first, last) if first else last_days(DEFAULT_DAYS, last)
    return _checked(found)


def _checked(found: Range) -> Range:
    if found.first > found.last:
        raise _wrong("order", "This day must not be after the other one.")
    if found.first < EARLIEST:
        raise _wrong("too_early", "This day is too long ago.")
    if _years_on(found.first) < (found.last.year, found.last.month, found.last.day):
        raise _wrong("too_long", "A range can have 10 years at most.")
    return found


def _years_on(day: date) -> tuple[int, int, int]:
    """The same day after the longest range."""
    return day.year + MOST_YEARS, day.month, day.day


def _wrong(code: str, detail: str) -> Problem:
    return Problem("invalid", detail, errors=[FieldError("from", code, detail)])


def _day(query: Mapping[str, str], name: str, errors: list[FieldError]) -> date | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        if not DAY.fullmatch(text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        errors.append(FieldError(name, "date_parsing", "Please give a day, like 2026-01-31."))
        return None
