"""Waiting for a condition, asked anew until it holds."""

import asyncio
import time
from collections.abc import Awaitable, Callable


async def until(condition: Callable[[], Awaitable[bool]], within: float = 20) -> None:
    """Returns once `condition` holds. Raises AssertionError when it does not within so many seconds."""
    began = time.monotonic()
    while not await condition():
        assert time.monotonic() - began < within, "the condition did not come to hold"
        await asyncio.sleep(0.05)
