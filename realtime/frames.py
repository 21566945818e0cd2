"""What goes over the wire, encoded (DESIGN §4)."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from app.entries import Entry, Side
from app.errors import Problem
from realtime.wire import encoded

_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC

PONG = '{"type":"pong"}'


def encode(frame: Mapping[str, Any]) -> bytes:
    return orjson.dumps(frame, option=_OPTIONS)


def text(frame: Mapping[str, Any]) -> str:
    return encode(frame).decode()


def with_content(frame: bytes, content: str) -> bytes:
    """The same frame with its rendered fragments: appended, because all else is encoded already."""
    return b'%b,"content":%b}' % (frame[:-1], orjson.dumps(content))


class Prepared(NamedTuple):
    """A frame that goes to several: its JSON, as it is sent, and the key by which a newer one replaces it."""

    key: Hashable
    data: bytes
    wire: bytes


class Event:
    """One entry as one side sees it, encoded once for each language that somebody asked for.

    `twin` is the same entry for the other side: mostly both read the same, and then it is encoded once.
    """

    __slots__ = ("_number", "_plain", "_twin", "_wires", "entry", "prev", "seq")

    def __init__(self, entry: Entry, number: str, side: Side, twin: "Event | None" = None) -> None:
        self.entry = entry
        self.seq = entry.seq
        self.prev = entry.prev(side)
        self._twin: Event | None = (
            (twin._twin or twin) if twin is not None and twin.prev == self.prev else None
        )
        self._plain: bytes | None = None
        self._wires: dict[str | None, bytes] = {}
        self._number = number

    @property
    def plain(self) -> bytes:
        """Without `content`."""
        if self._plain is None:
            self._plain = encode(self._frame()) if self._twin is None else self._twin.plain
        return self._plain

    def has(self, language: str) -> bool:
        """Whether it was rendered in this language."""
        return language in self._wires

    def render(self, language: str, content: str) -> None:
        self._wires[language] = encoded(with_content(self.plain, content))

    def wire(self, language: str | None) -> bytes:
        """As it is sent to whoever asked for this language (None: for no HTML)."""
        found = self._wires.get(language)
        if found is None:
            # What was rendered stays until it is released, so only what has no HTML can be missing here.
            found = encoded(self.plain) if self._twin is None else self._twin.wire(None)
            self._wires[None] = found
        return found

    def release(self) -> None:
        """Keep the entry alone: who was nearly level has it, and for others it can be encoded again."""
        self._plain = None
        self._wires.clear()

    def _frame(self) -> dict[str, Any]:
        entry = self.entry
        return {
            "type": "event",
            "order": self._number,
            "seq": entry.seq,
            "prev": self.prev,
            "kind": entry.kind,
            "cid": entry.cid,
            "at": entry.at,
            "by": {"role": entry.role, "name": entry.name},
            "data": entry.data,
        }


def hello(epoch: str, heads: Mapping[str, int]) -> str:
    return text({"type": "hello", "epoch": epoch, "heads": heads})


def heads(orders: Mapping[str, int]) -> str:
    return text({"type": "heads", "orders": orders})


def reset(order: str) -> str:
    return text({"type": "reset", "order": order})


def ack(cid: str, order: str | None, seq: int | None) -> str:
    return text({"type": "ack", "cid": cid, "order": order, "seq": seq})


def nack(cid: str | None, problem: Problem) -> str:
    frame: dict[str, Any] = {"type": "nack", "cid": cid, "code": problem.code, "detail": problem.detail}
    if problem.retry_after is not None:
        frame["retry_after"] = round(problem.retry_after, 3)
    return text(frame)


def typing(order: str, role: str, name: str, person: str, note: bool) -> str:
    frame: dict[str, Any] = {"type": "typing", "order": order, "by": {"role": role, "name": name}}
    return text(frame | {"person": person} | ({"note": True} if note else {}))


def presence(order: str, people: Sequence[Mapping[str, str]]) -> str:
    return text({"type": "presence", "order": order, "people": people})
