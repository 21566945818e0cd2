"""/metrics: what was counted, in Prometheus' text format, and who may read it.

With WEB_CONCURRENCY above 1 the figures are those of all processes of this `serve`, whichever one answers.
Several `serve` are several targets. What comes from the database is the whole deployment's wherever one asks:
take the `max` of it, not the `sum`.
"""

import asyncio
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from app.context import Context
from app.db import AWAY
from app.errors import Problem
from app.operations.lag import Lag, lag
from app.operations.metrics import REGISTRY, SHARED
from app.operations.sampler import Sampler

AT_MOST = 3.0  # seconds for the database


async def metrics(request: Request) -> Response:
    """The public door: there is none without METRICS_TOKEN."""
    context: Context = request.app.state.context
    if context.settings.metrics_token is None:
        raise Problem("not_found", "There is nothing here.")
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    right = secrets.compare_digest(given.strip().encode(), context.settings.metrics_token.encode())
    if scheme.lower() != "bearer" or not right:
        return PlainTextResponse("METRICS_TOKEN is needed", 401, {"WWW-Authenticate": "Bearer"})
    return await exposed(context, request.app.state.operations.sampler)


async def exposed(context: Context, sampler: Sampler) -> Response:
    """All figures."""
    sampler.sample()
    return Response(_counted() + _known(await _lag(context)), media_type=CONTENT_TYPE_LATEST)


async def _lag(context: Context) -> Lag | None:
    try:
        async with asyncio.timeout(AT_MOST), context.db.read() as session:
            return await lag(session)
    except (*AWAY, TimeoutError):
        return None


def _counted() -> bytes:
    if SHARED not in os.environ:
        return generate_latest(REGISTRY)
    _forget_the_dead(Path(os.environ[SHARED]))
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


def _forget_the_dead(directory: Path) -> None:
    """A process that ended has no sockets any more; what it counted stays counted."""
    for file in directory.glob("gauge_live*_*.db"):
        pid = file.stem.rpartition("_")[2]
        if pid.isdigit() and not _runs(int(pid)):
            mark_process_dead(int(pid))  # type: ignore[no-untyped-call]


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _known(found: Lag | None) -> bytes:
    registry = CollectorRegistry()
    registry.register(Known(found))
    return generate_latest(registry)


class Known(Collector):
    """What the database answered; None when it did not."""

    def __init__(self, found: Lag | None) -> None:
        self.found = found

    def collect(self) -> Iterator[Metric]:
        up = self.found is not None
        yield GaugeMetricFamily("orderline_database_up", "Whether the database answers.", value=float(up))
        if self.found is not None:
            yield from _families(self.found)


def _families(found: Lag) -> Iterator[Metric]:
    late = GaugeMetricFamily("orderline_late_seconds", "Age of the oldest work that is due.", labels=["work"])
    for work, seconds in found.late.items():
        late.add_metric([work], seconds)
    yield late
    yield GaugeMetricFamily("orderline_workers", "Workers with a fresh heartbeat.", value=found.workers)
    if found.heartbeat is not None:
        text = "Since a worker last finished its round."
        yield GaugeMetricFamily("orderline_heartbeat_age_seconds", text, value=found.heartbeat)
    columns: dict[str, Any] = {"runs": "How often.", "failures": "How often in vain.", "seconds": "How long."}
    for column, text in columns.items():
        family = CounterMetricFamily(f"orderline_job_{column}", f"What workers did: {text}", labels=["job"])
        for job in found.jobs:
            family.add_metric([job.job], getattr(job, column))
        yield family
