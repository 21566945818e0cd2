"""What looks after one web process, put together: limits, figures, health, the watchdog."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from app.context import Context
from app.operations import metrics
from app.operations.crowd import Exchange
from app.operations.doorman import Doorman, SeatedSource
from app.operations.far_buckets import FarBuckets
from app.operations.health import Health
from app.operations.private_port import serve_metrics
from app.operations.sampler import Sampler
from app.operations.watchdog import Watchdog
from realtime.live import Live

logger = logging.getLogger("orderline")


class Operations:
    """`source` is what the live service asks; `look_at` it, then `watch` while it runs."""

    health: Health
    sampler: Sampler

    def __init__(self, context: Context) -> None:
        self.context = context
        self.doorman = Doorman(context.settings)
        self.source = SeatedSource(context)
        self.source.doorman = self.doorman
        context.db.committed.append(lambda changes: metrics.committed(changes.entries))

    def look_at(self, live: Live) -> None:
        """The live service of this process."""
        settings = self.context.settings
        self.sampler = Sampler(live.figures)
        self.health = Health(self.context.db, lambda: live.bus_up if settings.redis_url else None)

    @asynccontextmanager
    async def watch(self, *, watchdog: bool) -> AsyncIterator[None]:
        """While the process serves. `watchdog`: it may be ended, having a process to itself."""
        settings = self.context.settings
        guard = Watchdog(settings.watchdog_warns_after, settings.watchdog_ends_after) if watchdog else None
        work: list[Coroutine[Any, Any, None]] = [self.sampler.run(), self.context.follow()]
        if settings.metrics_port:
            work.append(serve_metrics(self.context, self.sampler, settings.metrics_port))
        async with self._sharing() as exchange:
            tasks = [asyncio.create_task(one) for one in (*work, *exchange)]
            if guard is not None:
                guard.start()
                # With several, one that was replaced is seen by this alone: uvicorn's own lines are left out.
                logger.info("process %d is up", os.getpid())
            try:
                yield
            finally:
                if guard is not None:
                    guard.stop()
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    @asynccontextmanager
    async def _sharing(self) -> AsyncIterator[list[Coroutine[Any, Any, None]]]:
        """Count together with the other processes, where there may be some."""
        settings = self.context.settings
        if settings.redis_url is None:
            yield []
            return
        far = FarBuckets(settings.redis_url, settings.namespace)
        exchange = Exchange(self.doorman.crowd, settings.redis_url, settings.namespace)
        self.context.limits.share(far)
        self.doorman.connecting.far = far
        try:
            yield [exchange.run()]
        finally:
            await exchange.close()
            await far.close()
