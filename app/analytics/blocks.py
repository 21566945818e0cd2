"""Blocks of days, so that a range of any length is read from a few dozen sums.

A day is its ordinal. Block `n` of span `s` holds the days from n·s to n·s + s - 1; a span is four of the
span below, so a block is exactly four smaller ones.
"""

from typing import NamedTuple

SPANS = (1, 4, 16, 64, 256)
STEP = 4


class Run(NamedTuple):
    """Blocks of one span, from `first` to `last`."""

    span: int
    first: int
    last: int


def runs(first: int, last: int) -> list[Run]:
    """The days from `first` to `last` as the fewest blocks: at most six of each span but the longest."""
    found: list[Run] = []
    low, high = first, last + 1
    for span in SPANS[:-1]:
        up, down = -(-low // STEP) * STEP, high // STEP * STEP
        if up >= down:
            return [*found, *_run(span, low, high)]
        found += [*_run(span, low, up), *_run(span, down, high)]
        low, high = up // STEP, down // STEP
    return [*found, *_run(SPANS[-1], low, high)]


def _run(span: int, low: int, high: int) -> list[Run]:
    return [Run(span, low, high - 1)] if low < high else []
