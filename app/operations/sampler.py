"""What is looked up now and then instead of being counted on the way: sockets, lag, bus, event loop."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from app.operations import metrics
from realtime.live import Figures

EVERY: Final = 1.0
WINDOW: Final = 15  # looks: a scrape every 15 s misses no stall


class Sampler:
    """Looks every second, so that whichever process is asked for metrics knows of the others."""

    def __init__(self, figures: Callable[[], Figures]) -> None:
        self._figures = figures
        self._late: deque[float] = deque([0.0], maxlen=WINDOW)

    async def run(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + EVERY
            await asyncio.sleep(EVERY)
            self._late.append(max(0.0, loop.time() - due))
            self.sample()

    def sample(self) -> None:
        """As of now."""
        figures = self._figures()
        metrics.SOCKETS.set(figures.sockets)
        metrics.STREAMS.set(figures.streams)
        metrics.BEHIND.set(figures.behind)
        metrics.BUS_UP.set(figures.bus_up)
        metrics.LOOP_LAG.set(max(self._late))
