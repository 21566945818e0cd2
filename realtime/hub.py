"""Every connection of this process, and every order that one of them follows."""

import asyncio
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence

from app.entries import Entry, Head, Side
from realtime import frames
from realtime.advance import Advance
from realtime.codes import FAILED, TOO_SLOW
from realtime.connection import Connection
from realtime.frames import Event
from realtime.ports import Source
from realtime.stream import Cursor, Stream

logger = logging.getLogger(__name__)

SIDES: tuple[Side, Side] = ("team", "customer")
# Of more entries at once both sides get theirs first and the answers later: that keeps peers busy meanwhile.
FEW = 4
OTHER: dict[Side, Side] = {"team": "customer", "customer": "team"}


class Hub:
    """Hints and entries come in, streams go on, connections are woken: nothing here waits or fails."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.epoch = ""
        self.connections: set[Connection] = set()
        self.advance = Advance(source)
        self._checking = asyncio.Lock()
        self._streams: dict[tuple[int, Side], Stream] = {}

    def hint(self, order: int, head: Head) -> None:
        """An order is said to reach to `head`."""
        for side in SIDES:
            if stream := self._streams.get((order, side)):
                stream.hint(head.of(side))

    def offer(self, entries: Sequence[Entry]) -> None:
        """Entries that this process has just committed."""
        few = len(entries) <= FEW
        for entry in entries:
            twin: Event | None = None
            streams = [one for side in SIDES if (one := self._streams.get((entry.order, side)))]
            for stream in streams:
                twin = stream.offer(entry, twin, few or len(streams) == 1)

    def held(self) -> dict[int, Head]:
        """Orders that somebody follows, with what is known of their heads (0 where nobody looks)."""
        known: dict[int, Head] = {}
        for (order, side), stream in self._streams.items():
            team, customer = known.get(order, (0, 0))
            head = max(stream.head, 0)
            known[order] = Head(head, customer) if side == "team" else Head(team, head)
        return known

    def lag(self) -> tuple[int, int]:
        """How many streams there are, and how many entries they are behind together."""
        return len(self._streams), sum(stream.behind for stream in self._streams.values())

    def followers(self, order: int) -> Iterator[Connection]:
        """Who follows an order here."""
        for side in SIDES:
            if stream := self._streams.get((order, side)):
                for follower in tuple(stream.followers):
                    if isinstance(follower, Connection):
                        yield follower

    async def resume(self, connection: Connection, positions: Mapping[int, int], epoch: str | None) -> None:
        """From now on the connection follows these orders, from these positions."""
        lost = epoch is not None and epoch != self.epoch and not await self.check_epoch(epoch)
        while not await self._attempt(connection, positions, lost):
            lost = True

    def leave(self, connection: Connection) -> None:
        """The connection ended."""
        self.connections.discard(connection)
        self._follow(connection, {})

    def heads_frame(self, connection: Connection) -> str:
        """Where the orders stand that the connection follows."""
        return frames.heads({c.stream.number: c.stream.head for c in connection.cursors.values()})

    def expel_slow(self, patience: float, command: float) -> None:
        """Close whoever took nothing for `patience` seconds, and whose command has taken longer than that.

        Whether a late command was committed is unknown, so neither answer is true, and the next one must not
        overtake it: the client comes back and asks again with the same cid.
        """
        now = asyncio.get_running_loop().time()
        for connection in tuple(self.connections):
            if connection.sending_since is not None and connection.sending_since < now - patience:
                connection.close(TOO_SLOW)
            elif connection.working_since is not None and connection.working_since < now - command:
                logger.warning("a command took too long")
                connection.close(FAILED)

    async def check_epoch(self, epoch: str | None = None) -> bool:
        """Read the epoch again; a new one makes everybody reload. Whether it is `epoch`."""
        async with self._checking:
            current = await self.source.epoch()
            if current != self.epoch:
                await self._restart(current)
        return current == epoch

    async def _restart(self, epoch: str) -> None:
        """The log is another one: begin anew at its heads, and tell everybody to reload."""
        logger.warning("the log has a new epoch: %s", epoch)
        heads: dict[int, Head] = {}
        asked: set[int] = set()
        while missing := self.held().keys() - asked:
            asked |= missing
            heads |= await self.source.heads(missing)
        self.epoch = epoch
        self._streams.clear()
        for connection in tuple(self.connections):
            if connection.resumed:
                positions = {order: 0 for order in connection.cursors if order in heads}
                streams = self._hold(positions, connection.reader.side)
                self._begin(connection, streams, heads, positions, lost=True)
                self._release(streams.values())

    async def _attempt(self, connection: Connection, positions: Mapping[int, int], lost: bool) -> bool:
        epoch = self.epoch
        # Held before their heads are read, so that a hint which comes in between is not lost.
        streams = self._hold(positions, connection.reader.side)
        try:
            heads = await self.source.visible(connection.reader, positions) if positions else {}
            if self.epoch != epoch:
                return False
            if connection.closing is None:
                self._begin(connection, {order: streams[order] for order in heads}, heads, positions, lost)
        finally:
            self._release(streams.values())
        return True

    def _begin(
        self,
        connection: Connection,
        streams: Mapping[int, Stream],
        heads: Mapping[int, Head],
        positions: Mapping[int, int],
        lost: bool,
    ) -> None:
        reached = {order: max(heads[order].of(s.side), s.head) for order, s in streams.items()}
        cursors: dict[int, Cursor] = {}
        connection.resumed = True
        connection.say(
            frames.hello(self.epoch, {streams[order].number: head for order, head in reached.items()})
        )
        for order, stream in streams.items():
            reset = lost or positions[order] > reached[order]
            cursors[order] = Cursor(stream, reached[order] if reset else positions[order])
            if reset:
                connection.say(frames.reset(stream.number))
        self._follow(connection, cursors)
        for order, stream in streams.items():
            stream.start(reached[order], cursors[order].position)
            if stream.is_behind and (other := self._streams.get((order, OTHER[stream.side]))):
                stream.borrow(other)

    def _follow(self, connection: Connection, cursors: dict[int, Cursor]) -> None:
        before = [cursor.stream for cursor in connection.cursors.values()]
        connection.follow(cursors)
        for cursor in cursors.values():
            cursor.stream.followers.add(connection)
        kept = {id(cursor.stream) for cursor in cursors.values()}
        for stream in before:
            if id(stream) not in kept:
                stream.followers.discard(connection)
                self._drop_unused(stream)

    def _hold(self, orders: Iterable[int], side: Side) -> dict[int, Stream]:
        """Their streams, kept until `_release`."""
        for order in orders:
            if (order, side) not in self._streams:
                self._streams[order, side] = Stream(self.source, order, side, self.advance.want)
            self._streams[order, side].pins += 1
        return {order: self._streams[order, side] for order in orders}

    def _release(self, streams: Iterable[Stream]) -> None:
        for stream in streams:
            stream.pins -= 1
            self._drop_unused(stream)

    def _drop_unused(self, stream: Stream) -> None:
        unused = not stream.followers and not stream.pins
        if unused and self._streams.get((stream.order, stream.side)) is stream:
            del self._streams[stream.order, stream.side]
