"""A client that obeys the protocol and checks its promise."""

import asyncio
import json
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

Frame = dict[str, Any]


class Client:
    """Collects frames in the background; `seen` holds each order's position."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.frames: list[Frame] = []
        self.seen: dict[str, int] = {}
        self.texts: dict[str, list[str]] = defaultdict(list)
        self.gaps: list[Frame] = []
        self.epoch: str | None = None
        self.code: int | None = None
        self._arrived = asyncio.Condition()

    @classmethod
    @asynccontextmanager
    async def connect(cls, url: str, who: str = "", **options: Any) -> AsyncIterator[Self]:
        headers = {"Authorization": f"Bearer {who}"} if who else {}
        socket = await connect(url, additional_headers=headers, compression=None, **options)
        client = cls(socket)
        reading = asyncio.create_task(client._read())
        try:
            yield client
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            # To close once more what ended with bytes unsent raises in asyncio of Python 3.11.
            if socket.state is not State.CLOSED:
                await socket.close()

    async def send(self, **frame: Any) -> None:
        await self.socket.send(json.dumps(frame))

    async def resume(self, orders: Mapping[str, Any] | None = None, **more: Any) -> Frame:
        self.seen.update(orders or {})
        before = len(self.frames)
        await self.send(type="resume", orders=orders or {}, **more)
        return await self.wait(lambda f: f["type"] == "hello", after=before)

    async def do(self, text: str, order: str = "1042", do: str = "messages.send", cid: str = "") -> Frame:
        """Send a command and wait for its answer."""
        cid = await self.say(text, order, do, cid)
        return await self.wait(lambda f: f["type"] in {"ack", "nack"} and f["cid"] == cid)

    async def say(self, text: str, order: str = "1042", do: str = "messages.send", cid: str = "") -> str:
        cid = cid or str(uuid.uuid4())
        await self.send(type="do", cid=cid, order=order, do=do, data={"text": text})
        return cid

    async def wait(self, wanted: Callable[[Frame], object], *, after: int = 0, seconds: float = 10) -> Frame:
        """The first frame that is wanted, come or to come."""
        async with asyncio.timeout(seconds), self._arrived:
            while True:
                for frame in self.frames[after:]:
                    if wanted(frame):
                        return frame
                after = len(self.frames)
                assert self.code is None, f"closed with {self.code}"
                await self._arrived.wait()

    async def until(self, condition: Callable[[], object], seconds: float = 10) -> None:
        async with asyncio.timeout(seconds), self._arrived:
            await self._arrived.wait_for(condition)

    async def closed(self, seconds: float = 10) -> int:
        """The code that the server closes with."""
        await self.until(lambda: self.code is not None, seconds)
        assert self.code is not None
        return self.code

    def of(self, kind: str) -> list[Frame]:
        return [frame for frame in self.frames if frame["type"] == kind]

    async def _read(self) -> None:
        try:
            async for text in self.socket:
                await self._take(json.loads(text))
        except ConnectionClosed:
            pass
        async with self._arrived:
            self.code = self.socket.close_code
            self._arrived.notify_all()

    async def _take(self, frame: Frame) -> None:
        async with self._arrived:
            self.frames.append(frame)
            if frame["type"] == "event":
                self._event(frame)
            elif frame["type"] == "hello":
                self.epoch = frame["epoch"]
                self.seen.update({o: s for o, s in frame["heads"].items() if o not in self.seen})
            elif frame["type"] == "reset":
                self.seen.pop(frame["order"], None)
            self._arrived.notify_all()

    def _event(self, frame: Frame) -> None:
        seen = self.seen.get(frame["order"], frame["prev"])
        if frame["seq"] <= seen:
            return
        if frame["prev"] > seen:
            self.gaps.append(frame)
        self.seen[frame["order"]] = frame["seq"]
        self.texts[frame["order"]].append(frame["data"]["text"])
