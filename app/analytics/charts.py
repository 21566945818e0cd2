"""Charts as numbers for an SVG: x in percent of its width, y in pixels, so that type keeps its size."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby, pairwise
from typing import Any

from app.analytics.views import Day
from app.analytics.words import tick
from app.money import Money

HEIGHT = 208
TOP, BOTTOM = 18, 180
MOST_DAYS, MOST_WEEKS = 62, 400
LINES, TICKS = 5, 4


@dataclass(frozen=True, slots=True)
class Point:
    """One bar and one dot: `x` to `x + width` is its place, `bar` the bar in it."""

    day: Day
    x: float
    width: float
    bar_x: float
    bar_width: float
    bar_y: float
    bar_height: float
    middle: float
    dot_y: float


@dataclass(frozen=True, slots=True)
class Chart:
    """`lines` are (y, value) of the scale, `ticks` (x, text, anchor); `path` are (x1, y1, x2, y2).

    `unit` is what a bar stands for: day, week or month.
    """

    points: list[Point]
    lines: list[tuple[float, int]]
    ticks: list[tuple[float, str, str]]
    path: list[tuple[float, float, float, float]]
    unit: str
    height: int = HEIGHT


def revenue(days: Sequence[Day]) -> Chart:
    """Confirmed as bars, collected as a line."""
    return _chart(days, lambda day: day.confirmed.amount, lambda day: day.collected.amount)


def placed(days: Sequence[Day]) -> Chart:
    return _chart(days, lambda day: day.placed, lambda day: 0)


def unit_of(days: Sequence[Day]) -> str:
    """What each of the days as drawn stands for."""
    longest = max((day.last - day.first).days for day in days)
    return "day" if longest == 0 else "week" if longest < 7 else "month"


def drawn(days: Sequence[Day]) -> list[Day]:
    """Days as they are drawn: one by one, or as weeks or months where they would be too many."""
    if len(days) <= MOST_DAYS:
        return list(days)
    weeks = len(days) <= MOST_WEEKS

    def of(day: Day) -> Any:
        monday = day.first - timedelta(days=day.first.weekday())
        return monday if weeks else (day.first.year, day.first.month)

    return [_as_one(list(group)) for _, group in groupby(days, of)]


def _as_one(days: Sequence[Day]) -> Day:
    currency = days[0].confirmed.currency
    return Day(
        first=days[0].first,
        last=days[-1].last,
        placed=sum(day.placed for day in days),
        confirmed=Money(sum(day.confirmed.amount for day in days), currency),
        collected=Money(sum(day.collected.amount for day in days), currency),
    )


def _chart(days: Sequence[Day], bar: Callable[[Day], int], dot: Callable[[Day], int]) -> Chart:
    values = [bar(day) for day in days] + [dot(day) for day in days]
    scale = _scale(min(0, *values), max(values))

    def y(value: int) -> float:
        low, high = scale[0], scale[-1]
        return round(BOTTOM - (value - low) * (BOTTOM - TOP) / (high - low), 1)

    slot = 100 / len(days)
    part = 0.42 if len(days) < 15 else 0.66
    points = []
    for place, day in enumerate(days):
        ends = sorted((y(0), y(bar(day))))
        points.append(
            Point(
                day=day,
                x=round(place * slot, 3),
                width=round(slot, 3),
                bar_x=round((place + (1 - part) / 2) * slot, 3),
                bar_width=round(slot * part, 3),
                bar_y=ends[0],
                bar_height=round(ends[1] - ends[0], 1),
                middle=round((place + 0.5) * slot, 3),
                dot_y=y(dot(day)),
            )
        )
    path = [(a.middle, a.dot_y, b.middle, b.dot_y) for a, b in pairwise(points)]
    return Chart(points, [(y(value), value) for value in scale], _ticks(points), path, unit_of(days))


def _scale(low: int, high: int) -> list[int]:
    """Round numbers that enclose all values, a few of them."""
    rough = max(1, (high - low) / (LINES - 1))
    size = 10 ** math.floor(math.log10(rough))
    step = next(int(size * factor) for factor in (1, 2, 5, 10) if size * factor >= rough)
    first, last = math.floor(low / step), max(1, math.ceil(high / step))
    return [number * step for number in range(first, last + 1)]


def _ticks(points: Sequence[Point]) -> list[tuple[float, str, str]]:
    """The first, the last and some between, each over the middle of its bar."""
    number = min(TICKS, len(points))
    places = sorted({round(n * (len(points) - 1) / max(1, number - 1)) for n in range(number)})
    months = (points[-1].day.last - points[0].day.first).days > MOST_WEEKS
    found = []
    for place in places:
        point = points[place]
        few = len(points) < 8
        first, last = place == 0 and not few, place == len(points) - 1 and not few
        x, anchor = (0.0, "start") if first else (100.0, "end") if last else (point.middle, "middle")
        found.append((x, tick(point.day.first, months=months), anchor))
    return found
