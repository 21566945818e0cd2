"""When tokens were last used: kept in memory, written together, each at most once a minute."""

import asyncio
import logging
import time
from datetime import timedelta

from sqlalchemy import or_, update

from app.db import Database
from app.team.model import Token

EVERY = 60.0  # seconds between two writes of one token
GATHER = 1.0  # seconds in which uses wait for each other
logger = logging.getLogger(__name__)


class Uses:
    """`note` costs no query. Processes do not know of each other: the write leaves out who is fresh."""

    def __init__(self, db: Database, every: float = EVERY, gather: float = GATHER) -> None:
        self._db = db
        self._every = every
        self._gather = gather
        self._noted: dict[str, float] = {}
        self._waiting: set[str] = set()
        self._writer: asyncio.Task[None] | None = None

    def note(self, ticket: str) -> None:
        """This token ("t:…") is in use now; a session's ticket is let pass."""
        now = time.monotonic()
        kind, _, key = ticket.partition(":")
        if kind != "t" or now - self._noted.get(key, -self._every) < self._every:
            return
        self._noted[key] = now
        self._waiting.add(key)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._later())

    async def close(self) -> None:
        """Write what waits."""
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)
        if self._waiting:
            await self._write()

    async def _later(self) -> None:
        await asyncio.sleep(self._gather)
        await self._write()
        now = time.monotonic()
        self._noted = {key: at for key, at in self._noted.items() if now - at < self._every}

    async def _write(self) -> None:
        keys, self._waiting = self._waiting, set()
        try:
            async with self._db.transaction() as tx:
                before = tx.now - timedelta(seconds=self._every - self._gather)
                stale = or_(Token.used_at.is_(None), Token.used_at < before)
                used = update(Token).where(Token.id.in_(keys), stale).values(used_at=tx.now)
                await tx.session.execute(used)
        except Exception as error:
            logger.warning("the last use of %d tokens was not written: %r", len(keys), error)
