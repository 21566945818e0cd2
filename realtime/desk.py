"""Lists and badges of those who asked for them: absolute states, gathered before they are computed."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import islice
from time import monotonic
from typing import Any

from app.entries import Head, Side
from realtime.connection import Connection
from realtime.frames import Prepared, encode, with_content
from realtime.hub import Hub
from realtime.ports import DeskFrames, Reader
from realtime.wire import encoded

# Heads remembered, so that an order which is announced twice (commit, bus, poller) is computed once.
REMEMBERED = 4096
AT_ONCE = 100  # orders, so that no step keeps the chats waiting for long
# After a step that took long, that many times as long is left to others, but never longer than this.
SHARE, LONGEST = 12, 2.0

Content = Callable[[str], str | None]


class Desk:
    """`step` after the coalescing time serves what got dirty; `greet` serves new readers at once."""

    def __init__(self, hub: Hub, dirty: Callable[[], None], arrived: Callable[[], None]) -> None:
        self._hub = hub
        self._on_dirty = dirty
        self._on_arrived = arrived
        self._heads: OrderedDict[int, Head] = OrderedDict()
        self._orders: dict[int, None] = {}  # the one that waits for longest first
        self._shown: set[int] = set()
        self._rows: OrderedDict[str, bytes] = OrderedDict()
        self._read: dict[str, set[int]] = {}
        self._new: set[Connection] = set()
        self._took = 0.0

    def rest(self, coalesce: float) -> float:
        """Seconds until the next step. Under load many changes share one, so that lists that somebody looks
        at cost the chats little."""
        return max(coalesce, min(SHARE * self._took, LONGEST))

    def touch(self, heads: Mapping[int, Head]) -> None:
        """These orders went on."""
        for order, head in heads.items():
            before = self._heads.get(order)
            if before != head:
                self._heads[order] = head
                self._heads.move_to_end(order)
                self._orders[order] = None
                if before is None or before.customer != head.customer:
                    self._shown.add(order)
        while len(self._heads) > REMEMBERED:
            self._heads.popitem(last=False)
        if self._orders:
            self._on_dirty()

    def read(self, person: str, order: int) -> None:
        """Somebody's own read position changed: their other tabs agree soon."""
        self._read.setdefault(person, set()).add(order)
        self._on_dirty()

    def arrived(self, connection: Connection) -> None:
        """A connection asked for lists and badges."""
        self._new.add(connection)
        self._on_arrived()

    async def step(self) -> None:
        """What got dirty goes to all readers, what was read to those who read."""
        began = monotonic()
        orders = self._take_orders()
        shown, self._shown = self._shown & orders, self._shown - orders
        read, self._read = self._read, {}
        try:
            await self._serve(self._readers("team"), orders)
            await self._serve(self._readers("customer"), orders, shown)
            await self._serve(
                [c for c in self._readers() if c.reader.person in read], set().union(*read.values())
            )
        except BaseException:
            self._orders |= dict.fromkeys(orders)
            self._shown |= shown
            for person, theirs in read.items():
                self._read.setdefault(person, set()).update(theirs)
            self._on_dirty()
            raise
        finally:
            self._took = monotonic() - began

    def _take_orders(self) -> set[int]:
        orders = set(islice(self._orders, AT_ONCE))
        for order in orders:
            del self._orders[order]
        if self._orders:
            self._on_dirty()
        return orders

    async def greet(self) -> None:
        """New readers get their totals."""
        new, self._new = self._new, set()
        try:
            await self._send([connection for connection in new if connection.closing is None], ())
        except BaseException:
            self._new |= new
            self._on_arrived()
            raise

    def _readers(self, *sides: Side) -> list[Connection]:
        """Who asked for lists; of these sides, if any are named."""
        asked = [connection for connection in self._hub.connections if connection.inbox]
        return [connection for connection in asked if not sides or connection.reader.side in sides]

    async def _serve(
        self,
        connections: Collection[Connection],
        orders: Collection[int],
        shown: Collection[int] | None = None,
    ) -> None:
        if orders:
            await self._send(connections, orders, shown)

    async def _send(
        self,
        connections: Collection[Connection],
        orders: Collection[int],
        shown: Collection[int] | None = None,
    ) -> None:
        """`shown`: these orders have got entries that customers may see; of others only changes go out,
        since a frame that says nothing new would say that the team wrote something among themselves."""
        readers: dict[str, Reader] = {connection.reader.key: connection.reader for connection in connections}
        if not readers:
            return
        answers = await self._hub.source.desk(list(readers.values()), orders)
        rows = _rows(answers[key] for key, reader in readers.items() if reader.side == "customer")
        news = {order for order, row in rows.items() if self._rows.get(order, row) != row}
        if shown is not None:
            news.update(self._hub.source.number(order) for order in shown)
            answers = {key: _only(answer, news) for key, answer in answers.items()}
        encoder = Encoder()
        for connection in connections:
            answer = answers.get(connection.reader.key)
            if connection.inbox and answer is not None and answer.frames:
                prepared = [encoder.prepared(*frame, connection.language) for frame in answer.frames]
                connection.say_all(prepared)
                await asyncio.sleep(0)  # all of them in one turn of the loop would keep the chats waiting
        self._told(rows)

    def _told(self, rows: Mapping[str, bytes]) -> None:
        """Customers know these rows, all of them: a step that is cut short tells them again."""
        for order, row in rows.items():
            self._rows[order] = row
            self._rows.move_to_end(order)
        while len(self._rows) > REMEMBERED:
            self._rows.popitem(last=False)


class Encoder:
    """Frames of one step: whatever several people get is encoded once for each language."""

    def __init__(self) -> None:
        self._prepared: dict[tuple[int, str | None], Prepared] = {}

    def prepared(self, frame: dict[str, Any], content: Content, language: str | None) -> Prepared:
        key = id(frame), language
        found = self._prepared.get(key)
        if found is None:
            html = None if language is None else content(language)
            data = encode(frame) if html is None else with_content(encode(frame), html)
            found = self._prepared[key] = Prepared(_key(frame), data, encoded(data))
        return found


def _rows(answers: Iterable[DeskFrames]) -> dict[str, bytes]:
    return {f["order"]: encode(f["row"]) for a in answers for f, _ in a.frames if f["type"] == "list"}


def _only(answer: DeskFrames, orders: Collection[str]) -> DeskFrames:
    return DeskFrames([pair for pair in answer.frames if pair[0].get("order") in orders])


def _key(frame: Mapping[str, Any]) -> tuple[Any, Any]:
    """A newer state replaces an older one that still waits."""
    return frame["type"], frame.get("order")
