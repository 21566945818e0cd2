"""The billing calendar: on which day a period starts, and at which moment that day."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from app.subscriptions.calendar import (
    Interval,
    Unit,
    days_left,
    first_period,
    moment_of,
    period_start,
)

UNITS: tuple[Unit, ...] = ("day", "week", "month", "year")
MONTHLY, YEARLY = Interval(1, "month"), Interval(1, "year")
DAY = timedelta(days=1)

intervals = st.builds(Interval, st.integers(1, 366), st.sampled_from(UNITS))
by_the_calendar = st.builds(Interval, st.integers(1, 24), st.sampled_from(UNITS[2:]))
days = st.dates(date(1970, 1, 1), date(2200, 12, 31))
indexes = st.integers(0, 20)


def starts(anchor: str, interval: Interval, count: int) -> list[str]:
    first = date.fromisoformat(anchor)
    return [period_start(first, interval, index).isoformat() for index in range(count)]


# When periods start


@pytest.mark.parametrize(
    ("every", "unit", "expected"),
    [
        (1, "month", "2026-01-31 2026-02-28 2026-03-31 2026-04-30 2026-05-31"),
        (1, "month", "2028-01-31 2028-02-29 2028-03-31"),
        (1, "month", "2026-01-30 2026-02-28 2026-03-30"),
        (1, "month", "2026-11-15 2026-12-15 2027-01-15"),
        (3, "month", "2026-11-30 2027-02-28 2027-05-30"),
        (12, "month", "2028-02-29 2029-02-28"),
        (1, "year", "2028-02-29 2029-02-28 2030-02-28 2031-02-28 2032-02-29"),
        (4, "year", "2096-02-29 2100-02-28 2104-02-29"),
        (10, "day", "2028-02-20 2028-03-01 2028-03-11"),
        (2, "week", "2026-12-24 2027-01-07 2027-01-21"),
    ],
)
def test_month_ends_and_leap_days_are_counted_from_the_anchor(every: int, unit: Unit, expected: str) -> None:
    dates = expected.split()
    assert starts(dates[0], Interval(every, unit), len(dates)) == dates


@given(days, intervals)
def test_period_0_starts_at_the_anchor_and_each_later_than_the_one_before(
    anchor: date, interval: Interval
) -> None:
    found = [period_start(anchor, interval, index) for index in range(20)]
    assert found[0] == anchor
    assert all(earlier < later for earlier, later in pairwise(found))


@given(days, by_the_calendar, indexes)
@example(date(2026, 1, 31), MONTHLY, 1)
@example(date(2028, 2, 29), YEARLY, 1)
def test_a_period_starts_on_the_anchors_day_or_on_the_last_its_month_has(
    anchor: date, interval: Interval, index: int
) -> None:
    start = period_start(anchor, interval, index)
    month_is_over = (start + DAY).month != start.month
    assert start.day == anchor.day or (start.day < anchor.day and month_is_over)


@given(days, by_the_calendar, indexes)
def test_no_month_is_left_out_and_none_is_charged_twice(anchor: date, interval: Interval, index: int) -> None:
    start = period_start(anchor, interval, index)
    passed = 12 * (start.year - anchor.year) + start.month - anchor.month
    assert passed == index * interval.every * (12 if interval.unit == "year" else 1)


@given(days, st.integers(1, 30), indexes)
def test_twelve_months_are_a_year_and_seven_days_a_week(anchor: date, every: int, index: int) -> None:
    for fine, coarse in (
        (Interval(12 * every, "month"), Interval(every, "year")),
        (Interval(7 * every, "day"), Interval(every, "week")),
    ):
        assert period_start(anchor, fine, index) == period_start(anchor, coarse, index)


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("index", [1, 10**6, 10**12, 10**30])
def test_a_period_after_the_year_9999_is_an_overflow(unit: Unit, index: int) -> None:
    with pytest.raises(OverflowError):
        period_start(date.max, Interval(1, unit), index)
    with pytest.raises(OverflowError):
        days_left(date.max, Interval(1, unit), index - 1, date.max)


@pytest.mark.parametrize(
    ("chosen", "anchor"),
    [(None, "2026-05-10"), ("2026-05-09", "2026-05-10"), ("2026-05-10", "2026-05-10"),
     ("2026-05-11", "2026-05-11")],
)  # fmt: skip
def test_a_start_date_counts_unless_it_has_passed(chosen: str | None, anchor: str) -> None:
    starts_on = date.fromisoformat(chosen) if chosen else None
    assert first_period(starts_on, date(2026, 5, 10)).isoformat() == anchor


# The moment at which a day begins


@pytest.mark.parametrize(
    ("zone", "day", "moment"),
    [
        ("Europe/Berlin", "2026-03-28", "2026-03-27T23:00"),  # winter
        ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00"),  # the clock goes forward
        ("Europe/Berlin", "2026-03-30", "2026-03-29T22:00"),  # summer
        ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00"),  # the clock goes back
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00"),  # no midnight: 01:00 comes first
        ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00"),  # the same
        ("America/Havana", "2026-11-01", "2026-11-01T04:00"),  # midnight comes twice
        ("America/St_Johns", "2005-10-30", "2005-10-30T02:30"),  # 00:00, then 23:01 of the day before
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00"),  # no such day: the 31st begins
        ("Pacific/Kiritimati", "2026-01-01", "2025-12-31T10:00"),
        ("UTC", "2026-01-01", "2026-01-01T00:00"),
    ],
)
def test_a_day_begins(zone: str, day: str, moment: str) -> None:
    found = moment_of(date.fromisoformat(day), ZoneInfo(zone))
    assert (found, found.tzinfo) == (datetime.fromisoformat(f"{moment}Z"), UTC)


@given(days, st.timezones())
@example(date(2018, 11, 4), ZoneInfo("America/Sao_Paulo"))
@example(date(2026, 4, 24), ZoneInfo("Africa/Cairo"))
@example(date(2026, 11, 1), ZoneInfo("America/Havana"))
def test_the_moment_is_the_first_of_that_local_day(day: date, zone: ZoneInfo) -> None:
    moment = moment_of(day, zone)
    at, before = (instant.astimezone(zone).date() for instant in (moment, moment - datetime.resolution))
    assume(at - before == DAY)  # else the zone skipped the day
    assert (before, at) == (day - DAY, day)


@given(days, st.timezones())
@example(date(2011, 12, 30), ZoneInfo("Pacific/Apia"))
@example(date(2018, 11, 3), ZoneInfo("America/Sao_Paulo"))
def test_days_begin_in_their_order(day: date, zone: ZoneInfo) -> None:
    length = moment_of(day + DAY, zone) - moment_of(day, zone)
    assert timedelta(0) <= length <= 2 * DAY


def test_the_last_day_of_all_begins_where_utc_still_has_it() -> None:
    assert moment_of(date.max, ZoneInfo("America/New_York")) == datetime(9999, 12, 31, 5, tzinfo=UTC)
    with pytest.raises(OverflowError):
        moment_of(date.min, ZoneInfo("Europe/Berlin"))
