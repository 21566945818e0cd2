"""A program at `/live` that keeps the client's half of the protocol: resume, order, outbox, coming back."""

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import repeat
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

GONE_FOR_GOOD = (4401, 4403)
Frame = dict[str, Any]


class Nack(Exception):
    """What the server refused."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(frame["code"], frame.get("detail"))
        self.code: str = frame["code"]
        self.frame = frame


class LiveClient:
    """Holds every entry of the watched orders once and in order, whatever happens to the connection."""

    def __init__(
        self,
        url: str,
        token: str,
        orders: Mapping[str, int] | None = None,
        *,
        inbox: bool = False,
        html: str = "",
    ) -> None:
        self._address = f"ws{url.removeprefix('http')}/live"
        self._headers = {"Authorization": f"Bearer {token}"}
        self.seen = dict(orders or {})
        self.inbox = inbox
        self.html = html
        self.epoch: str | None = None
        self.heads: dict[str, int] = {}
        self.entries: dict[str, list[Frame]] = {}
        self.frames: list[Frame] = []
        self.repeats = 0
        self.connections = 0
        self.hellos = 0
        self.close_code: int | None = None
        self._online = False
        self._socket: ClientConnection | None = None
        self._outbox: dict[str, Frame] = {}
        self._answers: dict[str, asyncio.Future[Frame]] = {}
        self._sending = asyncio.Lock()
        self._news = asyncio.Condition()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._stay_connected())
        try:
            await self.until(lambda: self.hellos)
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await self._task
        if self._socket:
            await self._socket.close()

    # What a test does

    async def do(self, verb: str, order: str | None = None, *, cid: str = "", **data: Any) -> Frame:
        """Ask for a verb, over new connections if need be; the ack, or `Nack` raised."""
        cid = cid or str(uuid4())
        frame: Frame = {"type": "do", "cid": cid, "do": verb, "data": data}
        if order is not None:
            frame["order"] = order
        answer = self._answers[cid] = asyncio.get_running_loop().create_future()
        async with self._sending:
            self._outbox[cid] = frame
            if self._online:
                await self.send(frame)
        return await asyncio.wait_for(answer, 30)

    async def watch(self, orders: Mapping[str, int], *, inbox: bool = False) -> None:
        """Replace the watched set; returns once the server has answered."""
        self.seen, self.inbox, answered = dict(orders), inbox, self.hellos
        await self._resume()
        await self.until(lambda: self.hellos > answered)

    async def send(self, frame: Frame | str | bytes) -> None:
        """Any frame, well formed or not; on a lost connection it is lost too."""
        with suppress(ConnectionClosed):
            if self._socket:
                await self._socket.send(json.dumps(frame) if isinstance(frame, dict) else frame)

    async def until(self, condition: Callable[[], object], within: float = 15) -> None:
        """Wait for frames until `condition` holds."""
        async with asyncio.timeout(within), self._news:
            await self._news.wait_for(lambda: condition() or self._task.done())
        if not condition():
            await self._task
            raise AssertionError(f"the connection ended with {self.close_code}")

    def of_type(self, kind: str, order: str | None = None) -> list[Frame]:
        """The frames of this type so far, of one order or of all."""
        return [f for f in self.frames if f["type"] == kind and (order is None or f.get("order") == order)]

    def drop(self) -> None:
        """Lose the connection without a word, as a dead link does."""
        assert self._socket, "not connected"
        self._socket.transport.abort()

    # What the protocol asks of a client

    async def _stay_connected(self) -> None:
        try:
            async for socket in self._connections():
                self._socket = socket
                await self._converse(socket)
                if self.close_code in GONE_FOR_GOOD:
                    return
        finally:
            async with self._news:
                self._news.notify_all()

    def _connections(self) -> connect:
        pauses = lambda: (pause for pause in repeat(0.05))  # noqa: E731
        return connect(
            self._address, additional_headers=self._headers, proxy=None, compression=None, max_size=None,
            reconnect_delays=pauses,
        )  # fmt: skip

    async def _converse(self, socket: ClientConnection) -> None:
        self.connections += 1
        with suppress(ConnectionClosed):
            await self._resume()
            await self._send_outbox()
            async for text in socket:
                await self._take(json.loads(text))
        self._online, self.close_code = False, socket.close_code

    async def _resume(self) -> None:
        frame: Frame = {"type": "resume", "orders": self.seen}
        optional = {"epoch": self.epoch, "inbox": self.inbox, "html": self.html}
        await self.send(frame | {name: value for name, value in optional.items() if value})

    async def _send_outbox(self) -> None:
        async with self._sending:
            for frame in list(self._outbox.values()):
                await self.send(frame)
            self._online = True

    async def _take(self, frame: Frame) -> None:
        self.frames.append(frame)
        handler = getattr(self, f"_on_{frame['type']}", None)
        if handler:
            await handler(frame)
        async with self._news:
            self._news.notify_all()

    async def _on_hello(self, frame: Frame) -> None:
        self.epoch, self.heads = frame["epoch"], frame["heads"]
        self.hellos += 1

    async def _on_event(self, frame: Frame) -> None:
        order, seq = frame["order"], frame["seq"]
        seen = self.seen.get(order, 0)
        if seq <= seen:
            self.repeats += 1
        elif frame["prev"] > seen:
            await self._resume()
        else:
            self.entries.setdefault(order, []).append(frame)
            self.seen[order] = seq

    async def _on_heads(self, frame: Frame) -> None:
        self.heads |= frame["orders"]
        if any(head > self.seen.get(order, 0) for order, head in frame["orders"].items()):
            await self._resume()

    async def _on_reset(self, frame: Frame) -> None:
        # The old epoch would only be refused again; without one the answer tells the new one.
        self.epoch = None
        self.seen[frame["order"]] = 0
        self.entries.pop(frame["order"], None)
        await self._resume()

    async def _on_ack(self, frame: Frame) -> None:
        if answer := self._settle(frame):
            answer.set_result(frame)

    async def _on_nack(self, frame: Frame) -> None:
        if answer := self._settle(frame):
            answer.set_exception(Nack(frame))

    def _settle(self, frame: Frame) -> asyncio.Future[Frame] | None:
        self._outbox.pop(frame["cid"], None)
        answer = self._answers.pop(frame["cid"], None)
        return None if answer is None or answer.done() else answer
