"""Messages that arrive together share a transaction; every door submits to it (DESIGN §5).

While one batch is being stored the next one gathers, so that a batch is as large as the database is slow.
A batch holds at most one message of each order, and of each cid: what else comes waits its turn, in the order
sent.
What a batch does not take (it is not plain, somebody else has the order, the batch failed) is answered with
None and goes the ordinary way, on its own.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from time import perf_counter

from app.db import Changes, Database
from app.entries import Entry, Head
from app.errors import Problem, unavailable
from app.keyed import AWAY_AT_ALL, Keyed
from app.messages import in_postgresql, in_sqlite
from app.messages.together import Message
from app.operations import metrics

MOST = 256  # of a batch
MOST_WAITING = 5_000
PATIENCE = 8.0  # seconds that a batch may take
PARTING = 3.0  # seconds to store what waits when the process ends
# Seconds for which messages that keep coming gather for the next batch: it has to be worth its round trips,
# and where other processes hear of it, theirs.
ALONE, HEARD = 0.001, 0.003
logger = logging.getLogger(__name__)

Waiting = tuple[Message, "asyncio.Future[int | None]"]


class Writer:
    """One batch at a time for each process. `heard`: whether other processes are told of what is stored."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.heard: Callable[[], bool] = lambda: False
        self._waiting: deque[Waiting] = deque()
        self._running: asyncio.Task[None] | None = None
        self._keyed = Keyed(db.engine)

    async def store(self, message: Message) -> int | None:
        """The entry's `seq` once it is committed; None: not this way. Raises 503 when too many wait."""
        if len(self._waiting) >= MOST_WAITING:
            raise unavailable()
        future: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((message, future))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await future

    async def close(self) -> None:
        """After what waits was stored, if that can be done in time."""
        if self._running is not None:
            await asyncio.wait([self._running], timeout=PARTING)
        if self._running is not None:
            self._running.cancel()
        await self._keyed.drop()

    async def _run(self) -> None:
        try:
            while self._waiting:
                if batch := self._take():
                    await self._batch(batch)
                if self._waiting:
                    await asyncio.sleep(HEARD if self.heard() else ALONE)
        finally:
            self._running = None

    def _take(self) -> list[Waiting]:
        """The oldest message of each order, and of those the oldest; the order of the others is kept."""
        batch: dict[int, Waiting] = {}
        orders: set[int] = set()
        cids: set[str | None] = set()
        left: list[Waiting] = []
        while self._waiting and len(batch) < MOST:
            waiting = self._waiting.popleft()
            if waiting[1].done():  # who asked has gone
                continue
            message = waiting[0]
            if message.order in orders or message.cid in cids:
                left.append(waiting)
            else:
                batch[message.order] = waiting
                cids |= {message.cid} - {None}
            orders.add(message.order)
        self._waiting.extendleft(reversed(left))
        return list(batch.values())

    async def _batch(self, batch: list[Waiting]) -> None:
        store = self._sqlite if self._db.sqlite else self._postgresql
        began = perf_counter()
        try:
            async with asyncio.timeout(PATIENCE):
                entries = await store([message for message, _ in batch])
        except AWAY_AT_ALL as error:
            # Whether it was committed is unknown: who asks again with the same cid will be told.
            logger.warning("a batch got no answer: %s", str(error).partition("\n")[0] or repr(error))
            _answer(batch, lambda _: unavailable())
            _answer(self._waiting, lambda _: unavailable())
            self._waiting.clear()
            await self._keyed.drop()
        except Exception:
            # One of them may be the cause: each goes on alone, and only that one fails.
            logger.exception("a batch of %d messages failed", len(batch))
            _answer(batch, lambda _: None)
            await self._keyed.drop()
        else:
            stored = {entry.order: entry.seq for entry in entries}
            _answer(batch, stored.get)
            metrics.batch(len(batch), perf_counter() - began)

    async def _sqlite(self, messages: Sequence[Message]) -> list[Entry]:
        async with self._db.transaction() as tx:
            connection = await tx.session.connection()
            today = tx.shop.today(tx.now)
            entries = await connection.run_sync(in_sqlite.store, messages, tx.now, today)
            _note(entries, tx)
        return entries

    async def _postgresql(self, messages: Sequence[Message]) -> list[Entry]:
        assert self._db.shop is not None
        now = self._db.clock()
        entries = await in_postgresql.store(self._keyed, messages, now, self._db.shop.today(now))
        told = Changes()
        _note(entries, told)
        # Not before the answers are on their way, so that whoever gets both gets them together.
        asyncio.get_running_loop().call_soon(self._db.tell, told)
        return entries


def _note(entries: Sequence[Entry], told: Changes) -> None:
    told.entries.extend(entries)
    told.heads.update((entry.order, Head(entry.seq, entry.seq)) for entry in entries)


def _answer(batch: Iterable[Waiting], answer: Callable[[int], int | Problem | None]) -> None:
    for message, future in batch:
        if not future.done():
            result = answer(message.order)
            if isinstance(result, Problem):
                future.set_exception(result)
            else:
                future.set_result(result)
