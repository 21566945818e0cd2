"""What goes over the wire, encoded (DESIGN §4)."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from app.entries import Entry, Side
from app.errors import Problem
from realtime.wire import encoded

_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC

PONG = '{"type":"pong"}'


def encode(frame: Mapping[str, Any]) -> str:
    return orjson.dumps(frame, option=_OPTIONS).decode()


def with_content(frame: str, content: str) -> str:
    """The same frame with its rendered fragments: appended, because all else is encoded already."""
    return f'{frame[:-1]},"content":{orjson.dumps(content).decode()}}}'


class Prepared(NamedTuple):
    """A frame that goes to several: its text, its bytes, and the key under which a newer one replaces it."""

    key: Hashable
    text: str
    wire: bytes


class Event:
    """One entry as one side sees it, encoded once for each language that somebody asked for.

    `twin` is the same entry for the other side: mostly both read the same, and then it is encoded once.
    """

    __slots__ = ("_number", "_plain", "_twin", "_wires", "entry", "prev", "rendered", "seq")

    def __init__(self, entry: Entry, number: str, side: Side, twin: "Event | None" = None) -> None:
        self.entry = entry
        self.seq = entry.seq
        self.prev = entry.prev(side)
        self.rendered: dict[str, str] = {}
        self._twin: Event | None = (
            (twin._twin or twin) if twin is not None and twin.prev == self.prev else None
        )
        self._plain: str | None = None
        self._wires: dict[str | None, bytes] = {}
        self._number = number

    @property
    def plain(self) -> str:
        """Without `content`."""
        if self._plain is None:
            self._plain = encode(self._frame()) if self._twin is None else self._twin.plain
        return self._plain

    def render(self, language: str, content: str) -> None:
        self.rendered[language] = with_content(self.plain, content)

    def wire(self, language: str | None) -> bytes:
        """As it is sent to whoever asked for this language (None: for no HTML)."""
        found = self._wires.get(language)
        if found is None:
            found = self._wires[language] = self._wire(language)
        return found

    def _wire(self, language: str | None) -> bytes:
        if language is not None:
            return encoded(self.rendered[language])
        return encoded(self.plain) if self._twin is None else self._twin.wire(None)

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
    return encode({"type": "hello", "epoch": epoch, "heads": heads})


def heads(orders: Mapping[str, int]) -> str:
    return encode({"type": "heads", "orders": orders})


def reset(order: str) -> str:
    return encode({"type": "reset", "order": order})


def ack(cid: str, order: str | None, seq: int | None) -> str:
    return encode({"type": "ack", "cid": cid, "order": order, "seq": seq})


def nack(cid: str | None, problem: Problem) -> str:
    frame: dict[str, Any] = {"type": "nack", "cid": cid, "code": problem.code, "detail": problem.detail}
    if problem.retry_after is not None:
        frame["retry_after"] = round(problem.retry_after, 3)
    return encode(frame)


def typing(order: str, role: str, name: str, person: str, note: bool) -> str:
    frame: dict[str, Any] = {"type": "typing", "order": order, "by": {"role": role, "name": name}}
    return encode(frame | {"person": person} | ({"note": True} if note else {}))


def presence(order: str, people: Sequence[Mapping[str, str]]) -> str:
    return encode({"type": "presence", "order": order, "people": people})
