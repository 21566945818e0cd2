"""A worker's sign of life, and what its jobs did since the last one, every few seconds."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import delete

from app.db import Database, Transaction, insert_into
from app.operations.model import Heartbeat, JobTally

EVERY: Final = 5.0
FRESH: Final = timedelta(seconds=60)  # a charge may take its time, and the round with it
FORGOTTEN: Final = timedelta(days=1)


@dataclass(slots=True)
class Tally:
    """What one job did since it was last written down."""

    runs: int = 0
    failures: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class Pulse:
    """One worker's. `running` counts a job, `beat` writes it all down."""

    db: Database
    worker: str = field(default_factory=lambda: secrets.token_hex(8))
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    _tallies: dict[str, Tally] = field(default_factory=dict)
    _beaten: float = float("-inf")

    @contextmanager
    def running(self, job: str) -> Iterator[None]:
        """Counts what happens inside as one run of the job, and an exception as a failure, too."""
        tally = self._tallies.setdefault(job, Tally())
        began = time.monotonic()
        try:
            yield
        except Exception:
            tally.failures += 1
            raise
        finally:
            tally.runs += 1
            tally.seconds += time.monotonic() - began

    async def beat(self) -> None:
        """Write it down, if the last time is long enough ago. What cannot be written now waits."""
        now = time.monotonic()
        if now - self._beaten < EVERY:
            return
        written = self._tallies
        async with self.db.transaction() as tx:
            await self._sign(tx)
            await _add(tx, written)
        self._tallies, self._beaten = {}, now

    async def _sign(self, tx: Transaction) -> None:
        now = datetime.now(UTC)
        row = {"worker": self.worker, "started_at": self.started_at, "beat_at": now}
        insert = insert_into(tx.session, Heartbeat).values(row)
        await tx.session.execute(
            insert.on_conflict_do_update(index_elements=["worker"], set_={"beat_at": now})
        )
        await tx.session.execute(delete(Heartbeat).where(Heartbeat.beat_at < now - FORGOTTEN))


async def _add(tx: Transaction, tallies: dict[str, Tally]) -> None:
    """In one order for all workers, so that no two of them wait for each other."""
    for job, tally in sorted(tallies.items()):
        row = {"runs": tally.runs, "failures": tally.failures, "seconds": tally.seconds}
        insert = insert_into(tx.session, JobTally).values(row | {"job": job})
        sums = {name: getattr(JobTally, name) + value for name, value in row.items()}
        await tx.session.execute(insert.on_conflict_do_update(index_elements=["job"], set_=sums))
