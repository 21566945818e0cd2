"""A shop in memory that answers what `realtime` asks, with faults to switch on."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from app.entries import Audience, Entry, Head, Side
from app.errors import Problem
from realtime.live import Live
from realtime.ports import DeskFrames, Reader

PEOPLE = {
    "anna": Reader("m1", "t:anna", "team", "member", "Anna", "anna"),
    "ben": Reader("m2", "t:ben", "team", "member", "Ben", "ben"),
    "cara": Reader("c1", "t:cara", "customer", "customer", "Cara", "cara"),
    "cara2": Reader("c1", "t:cara2", "customer", "customer", "Cara", "cara"),
    "dora": Reader("c2", "t:dora", "customer", "customer", "Dora", "dora"),
}
# Whose order it is; every other one is Cara's.
DORAS = range(2000, 3000)


class Log:
    """What a database would hold: shared by the processes of a test."""

    def __init__(self) -> None:
        self.entries: dict[int, list[Entry]] = defaultdict(list)
        self.read: dict[tuple[str, int], int] = {}
        self.turns: dict[int, str] = {}
        self.epoch = "e1"
        self.ended: set[str] = set()
        self.barred: set[str] = set()
        self.pending: set[int] = set()
        self.cids: dict[str, tuple[str, int]] = {}

    def append(
        self,
        order: int,
        text: str,
        *,
        audience: Audience = "everyone",
        reader: str = "cara",
        cid: str | None = None,
    ) -> Entry:
        entries = self.entries[order]
        by = PEOPLE[reader]
        entry = Entry(
            order=order,
            seq=len(entries) + 1,
            prev_everyone=self.head(order).customer,
            kind="message" if audience == "everyone" else "note",
            audience=audience,
            at=datetime.now(UTC),
            role=by.role,
            name=by.name,
            person=by.key,
            cid=cid,
            data={"text": text},
        )
        entries.append(entry)
        return entry

    def head(self, order: int) -> Head:
        entries = self.entries[order]
        return Head(len(entries), max((e.seq for e in entries if e.audience == "everyone"), default=0))


class Faults:
    """What is broken now."""

    def __init__(self) -> None:
        self.down = False
        self.rendering = False
        self.failing_reads = 0
        self.blind = False
        self.gate: asyncio.Event | None = None
        self.silent = False


class Shop:
    """The `Source`."""

    def __init__(self, log: Log | None = None) -> None:
        self.log = log or Log()
        self.faults = Faults()
        self.live: Live | None = None
        self.performed: list[str] = []
        self.counts: dict[str, int] = defaultdict(int)

    def committed(self, *entries: Entry, pushed: bool = True) -> None:
        """What the composition root does after a commit."""
        if self.live is not None and not self.faults.silent:
            heads = {entry.order: self.log.head(entry.order) for entry in entries}
            self.live.committed(heads, entries if pushed else ())

    async def _query(self, name: str) -> None:
        self.counts[name] += 1
        await asyncio.sleep(0)
        if self.faults.down:
            raise ConnectionError("database is down")

    async def identify(self, scope: Mapping[str, Any]) -> Reader | None:
        headers = dict(scope["headers"])
        token = headers.get(b"authorization", b"").decode().removeprefix("Bearer ")
        token = token or parse_qs(scope["query_string"].decode()).get("who", [""])[0]
        if token == "banned":
            raise Problem("forbidden", "no")
        if token == "broken":
            raise ConnectionError("database is down")
        reader = PEOPLE.get(token)
        return None if reader is None or reader.ticket in self.log.ended else reader

    def origin_allowed(self, scope: Mapping[str, Any]) -> bool:
        headers = dict(scope["headers"])
        return b"authorization" in headers or headers.get(b"origin") == b"http://shop.example"

    async def alive(self, tickets: Collection[str]) -> set[str]:
        await self._query("alive")
        return set(tickets) - self.log.ended

    async def barred(self, tickets: Collection[str]) -> set[str]:
        return set(tickets) & self.log.barred

    async def epoch(self) -> str:
        await self._query("epoch")
        return self.log.epoch

    async def renew_epoch(self, known: str) -> str:
        await self._query("renew_epoch")
        if self.log.epoch == known:
            self.log.epoch = known + "+"
        return self.log.epoch

    async def visible(self, reader: Reader, orders: Collection[int]) -> dict[int, Head]:
        await self._query("visible")
        return {order: self.log.head(order) for order in orders if _may_see(reader, order)}

    async def heads(self, orders: Collection[int]) -> dict[int, Head]:
        await self._query("heads")
        return {} if self.faults.blind else {order: self.log.head(order) for order in orders}

    async def changed(self, seconds: float) -> dict[int, Head]:
        await self._query("changed")
        return {order: self.log.head(order) for order in list(self.log.entries)}

    async def entries(self, order: int, after: int, limit: int, side: Side) -> list[Entry]:
        await self._query("entries")
        if self.faults.failing_reads:
            self.faults.failing_reads -= 1
            raise ConnectionError("read failed")
        found = [e for e in self.log.entries[order] if e.seq > after and e.visible_to(side)]
        return found[:limit]

    async def tail(self, positions: Mapping[int, int], most: int) -> dict[int, list[Entry]]:
        await self._query("entries")
        return {order: await self._tail_of(order, after, most) for order, after in positions.items()}

    async def _tail_of(self, order: int, after: int, most: int) -> list[Entry]:
        return [entry for entry in self.log.entries.get(order, ()) if entry.seq > after][:most]

    def content_now(self, entry: Entry, side: Side, language: str) -> str | None:
        return None

    async def contents(self, order: int, entries: Sequence[Entry], side: Side, language: str) -> list[str]:
        await self._query("contents")
        if self.faults.rendering:
            raise RuntimeError("template is broken")
        return [f"<p>{language} {side} {entry.data['text']}</p>" for entry in entries]

    async def desk(self, readers: Collection[Reader], orders: Collection[int]) -> dict[str, DeskFrames]:
        await self._query("desk")
        return {reader.key: DeskFrames(self._frames(reader, orders)) for reader in readers}

    def _frames(
        self, reader: Reader, orders: Collection[int]
    ) -> list[tuple[dict[str, Any], Callable[[str], str | None]]]:
        frames: list[tuple[dict[str, Any], Callable[[str], str | None]]] = []
        for order in orders:
            if _may_see(reader, order):
                row = {"number": str(order), "last_seq": self.log.head(order).of(reader.side)}
                row["turn"] = self.log.turns.get(order, "team")
                frames.append(
                    ({"type": "list", "order": str(order), "row": row}, {"de": "<li>Zeile</li>"}.get)
                )
        unread = sum(
            self.unread(reader, order) for order in list(self.log.entries) if _may_see(reader, order)
        )
        order_of_badge = next(iter(orders), None)
        badge = {"type": "badge", "order": order_of_badge and str(order_of_badge), "total": unread}
        return [*frames, (badge, lambda language: None)]

    def unread(self, reader: Reader, order: int) -> int:
        return self.log.head(order).of(reader.side) - self.log.read.get((reader.key, order), 0)

    async def perform(
        self, reader: Reader, verb: str, order: str | None, data: Any, cid: str
    ) -> tuple[str | None, int | None]:
        await self._query("perform")
        if self.faults.gate is not None:
            await self.faults.gate.wait()
        self.performed.append(data.get("text", verb))
        number = self.order_id(order)
        if number is None or not _may_see(reader, number):
            raise Problem("not_found", "There is no such order.")
        if reader.ticket in self.log.ended:
            raise Problem("unauthenticated", "Sign in.")
        if verb == "crash":
            raise RuntimeError("bug")
        return str(number), self._write(reader, number, verb, data, cid)

    def _write(self, reader: Reader, order: int, verb: str, data: Any, cid: str) -> int:
        if cid in self.log.cids:
            return self.log.cids[cid][1]
        audience: Audience = "team" if verb == "notes.add" else "everyone"
        entry = self.log.append(order, data["text"], audience=audience, reader=str(reader.actor), cid=cid)
        self.log.cids[cid] = str(order), entry.seq
        self.committed(entry)
        return entry.seq

    async def peeking(self, orders: Collection[int]) -> set[int]:
        await self._query("peeking")
        return self.log.pending & set(orders)

    def order_id(self, number: object) -> int | None:
        return int(number) if isinstance(number, str) and number.isdecimal() and len(number) < 10 else None

    def language(self, wanted: str) -> str | None:
        return wanted if wanted in {"de", "en"} else "en"

    def number(self, order: int) -> str:
        return str(order)


def _may_see(reader: Reader, order: int) -> bool:
    return reader.side == "team" or (reader.key == "c2") == (order in DORAS)
