"""The outgoing side of one socket: what it follows, what waits to be said, one writer."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable, Sequence
from itertools import count

from starlette.types import Message

from realtime import frames
from realtime.codes import FAILED, TOO_SLOW
from realtime.frames import Prepared
from realtime.ports import Reader
from realtime.stream import Cursor, SourceFailed, Vanished
from realtime.wire import Wire, encoded

logger = logging.getLogger(__name__)

ROOM = 64
CROWD = 1000
TRIES = 10

Send = Callable[[Message], Awaitable[None]]
_serials = count()


class Connection:
    """Memory stays bounded however slow the peer: events wait in the log, states replace one another,
    and commands wait while answers do.

    What can be sent at once is sent where it is said. Only where that must wait (for the peer, or for what
    has to be read first) a task is the writer until nothing waits any more.
    """

    def __init__(self, reader: Reader, wire: Wire, close: Send) -> None:
        self.reader = reader
        self.serial = next(_serials)
        self.cursors: dict[int, Cursor] = {}
        self.resumed = False
        self.inbox = False
        self.language: str | None = None
        self.present: dict[int, str] = {}
        self.closing: int | None = None
        self.sending_since: float | None = None
        self.working_since: float | None = None
        self._wire = wire
        self._send_close = close
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[Hashable, str] = {}
        self._serial = 0
        self._stale: dict[int, None] = {}
        self._room: asyncio.Future[None] | None = None
        self._writer: asyncio.Task[None] | None = None
        self._closer: asyncio.Task[None] | None = None
        self._last: int | None = None

    def say(self, frame: str, key: Hashable = None) -> None:
        """Send now or soon; a frame with the same `key` that still waits is replaced."""
        if self.closing is not None:
            return
        if self._writer is None and self._wire.write(encoded(frame.encode())):
            return
        if key is None:
            self._serial += 1
            key = self._serial
        self._waiting[key] = frame
        self._write_on()
        if len(self._waiting) > CROWD:
            self.close(TOO_SLOW)

    def say_all(self, prepared: Sequence[Prepared]) -> None:
        """The same for many frames that were encoded for several connections."""
        if self.closing is not None or not prepared:
            return
        if self._writer is None and self._wire.write(b"".join([frame.wire for frame in prepared])):
            return
        for frame in prepared:
            self.say(frame.data.decode(), frame.key)

    def mention(self, frame: str, key: Hashable) -> None:
        """Send soon or never: typing and presence are the first to go when a peer is slow."""
        if len(self._waiting) < ROOM // 2:
            self.say(frame, key)

    async def room(self) -> None:
        """Wait until the peer took most of what was said."""
        while len(self._waiting) >= ROOM and self.closing is None:
            self._room = self._room or self._loop.create_future()
            await asyncio.shield(self._room)

    def stale(self, order: int, unhurried: bool = False) -> None:
        """A stream that this connection follows went on. `unhurried`: it may wait for an answer that is on
        the way, and leave together with it."""
        hold = unhurried and self.working_since is not None
        if self._writer is None and self.closing is None and self._sent_at_once(order, hold):
            return
        self._stale[order] = None
        self._write_on()

    def anew(self, order: int) -> None:
        """What the peer has of this order is no longer so: it has to be read again."""
        if (cursor := self.cursors.get(order)) is not None:
            self.say(frames.reset(cursor.stream.number))

    def follow(self, cursors: dict[int, Cursor]) -> None:
        """From now on exactly these."""
        self.cursors = cursors
        self._stale = dict.fromkeys(cursors)
        self._write_on()

    def close(self, code: int) -> None:
        """Nothing but the close frame leaves after this."""
        if self.closing is None:
            self._end(code)
            self._closer = self._loop.create_task(self._shut(code))

    def close_after(self, code: int) -> None:
        """Close once what was said is sent; entries do not go out any more."""
        self._last = code
        self._write_on()

    @property
    def closed_by_us(self) -> bool:
        return self._closer is not None

    def gone(self) -> None:
        """The peer left."""
        if self.closing is None:
            self._end(1005)

    async def finish(self) -> None:
        """Wait for the close frame, if there is one; nothing of this connection runs after it."""
        self.gone()
        if self._closer is not None:
            await self._closer
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.wait({self._writer})

    def _end(self, code: int) -> None:
        self.closing = code
        self._waiting.clear()
        self._stale.clear()
        self._make_room()

    async def _shut(self, code: int) -> None:
        if self._writer is not None:
            self._writer.cancel()
        try:
            await self._send_close({"type": "websocket.close", "code": code, "reason": ""})
        except Exception as error:
            logger.debug("close %s: %r", code, error)

    def _sent_at_once(self, order: int, hold: bool) -> bool:
        cursor = self.cursors.get(order)
        if cursor is None or self._is_level(cursor):
            return True
        events = cursor.stream.ready(cursor.position, self.language)
        write = self._wire.write_soon if hold else self._wire.write
        for event in events or ():
            if not write(event.wire(self.language)):
                return False
            cursor.position = event.seq
        return events is not None

    @staticmethod
    def _is_level(cursor: Cursor) -> bool:
        return cursor.position >= cursor.stream.head

    def _write_on(self) -> None:
        """Let a task write what waits; the only one who sends as long as there is one."""
        if self._writer is None and self.closing is None and self._something_waits:
            self._writer = self._loop.create_task(self._write())

    @property
    def _something_waits(self) -> bool:
        return bool(self._waiting or self._stale or self._last is not None)

    async def _write(self) -> None:
        try:
            while self.closing is None and self._something_waits:
                await self._turn()
        except Exception as error:
            # A peer that left is the usual reason; its disconnect is on the way to the reader.
            logger.debug("writer: %r", error)
            self.close(FAILED)
        finally:
            self._writer = None

    async def _turn(self) -> None:
        # What waits goes first: a hello must leave before the events of the streams it announces.
        if self._waiting:
            await self._flush()
        elif self._last is not None:
            self.close(self._last)
        elif self._stale:
            order = next(iter(self._stale))
            del self._stale[order]
            await self._catch_up(order)

    async def _flush(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for frame in waiting.values():
            await self._send(encoded(frame.encode()))
        self._make_room()

    def _make_room(self) -> None:
        if self._room is not None and not self._room.done():
            self._room.set_result(None)
        self._room = None

    async def _send(self, data: bytes) -> None:
        while self.closing is None and not self._wire.write(data):
            self.sending_since = self.sending_since or self._loop.time()
            await self._wire.drained()
        self.sending_since = None

    async def _catch_up(self, order: int) -> None:
        cursor = self.cursors.get(order)
        if cursor is None or self._is_level(cursor):
            return
        try:
            await self._page(order, cursor, self.language)
        except Vanished:
            self._reset(cursor)
        except SourceFailed as failure:
            self._retry(order, cursor, failure)

    async def _page(self, order: int, cursor: Cursor, language: str | None) -> None:
        for seq, frame in await cursor.stream.after(cursor.position, language):
            if self.cursors.get(order) is not cursor:
                return
            await self._send(frame)
            cursor.position = seq
        cursor.failures = 0
        if not self._is_level(cursor):
            self._stale[order] = None

    def _retry(self, order: int, cursor: Cursor, failure: SourceFailed) -> None:
        """Later, so that one order that cannot be read holds up no other."""
        logger.warning("order %s after %s: %r", order, cursor.position, failure.__cause__)
        cursor.failures += 1
        if failure.rendering and cursor.failures >= TRIES:
            self._reset(cursor)
            return
        delay = min(0.05 * 2 ** min(cursor.failures, 10), 2.0)
        self._loop.call_later(delay, self._again, order, cursor)

    def _again(self, order: int, cursor: Cursor) -> None:
        if self.closing is None and self.cursors.get(order) is cursor:
            self.stale(order)

    def _reset(self, cursor: Cursor) -> None:
        """What cannot be shown entry by entry, the client reads anew."""
        cursor.position = cursor.stream.head
        cursor.failures = 0
        self.say(frames.reset(cursor.stream.number))
