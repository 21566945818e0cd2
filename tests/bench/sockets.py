"""The sockets of the load: one class for each protocol, all counting the same."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar, cast

import orjson
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

L = TypeVar("L", bound="Link")
BODY = "x" * 120
PATIENCE = 60  # seconds in which a socket must be accepted and ready
TEXT = WSMsgType.TEXT


@dataclass(slots=True)
class Sent:
    """A message on its way. It counts once `missing` sockets have it; `took` is the other side's time."""

    due: float
    role: str
    missing: int
    done: "asyncio.Future[float]"
    took: float = 0.0


@dataclass(slots=True)
class Ledger:
    """What all sockets of a run saw. All but `frames` and `inbox_frames` must stay 0."""

    waiting: dict[str, Sent] = field(default_factory=dict)
    count: Counter[str] = field(default_factory=Counter)

    def arrived(self, cid: str, role: str) -> None:
        sent = self.waiting.get(cid)
        if sent is None:
            return
        sent.missing -= 1
        if role != sent.role:
            sent.took = time.perf_counter() - sent.due
        if sent.missing == 0:
            del self.waiting[cid]
            if not sent.done.done():
                sent.done.set_result(sent.took)


class Link(WSListener):
    """One socket on one order, or on none: then it watches the Inbox. The plain peers' protocol."""

    html: ClassVar[bool] = False

    def __init__(self, ledger: Ledger, role: str, order: int | None, entry: dict[str, Any]) -> None:
        self.ledger = ledger
        self.role = role
        self.order = order
        self.entry = entry
        self.seen: int | None = None
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: WSTransport | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.ledger.count["drops"] += 1

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == TEXT:
            self.ledger.count["frames" if self.order is not None else "inbox_frames"] += 1
            self.heard(frame.get_payload_as_bytes())

    def heard(self, text: bytes) -> None:
        frame = orjson.loads(text)
        if "ready" in frame:
            self.up()
        else:
            self.delivered(int(frame["seq"]), frame["id"])

    def up(self) -> None:
        if not self.ready.done():
            self.ready.set_result(None)

    def delivered(self, seq: int, cid: str) -> None:
        """A peer numbers without gaps, so that gaps, repeats and reorderings show."""
        if self.seen is not None and seq <= self.seen:
            self.ledger.count["repeats"] += 1
            return
        if self.seen is not None and seq != self.seen + 1:
            self.ledger.count["gaps"] += 1
        self.seen = seq
        self.ledger.arrived(cid, self.role)

    def send(self, frame: bytes) -> None:
        assert self.transport is not None
        self.transport.send(TEXT, frame)

    def close(self) -> None:
        """At once, without a word."""
        assert self.transport is not None
        self.transport.disconnect(False)

    def say(self, cid: str) -> None:
        self.send(orjson.dumps({"id": cid, "body": BODY}))


class SocketIoLink(Link):
    """Engine.IO 4 and Socket.IO 5, as far as a websocket alone needs them."""

    def heard(self, text: bytes) -> None:
        if text[:1] == b"0":
            self.send(b"40")
        elif text == b"2":
            self.send(b"3")
        elif text[:2] == b"42":
            kind, frame = orjson.loads(text[2:])
            if kind == "ready":
                self.up()
            else:
                self.delivered(int(frame["seq"]), frame["id"])

    def say(self, cid: str) -> None:
        self.send(b'42["m",' + orjson.dumps({"id": cid, "body": BODY}) + b"]")


class OrderlineLink(Link):
    """Orderline's own protocol; `prev` must be what this socket saw last, repeats are dropped."""

    def on_ws_connected(self, transport: WSTransport) -> None:
        super().on_ws_connected(transport)
        orders = {} if self.order is None else {self.entry["order"]: self.entry["seq"]}
        frame: dict[str, Any] = {"type": "resume", "orders": orders}
        if self.order is None:
            frame["inbox"] = True
        if self.html:
            frame["html"] = "en"
        self.send(orjson.dumps(frame))

    def heard(self, text: bytes) -> None:
        frame = orjson.loads(text)
        match frame["type"]:
            case "hello":
                self.up()
            case "event":
                self.event(frame)
            case "nack":
                self.ledger.count["nacks"] += 1
                self.ledger.count[f"nack {frame['code']}"] += 1

    def event(self, frame: dict[str, Any]) -> None:
        seen = self.entry["seq"] if self.seen is None else self.seen
        if frame["seq"] <= seen:
            self.ledger.count["repeats"] += 1
            return
        if frame["prev"] != seen:
            self.ledger.count["gaps"] += 1
        self.seen = frame["seq"]
        if frame["kind"] == "message" and frame["cid"] is not None:
            self.ledger.arrived(frame["cid"], self.role)

    def say(self, cid: str) -> None:
        self.do(cid, "messages.send", {"text": BODY})

    def do(self, cid: str, verb: str, data: dict[str, Any]) -> None:
        frame = {"type": "do", "cid": cid, "order": self.entry["order"], "do": verb, "data": data}
        self.send(orjson.dumps(frame))


class HtmlLink(OrderlineLink):
    """As a browser asks: with rendered fragments."""

    html = True


async def dial(made: Callable[[], L], url: str, token: str | None = None) -> L:
    """A connected socket that is ready. Raises when it is refused."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    _, link = await ws_connect(made, url, extra_headers=headers, websocket_handshake_timeout=PATIENCE)
    await asyncio.wait_for(link.ready, PATIENCE)
    return cast(L, link)
