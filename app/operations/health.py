"""/healthz and /readyz: for supervisors, load balancers and whoever wonders.

`/healthz` says that the event loop answers, and asks nothing else: a restart repairs no database.

`/readyz` is 503 when this process cannot serve anybody: the database does not answer, or it lacks migrations
that this code needs. It stays 200 ("degraded") when no other process would do better:

- the bus is away: messages are stored and acknowledged all the same, and the poller delivers them;
- no worker beats: mail and charges wait in their tables, while people go on ordering and chatting;
- the database has migrations that this code does not know: a newer release is being rolled out.

It is public, so it names no host, no address and no error text, and asks the database once a second at most.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final, Literal

import orjson
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from app.db import Database
from app.migrate import revisions
from app.operations.heartbeat import FRESH
from app.operations.lag import heartbeat

AT_MOST: Final = 2.0  # seconds for the database
AT_LEAST: Final = 1.0  # seconds between two looks at it
Status = Literal["ready", "degraded", "unready"]


@dataclass(frozen=True, slots=True)
class Check:
    """One part. `vital`: without it nobody can be served."""

    good: bool
    why: str
    vital: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {"state": "green" if self.good else "red", "why": self.why}


class Health:
    """How this process is. `bus_up` is None where there is no bus but the one inside."""

    def __init__(self, db: Database, bus_up: Callable[[], bool | None]) -> None:
        self._db = db
        self._bus_up = bus_up
        self._looking = asyncio.Lock()
        self._looked = float("-inf")
        self._found: dict[str, Check] = {}

    async def checks(self) -> dict[str, Check]:
        """All of them, as of now or a second ago."""
        async with self._looking:
            if monotonic() - self._looked >= AT_LEAST:
                self._found = await self._look()
                self._looked = monotonic()
        return self._found | {"bus": _bus(self._bus_up())}

    async def _look(self) -> dict[str, Check]:
        try:
            async with asyncio.timeout(AT_MOST), self._db.read() as session:
                revision = await session.scalar(text("SELECT version_num FROM alembic_version"))
                age = await heartbeat(session)
        except TimeoutError:
            return {"database": Check(False, f"did not answer within {AT_MOST:g} s", vital=True)}
        except (SQLAlchemyError, OSError):
            return {"database": Check(False, "does not answer, or was never migrated", vital=True)}
        return {
            "database": Check(True, "answers", vital=True),
            "migrations": _migrations(revision),
            "worker": _worker(age),
        }


def status_of(checks: dict[str, Check]) -> Status:
    """Whether to send people here."""
    wrong = [check for check in checks.values() if not check.good]
    if any(check.vital for check in wrong):
        return "unready"
    return "degraded" if wrong else "ready"


async def healthz(request: Request) -> Response:
    """Alive."""
    return PlainTextResponse("ok")


async def readyz(request: Request) -> Response:
    """Each check, and 503 when it is better to ask another process."""
    health: Health = request.app.state.operations.health
    checks = await health.checks()
    status = status_of(checks)
    body = {"status": status, "checks": {name: check.as_dict() for name, check in checks.items()}}
    return Response(orjson.dumps(body), 503 if status == "unready" else 200, media_type="application/json")


def _migrations(revision: str | None) -> Check:
    known = revisions()
    if revision == known[0]:
        return Check(True, "at head", vital=True)
    if revision in known or revision is None:
        return Check(False, "behind; run `orderline migrate`", vital=True)
    return Check(False, "the database is newer than this code")


def _worker(age: float | None) -> Check:
    if age is None:
        return Check(False, "none has ever run; start `orderline worker`")
    why = f"last seen {age:.0f} s ago"
    return Check(age <= FRESH.total_seconds(), why)


def _bus(up: bool | None) -> Check:
    if up is None:
        return Check(True, "inside this process")
    return Check(up, "answers" if up else "away; other processes are heard with a delay")
