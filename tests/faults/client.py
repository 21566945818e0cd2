"""A client at `/live` that keeps its half of the protocol as a browser does, and complains of breaches."""

import asyncio
import json
import random
import time
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage

from tests.cast import Person
from tests.faults.outbox import Frame, Outbox, Said

FINAL = (4401, 4403)


@dataclass(frozen=True)
class Manners:
    """Seconds. As the browser's (static/live), shortened so that tests need not wait as people would."""

    first_pause: float = 0.05
    longest_pause: float = 0.5
    ping: float = 1.0
    silence: float = 3.0
    opening: float = 3.0
    answer: float = 5.0


class StrictClient:
    """Follows its orders through every fault: resumes, drops repeats, asks when something is missing."""

    def __init__(
        self,
        name: str,
        person: Person,
        token: str,
        doors: Sequence[str],
        orders: Iterable[str],
        manners: Manners | None = None,
    ) -> None:
        self.name = name
        self.person = person
        self.doors = deque(doors)
        self.orders = tuple(orders)
        self.manners = manners or Manners()
        self.received: dict[str, list[Frame]] = {order: [] for order in self.orders}
        self.arrived: dict[tuple[str, int], tuple[float, float]] = {}  # when, and connected since
        self.heads: dict[str, int] = {}
        self.complaints: list[str] = []
        self.counts: Counter[str] = Counter()
        self.codes: Counter[int | None] = Counter()
        self.epoch: str | None = None
        self.over: int | None = None
        self.lazy = False
        self._reading = asyncio.Event()
        self._reading.set()
        self.since = 0.0  # of the present connection's hello
        self._headers = {"Authorization": f"Bearer {token}"}
        self.outbox = Outbox(self._soon, self.drop, self.manners.answer)
        self._socket: ClientConnection | None = None
        self._tries = 0
        self._heard = 0.0
        self._asked: dict[str, float] = {}
        self._tasks: list[asyncio.Task[None]] = []

    # What a test does

    def start(self) -> None:
        self._tasks.append(asyncio.create_task(self._stay_connected()))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        self.outbox.closed()

    def say(self, order: str, text: str, verb: str = "messages.send") -> Said:
        """Goes out soon, once everything that was said in that order before is settled."""
        said = Said(order, verb, text)
        self.outbox.add(said)
        return said

    def has(self, said: Said) -> bool:
        return any(frame["cid"] == said.cid for frame in self.received[said.order])

    @property
    def settled(self) -> bool:
        """Everything is answered and everything that is known to exist has come, or it is over."""
        behind = any(self.position(order) < head for order, head in self.heads.items())
        return self.over is not None or (self.connected and self.outbox.empty and not behind)

    @property
    def connected(self) -> bool:
        return self._socket is not None and bool(self.since)

    def position(self, order: str) -> int:
        entries = self.received[order]
        return int(entries[-1]["seq"]) if entries else 0

    def read_nothing(self) -> None:
        """Leave what comes where it is, until `read_on`."""
        self.lazy = True
        self._reading.clear()

    def read_on(self) -> None:
        self._reading.set()

    def drop(self) -> None:
        """Lose the connection without a word."""
        if self._socket is not None:
            self._socket.transport.abort()

    # Connecting

    async def _stay_connected(self) -> None:
        while self.over is None:
            with suppress(OSError, TimeoutError, InvalidHandshake, InvalidMessage):
                async with asyncio.timeout(self.manners.opening):
                    socket = await self._open()
                await self._converse(socket)
            self.doors.rotate(-1)
            longest = min(self.manners.longest_pause, self.manners.first_pause * 2**self._tries)
            self._tries = min(self._tries + 1, 10)
            await asyncio.sleep(longest * random.uniform(0.5, 1))

    async def _open(self) -> ClientConnection:
        address = f"ws{self.doors[0].removeprefix('http')}/live"
        return await connect(
            address, additional_headers=self._headers, proxy=None, compression=None, max_size=None,
            open_timeout=None, close_timeout=1, ping_interval=None, max_queue=4,
        )  # fmt: skip

    async def _converse(self, socket: ClientConnection) -> None:
        self.counts["connections"] += 1
        self._socket, self._heard = socket, time.monotonic()
        watch = asyncio.create_task(self._watch(socket))
        try:
            with suppress(ConnectionClosed):
                await self._resume()
                while True:
                    await self._reading.wait()
                    text = await socket.recv()
                    self._heard = time.monotonic()
                    await self._take(json.loads(text))
        finally:
            watch.cancel()
            socket.transport.abort()
            self._lost(socket.close_code)

    def _lost(self, code: int | None) -> None:
        self._socket, self.since = None, 0.0
        self.codes[code] += 1
        self.outbox.closed()
        if code in FINAL:
            self.over = code

    async def _watch(self, socket: ClientConnection) -> None:
        """A link that says nothing although it was asked is dead, whatever TCP believes."""
        with suppress(ConnectionClosed):
            while True:
                await asyncio.sleep(self.manners.ping / 2)
                silence = time.monotonic() - self._heard
                if silence > self.manners.silence and self._reading.is_set():
                    self.counts["dead links"] += 1
                    socket.transport.abort()
                elif silence > self.manners.ping:
                    await self._send({"type": "ping"})

    async def _send(self, frame: Frame) -> None:
        if self._socket is not None:
            with suppress(ConnectionClosed):
                await self._socket.send(json.dumps(frame))

    def _soon(self, frame: Frame) -> None:
        task = asyncio.create_task(self._send(frame))
        self._tasks.append(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        if task in self._tasks:
            self._tasks.remove(task)

    async def _resume(self) -> None:
        positions = {order: self.position(order) for order in self.orders}
        frame: Frame = {"type": "resume", "orders": positions}
        await self._send(frame | ({"epoch": self.epoch} if self.epoch else {}))

    # What the server says

    async def _take(self, frame: Frame) -> None:
        match frame["type"]:
            case "hello":
                self._on_hello(frame)
            case "event":
                await self._on_event(frame)
            case "heads":
                await self._on_heads(frame)
            case "reset":
                await self._on_reset(frame)
            case "ack":
                self._on_ack(frame)
            case "nack":
                await self._on_nack(frame)

    def _on_hello(self, frame: Frame) -> None:
        self.epoch, self.heads = frame["epoch"], dict(frame["heads"])
        self.since, self._tries = time.monotonic(), 0
        self.outbox.opened()

    async def _on_event(self, frame: Frame) -> None:
        order, seq, prev = frame["order"], frame["seq"], frame["prev"]
        if order not in self.received:
            return self.complaints.append(f"an entry of {order}, which it does not follow: {frame}")
        position = self.position(order)
        if seq <= position:
            self.counts["repeats"] += 1
        elif prev > position:
            self.counts["gaps"] += 1
            await self._ask_again(order)
        elif prev < position:
            self.complaints.append(f"{order}: {seq} follows {prev}, but {position} was shown before it")
        else:
            self.received[order].append(frame)
            self.arrived[order, seq] = time.monotonic(), self.since
            self.heads[order] = max(seq, self.heads.get(order, 0))
        return None

    async def _on_heads(self, frame: Frame) -> None:
        self.heads |= frame["orders"]
        for order, head in frame["orders"].items():
            if head > self.position(order):
                await self._ask_again(order)

    async def _ask_again(self, order: str) -> None:
        """At most once a second."""
        if time.monotonic() - self._asked.get(order, 0) > 1:
            self._asked[order] = time.monotonic()
            self.counts["asked again"] += 1
            await self._resume()

    async def _on_reset(self, frame: Frame) -> None:
        self.counts["resets"] += 1
        self.received[frame["order"]].clear()
        await self._resume()

    def _on_ack(self, frame: Frame) -> None:
        if wrong := self.outbox.acked(frame):
            self.complaints.append(wrong)

    async def _on_nack(self, frame: Frame) -> None:
        self.counts[f"nack {frame['code']}"] += 1
        said = self.outbox.said.get(frame["cid"] or "")
        if said is not None:
            self.outbox.nacked(said, frame)
        else:
            await asyncio.sleep(min(frame.get("retry_after") or 1, 1))
            await self._resume()
