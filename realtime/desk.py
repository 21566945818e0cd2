"""Lists and badges of those who asked for them: absolute states, gathered before they are computed."""

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from app.entries import Head, Side
from realtime.connection import Connection
from realtime.frames import encode, with_content
from realtime.hub import Hub
from realtime.ports import DeskFrames, Reader

# Heads remembered, so that an order which is announced twice (commit, bus, poller) is computed once.
REMEMBERED = 4096


class Desk:
    """`step` after the coalescing time serves what got dirty; `greet` serves new readers at once."""

    def __init__(self, hub: Hub, dirty: Callable[[], None], arrived: Callable[[], None]) -> None:
        self._hub = hub
        self._on_dirty = dirty
        self._on_arrived = arrived
        self._heads: OrderedDict[int, Head] = OrderedDict()
        self._orders: set[int] = set()
        self._shown: set[int] = set()
        self._rows: OrderedDict[str, str] = OrderedDict()
        self._read: dict[str, set[int]] = {}
        self._new: set[Connection] = set()

    def touch(self, heads: Mapping[int, Head]) -> None:
        """These orders went on."""
        for order, head in heads.items():
            before = self._heads.get(order)
            if before != head:
                self._heads[order] = head
                self._heads.move_to_end(order)
                self._orders.add(order)
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
        orders, self._orders = self._orders, set()
        shown, self._shown = self._shown, set()
        read, self._read = self._read, {}
        try:
            await self._serve(self._readers("team"), orders)
            await self._serve(self._readers("customer"), orders, shown)
            await self._serve(
                [c for c in self._readers() if c.reader.person in read], set().union(*read.values())
            )
        except BaseException:
            self._orders |= orders
            self._shown |= shown
            for person, theirs in read.items():
                self._read.setdefault(person, set()).update(theirs)
            self._on_dirty()
            raise

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
        news = self._changed(answers[key] for key, reader in readers.items() if reader.side == "customer")
        if shown is not None:
            news.update(self._hub.source.number(order) for order in shown)
            answers = {key: _only(answer, news) for key, answer in answers.items()}
        encoded = {key: Encoded(answer) for key, answer in answers.items()}
        for connection in connections:
            if connection.inbox and connection.reader.key in encoded:
                encoded[connection.reader.key].say(connection)

    def _changed(self, answers: Iterable[DeskFrames]) -> set[str]:
        """Orders whose row is another one than when customers were last told of it."""
        rows = {f["order"]: encode(f["row"]) for a in answers for f, _ in a.frames if f["type"] == "list"}
        changed = {order for order, row in rows.items() if self._rows.get(order, row) != row}
        for order, row in rows.items():
            self._rows[order] = row
            self._rows.move_to_end(order)
        while len(self._rows) > REMEMBERED:
            self._rows.popitem(last=False)
        return changed


class Encoded:
    """One person's frames, encoded once for each language."""

    def __init__(self, answer: DeskFrames) -> None:
        self._frames = [(_key(frame), encode(frame), contents) for frame, contents in answer.frames]
        self._languages: dict[str | None, list[tuple[Any, str]]] = {}

    def say(self, connection: Connection) -> None:
        language = connection.language
        if language not in self._languages:
            self._languages[language] = list(self._render(language))
        for key, frame in self._languages[language]:
            connection.say(frame, key)

    def _render(self, language: str | None) -> Iterable[tuple[Any, str]]:
        for key, frame, contents in self._frames:
            content = None if language is None else contents.get(language)
            yield key, frame if content is None else with_content(frame, content)


def _only(answer: DeskFrames, orders: Collection[str]) -> DeskFrames:
    return DeskFrames([pair for pair in answer.frames if pair[0].get("order") in orders])


def _key(frame: Mapping[str, Any]) -> tuple[Any, Any]:
    """A newer state replaces an older one that still waits."""
    return frame["type"], frame.get("order")
