"""One order as the mock keeps it: its entries, what was asked of it, and the knobs of the tests."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.browser_live.drawing import draw

ORDER = "1042"
MORNING = "2026-11-24T08:00:00+00:00"
Frame = dict[str, Any]
Answer = Callable[["Desk", Frame], Awaitable[None]]


async def store(desk: Desk, frame: Frame) -> None:
    """Stores, tells everybody, acknowledges; a repeated cid only acknowledges."""
    if frame["do"] == "read":
        return
    entry = desk.stored(frame["cid"])
    if entry is None:
        entry = desk.add(frame["data"]["text"], person=desk.person, cid=frame["cid"])
        await desk.send(entry)
    await desk.acknowledge(frame, entry["seq"])


async def ignore(desk: Desk, frame: Frame) -> None:
    """Takes the command and says nothing."""


async def nothing() -> None:
    """Happens before the rows are answered."""


async def catch_up(desk: Desk, frame: Frame) -> None:
    """Answers a resume: hello, then what is missing, or reset."""
    await desk.send(
        {"type": "hello", "epoch": desk.epoch, "heads": dict.fromkeys(frame["orders"], desk.head)}
    )
    for order, seen in frame["orders"].items():
        if frame.get("epoch") != desk.epoch or seen > desk.head:
            await desk.send({"type": "reset", "order": order})
            continue
        for entry in desk.entries[seen:]:
            await desk.send(entry)


def refuse(code: str, detail: str = "", retry_after: float | None = None) -> Answer:
    """Refuses the next command and stores what comes after it."""

    async def answer(desk: Desk, frame: Frame) -> None:
        desk.on_do = store
        nack = {"type": "nack", "cid": frame["cid"], "code": code, "detail": detail}
        await desk.send(nack | ({"retry_after": retry_after} if retry_after is not None else {}))

    return answer


class Desk:
    """See the module."""

    def __init__(self) -> None:
        self.entries: list[Frame] = []
        self.rows: list[str] = []
        self.frames: list[Frame] = []
        self.posts: list[dict[str, str]] = []
        self.sockets: list[WebSocket] = []
        self.epoch, self.side, self.person = "e1", "customer", "c7"
        self.read, self.page_size, self.can = 0, 30, "messages.send cancel"
        self.peek, self.accept = False, True
        self.post_status, self.post_delay = 204, 0.0
        self.older_requests, self.older_fails = 0, 0
        self.on_do: Answer = store
        self.on_resume: Answer = catch_up
        self.on_rows: Callable[[], Awaitable[None]] = nothing

    @property
    def base(self) -> str:
        return f"/desk/orders/{ORDER}" if self.side == "team" else f"/orders/{ORDER}"

    @property
    def head(self) -> int:
        return len(self.entries)

    @property
    def shown(self) -> list[Frame]:
        return self.entries[-self.page_size :]

    def stored(self, cid: str) -> Frame | None:
        return next((frame for frame in self.entries if frame["cid"] == cid), None)

    def add(
        self,
        text: str,
        person: str = "m3",
        cid: str = "",
        kind: str = "message",
        at: str = MORNING,
        content: str = "",
    ) -> Frame:
        """Appends an entry; nobody is told."""
        by = {"role": "member", "name": "Anna"} if person == "m3" else {"role": "customer", "name": "Carl"}
        entry: Frame = {
            "type": "event",
            "order": ORDER,
            "seq": self.head + 1,
            "prev": self.head,
            "kind": kind,
        }
        entry |= {"cid": cid, "at": at, "by": by, "data": {"text": text}, "person": person}
        entry["content"] = draw("event", ORDER, entry) + content
        self.entries.append(entry)
        return entry

    def talk(self, count: int) -> None:
        """So many messages, the two in turn."""
        for n in range(1, count + 1):
            self.add(f"Message {n}", person="m3" if n % 2 else "c7")

    async def say(self, text: str, **how: str) -> Frame:
        """Appends an entry and tells everybody."""
        entry = self.add(text, **how)
        await self.send(entry)
        return entry

    async def acknowledge(self, command: Frame, seq: int) -> None:
        await self.send({"type": "ack", "cid": command["cid"], "order": ORDER, "seq": seq})

    async def send(self, frame: Frame) -> None:
        for socket in list(self.sockets):
            try:
                await socket.send_text(json.dumps(frame))
            except (RuntimeError, WebSocketDisconnect):
                self.sockets.remove(socket)

    async def close(self, code: int) -> None:
        sockets, self.sockets = self.sockets, []
        for socket in sockets:
            await socket.close(code)

    def of_type(self, kind: str) -> list[Frame]:
        return [frame for frame in self.frames if frame["type"] == kind]

    def done(self, verb: str) -> list[Frame]:
        return [frame for frame in self.of_type("do") if frame["do"] == verb]
