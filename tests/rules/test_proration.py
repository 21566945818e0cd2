"""What a part of a period costs, what changing plans owes, and what a plan is worth a month."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.subscriptions.calendar import (
    Interval,
    Unit,
    change_now,
    days_left,
    monthly_value,
    period_start,
    prorated,
)

MONTHLY = Interval(1, "month")
UNITS: tuple[Unit, ...] = ("day", "week", "month", "year")

intervals = st.builds(Interval, st.integers(1, 366), st.sampled_from(UNITS))
days = st.dates(date(1970, 1, 1), date(2200, 12, 31))
prices = st.integers(1, 10**12)
parts = st.integers(1, 366 * 366).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole)))


# Days left


@pytest.mark.parametrize(
    ("today", "left"),
    [
        ("2026-01-30", 28),  # before the period, as after the clock went back
        ("2026-01-31", 28),  # its first day
        ("2026-02-01", 27),
        ("2026-02-27", 1),  # its last day
        ("2026-02-28", 0),  # the next period
        ("2026-03-15", 0),
    ],
)
def test_today_counts_as_left(today: str, left: int) -> None:
    assert days_left(date(2026, 1, 31), MONTHLY, 0, date.fromisoformat(today)) == (left, 28)


@given(days, intervals, st.integers(1, 20))
def test_periods_leave_no_day_out_and_count_none_twice(anchor: date, interval: Interval, count: int) -> None:
    lengths = [days_left(anchor, interval, index, anchor)[1] for index in range(count)]
    assert anchor + timedelta(days=sum(lengths)) == period_start(anchor, interval, count)


@given(days, intervals, st.integers(0, 20), st.integers(-1000, 10**6))
def test_no_more_days_are_left_than_the_period_has(
    anchor: date, interval: Interval, index: int, later: int
) -> None:
    left, whole = days_left(anchor, interval, index, anchor + timedelta(days=later))
    assert 0 <= left <= whole > 0


# Parts of a price


@pytest.mark.parametrize(
    ("amount", "left", "whole", "expected"),
    [
        (2900, 10, 30, 967),
        (2900, 15, 30, 1450),
        (1, 1, 2, 1),  # exactly half goes up
        (1, 1, 3, 0),
        (5, 1, 2, 3),
        (-5, 1, 2, -3),  # a credit is as large as the charge
        (10**12, 1, 3, 333_333_333_333),
        (10**17 + 1, 1, 2, 50_000_000_000_000_001),  # beyond what a float can tell apart
    ],
)
def test_a_part_is_rounded_half_up(amount: int, left: int, whole: int, expected: int) -> None:
    assert prorated(amount, left, whole) == expected


@given(prices, parts)
def test_a_part_is_at_most_half_a_minor_unit_off_and_never_more_than_all(
    amount: int, part: tuple[int, int]
) -> None:
    left, whole = part
    share = prorated(amount, left, whole)
    assert 0 <= share <= amount
    assert -Fraction(1, 2) < share - Fraction(amount * left, whole) <= Fraction(1, 2)


@given(prices, st.integers(1, 10**6))
def test_a_whole_period_costs_all_and_no_day_nothing(amount: int, whole: int) -> None:
    assert (prorated(amount, whole, whole), prorated(amount, 0, whole)) == (amount, 0)


# Changing plans now


@pytest.mark.parametrize(
    ("old", "new", "left", "whole", "same_interval", "owed"),
    [
        (2900, 4900, 15, 30, True, 1000),  # dearer: the difference for half the month
        (4900, 2900, 15, 30, True, -1000),  # cheaper: a credit
        (2900, 4900, 0, 30, True, 0),  # nothing left to change
        (1, 2, 1, 2, True, 1),
        (2, 1, 1, 2, True, -1),
        (2900, 29_000, 15, 30, False, 27_550),  # a year from today, less half a month
        (29_000, 2900, 300, 365, False, -20_936),  # a month from today, less most of a year
    ],
)
def test_changing_now_owes(old: int, new: int, left: int, whole: int, same_interval: bool, owed: int) -> None:
    assert change_now(old, new, left, whole, same_interval=same_interval) == owed


@given(prices, prices, parts)
@example(2, 1, (1, 2))
def test_there_and_back_on_one_day_owes_nothing(old: int, new: int, part: tuple[int, int]) -> None:
    there = change_now(old, new, *part, same_interval=True)
    assert there + change_now(new, old, *part, same_interval=True) == 0


@given(prices, prices, prices, parts)
def test_a_detour_over_a_third_plan_differs_by_one_minor_unit_at_most(
    old: int, between: int, new: int, part: tuple[int, int]
) -> None:
    detour = change_now(old, between, *part, same_interval=True)
    detour += change_now(between, new, *part, same_interval=True)
    assert abs(detour - change_now(old, new, *part, same_interval=True)) <= 1


@given(prices, prices, parts, st.integers(1, 366))
def test_to_another_interval_and_back_buys_a_period_that_starts_today(
    old: int, new: int, part: tuple[int, int], length: int
) -> None:
    there = change_now(old, new, *part, same_interval=False)
    back = change_now(new, old, length, length, same_interval=False)
    assert there + back == old - prorated(old, *part)


# Worth a month


@pytest.mark.parametrize(
    ("price", "every", "unit", "worth"),
    [
        (2900, 1, "month", Fraction(2900)),
        (2900, 3, "month", Fraction(2900, 3)),
        (12_000, 1, "year", Fraction(1000)),
        (100, 1, "day", Fraction(100 * 1461, 48)),
        (700, 2, "week", Fraction(50 * 1461, 48)),
    ],
)
def test_a_price_is_worth_a_month(price: int, every: int, unit: Unit, worth: Fraction) -> None:
    assert monthly_value(price, Interval(every, unit)) == worth


@given(prices, st.integers(1, 366))
def test_the_same_pace_is_worth_the_same(price: int, every: int) -> None:
    def worth(times: int, unit: Unit) -> Fraction:
        return monthly_value(price, Interval(times * every, unit))

    assert worth(12, "month") == worth(1, "year")
    assert worth(7, "day") == worth(1, "week")
    assert worth(1461, "day") == worth(4, "year")
