"""A step done again and again: what every background service of this package is."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)

# Longer than any healthy query: a service that hangs with its database must come back with it.
STEP_TIMEOUT = 10.0
AFTER_FAILURE = 0.5


class Ticker:
    """Calls `step` after every `pause()` seconds, whatever it raises.

    `kick()` ends the pause, after `settle()` seconds in which more may gather.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], Awaitable[None]],
        pause: Callable[[], float | None] = lambda: None,
        settle: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._name = name
        self._step = step
        self._pause = pause
        self._settle = settle
        self._kicked = asyncio.Event()

    def kick(self) -> None:
        self._kicked.set()

    async def run(self) -> None:
        """Until cancelled."""
        failing = False
        while True:
            await self._wait()
            failing = not await self._try(failing)
            if failing:
                await asyncio.sleep(AFTER_FAILURE)

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(self._pause()):
                await self._kicked.wait()
        except TimeoutError:
            pass
        await asyncio.sleep(self._settle())
        self._kicked.clear()

    async def _try(self, failing: bool) -> bool:
        try:
            async with asyncio.timeout(STEP_TIMEOUT):
                await self._step()
        except Exception:
            # A fault that lasts would fill the log: the traceback once, then only that it goes on.
            logger.warning("%s failed, will try again", self._name, exc_info=not failing)
            return False
        return True
