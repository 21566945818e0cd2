"""The parts of the analytics that are pure: blocks of days, medians, prices by product, ranges."""

import statistics
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.analytics.blocks import runs
from app.analytics.charts import drawn, revenue
from app.analytics.histogram import bucket, median
from app.analytics.ranges import Range, chosen, presets
from app.analytics.tallies import split
from app.analytics.views import Day
from app.analytics.words import change, duration, percent
from app.errors import Problem
from app.i18n import speaking
from app.money import Money

TODAY = date(2026, 3, 15)
DAYS = st.integers(0, 800_000)
PRICES = st.lists(st.tuples(st.integers(1, 4), st.none() | st.integers(0, 10**9)), min_size=1, max_size=12)


@given(DAYS, st.integers(0, 4000))
def test_blocks_cover_a_range_exactly(first: int, length: int) -> None:
    covered: list[int] = []
    for run in runs(first, first + length):
        covered += range(run.first * run.span, (run.last + 1) * run.span)
    assert sorted(covered) == list(range(first, first + length + 1))


@given(DAYS, st.integers(0, 4000))
def test_a_range_is_read_in_a_few_dozen_blocks(first: int, length: int) -> None:
    found = runs(first, first + length)
    assert len(found) <= 9
    assert all(run.last - run.first < 6 for run in found if run.span < 256)


@given(st.lists(st.integers(0, 40_000_000), min_size=1, max_size=60))
def test_a_median_is_at_most_five_percent_off(values: list[int]) -> None:
    counts: dict[int, int] = {}
    for value in values:
        counts[bucket(value)] = counts.get(bucket(value), 0) + 1
    found, exact = median(counts), statistics.median(values)
    assert found is not None
    assert abs(found - exact) <= max(1.1, 0.05 * exact + 0.5)


def test_there_is_no_median_of_nothing() -> None:
    assert median({}) is None
    assert median({3: 0}) is None


@given(st.integers(0, 10**12), PRICES)
def test_the_price_by_product_adds_up(total: int, lines: list[tuple[int, int | None]]) -> None:
    shares = split(total, lines)
    assert sum(shares.values()) == total
    assert shares.keys() == {product for product, _ in lines}
    assert min(shares.values()) >= 0


@pytest.mark.parametrize(
    ("total", "lines", "shares"),
    [
        (100, [(1, 100)], {1: 100}),
        (100, [(1, None)], {1: 100}),
        (100, [(1, 30), (2, None)], {1: 30, 2: 70}),
        (101, [(1, None), (2, None)], {1: 50, 2: 51}),
        (90, [(1, 100), (2, 200)], {1: 30, 2: 60}),  # quoted below the list
        (20, [(1, 30), (2, None)], {1: 20, 2: 0}),
        (100, [(1, 40), (1, 60)], {1: 100}),
    ],
)
def test_how_a_price_is_split(
    total: int, lines: list[tuple[int, int | None]], shares: dict[int, int]
) -> None:
    assert split(total, lines) == shares


def test_ranges_by_name() -> None:
    found = presets(TODAY)
    assert found["7"] == Range(date(2026, 3, 9), TODAY)
    assert found["month"] == Range(date(2026, 3, 1), TODAY)
    assert found["last_month"] == Range(date(2026, 2, 1), date(2026, 2, 28))
    assert found["year"] == Range(date(2026, 1, 1), TODAY)
    assert found["7"].before == Range(date(2026, 3, 2), date(2026, 3, 8))


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ({}, date(2026, 2, 14), TODAY),
        ({"from": "2026-03-15", "to": "2026-03-15"}, TODAY, TODAY),
        ({"from": "2026-03-01"}, date(2026, 3, 1), TODAY),
        ({"to": "2026-01-31"}, date(2026, 1, 2), date(2026, 1, 31)),
        ({"from": "2016-02-29", "to": "2026-02-28"}, date(2016, 2, 29), date(2026, 2, 28)),
        ({"from": "9999-12-01", "to": "9999-12-31"}, date(9999, 12, 1), date(9999, 12, 31)),
    ],
)
def test_what_is_asked_for(query: dict[str, str], first: date, last: date) -> None:
    assert chosen(query, TODAY) == Range(first, last)


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ({"from": "2026-03-16"}, ["from"]),
        ({"from": "2026-03-02", "to": "2026-03-01"}, ["from"]),
        ({"from": "2016-03-14"}, ["from"]),
        ({"from": "0001-01-01", "to": "0001-01-02"}, ["from"]),
        ({"from": "2026-02-30"}, ["from"]),
        ({"to": "20260301"}, ["to"]),
        ({"to": "2026-W01"}, ["to"]),
        ({"to": ""}, ["to"]),
        ({"from": "٢٠٢٦-٠١-٠١"}, ["from"]),
        ({"from": "yesterday", "to": "today"}, ["to", "from"]),
    ],
)
def test_what_is_refused_names_its_field(query: dict[str, str], fields: list[str]) -> None:
    with pytest.raises(Problem) as refused:
        chosen(query, TODAY)
    assert refused.value.status == 422
    assert [error.field for error in refused.value.errors] == fields


def _days(*values: tuple[int, int]) -> list[Day]:
    first = date(2026, 1, 1).toordinal()
    return [
        Day(date.fromordinal(first + n), date.fromordinal(first + n), 1, Money(a, "EUR"), Money(b, "EUR"))
        for n, (a, b) in enumerate(values)
    ]


@pytest.mark.parametrize("values", [[(0, 0)], [(5, -5)], [(10**12, 1)] * 3, [(7, 0)] * 62])
def test_a_chart_stays_inside_its_frame(values: Any) -> None:
    chart = revenue(_days(*values))
    for point in chart.points:
        assert 0 <= point.bar_x <= point.bar_x + point.bar_width <= 100
        assert 0 <= point.bar_y <= point.bar_y + point.bar_height <= chart.height
        assert 0 <= point.dot_y <= chart.height
    assert 0 in [value for _, value in chart.lines]
    assert 2 <= len(chart.lines) <= 7


@pytest.mark.parametrize(("number", "most"), [(1, 1), (62, 62), (63, 11), (366, 54), (3653, 122)])
def test_long_ranges_are_drawn_as_weeks_and_months(number: int, most: int) -> None:
    days = _days(*[(1, 1)] * number)
    shown = drawn(days)
    assert len(shown) <= most
    assert (shown[0].first, shown[-1].last) == (days[0].first, days[-1].last)
    assert sum(day.placed for day in shown) == number


def test_figures_in_words() -> None:
    with speaking("en"):
        assert [duration(s) for s in (None, 45, 60 * 14, 3600 * 3.5, 86400 * 3)] == [  # type: ignore[arg-type]
            "–", "45 sec", "14 min", "3.5 hr", "3 days"]  # fmt: skip
        more, less = change(112, 100), change(50, 100, good="down")
        assert more and (more.way, more.tone, more.text) == ("up", "good", "12% more")
        assert less and (less.way, less.tone, less.text) == ("down", "good", "50% less")
        assert change(5, 0) is None
        assert percent(0.004) == "0.4%"
    with speaking("de"):
        assert duration(3600 * 3) == "3 Std."
