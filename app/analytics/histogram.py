"""Medians without keeping every value: how many lie in buckets whose bounds are 10 % apart.

What a median comes out as is at most 5 % away from the exact one (below a second: a second).
"""

import math
from collections.abc import Mapping

RATIO = 1.1


def bucket(seconds: float) -> int:
    """The bucket of a length of time; what is below a second, or negative, is in the first."""
    return math.floor(math.log(seconds) / math.log(RATIO)) if seconds >= 1 else 0


def median(counts: Mapping[int, int]) -> int | None:
    """In seconds, from how many values lie in each bucket; None without any."""
    total = sum(counts.values())
    if total <= 0:
        return None
    middle = (_value_at(counts, (total - 1) // 2) + _value_at(counts, total // 2)) / 2
    return round(middle)


def _value_at(counts: Mapping[int, int], rank: int) -> float:
    """The value of this rank, from 0; every value is taken to lie in the middle of its bucket."""
    seen = 0
    for number in sorted(counts):
        seen += counts[number]
        if seen > rank:
            return float(RATIO ** (number + 0.5))
    raise AssertionError("the rank is below the total")
