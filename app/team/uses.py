"""When tokens were last used and members last seen: kept in memory, written together, once a minute each."""

import asyncio
import logging
import time
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import or_, update

from app.author import Actor
from app.db import Database, Transaction
from app.team.model import Member, Token

EVERY = 60.0  # seconds between two writes of one token or member
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
        if ticket.startswith("t:"):
            self._note(ticket)

    def seen(self, actor: Actor) -> None:
        """A member does something in a browser; what their programs do is no sign of them."""
        if actor.member_id and actor.ticket.startswith("s:"):
            self._note(f"m:{actor.member_id}")

    def _note(self, key: str) -> None:
        now = time.monotonic()
        if now - self._noted.get(key, -self._every) < self._every:
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
                await _used(tx, [key[2:] for key in keys if key.startswith("t:")], before)
                await _seen(tx, [int(key[2:]) for key in keys if key.startswith("m:")], before)
        except Exception as error:
            logger.warning("the last use of %d tokens and people was not written: %r", len(keys), error)


async def _used(tx: Transaction, tokens: Collection[str], before: datetime) -> None:
    stale = or_(Token.used_at.is_(None), Token.used_at < before)
    if tokens:
        await tx.session.execute(update(Token).where(Token.id.in_(tokens), stale).values(used_at=tx.now))


async def _seen(tx: Transaction, people: Collection[int], before: datetime) -> None:
    stale = or_(Member.seen_at.is_(None), Member.seen_at < before)
    if people:
        await tx.session.execute(update(Member).where(Member.id.in_(people), stale).values(seen_at=tx.now))
