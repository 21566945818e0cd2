"""Turns of the event loop, counted: whoever gives others their turn lets it go on."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """How many turns the loop has had."""

    def __init__(self) -> None:
        self.number = 0
        self._again()

    def _again(self) -> None:
        self.number += 1
        self._handle = asyncio.get_running_loop().call_soon(self._again)

    def stop(self) -> None:
        self._handle.cancel()


@contextmanager
def turns() -> Iterator[Turns]:
    counted = Turns()
    try:
        yield counted
    finally:
        counted.stop()
