"""Chat in an order from a program that outlives restarts of the server and misses and doubles nothing.

    ORDERLINE_TOKEN=ol_… python docs/live_client.py http://127.0.0.1:8000 1042

Lines of stdin are sent as messages; every entry of the order is printed as a line of JSON, once and in order.
An `edit` is such an entry, too: its data has the `seq` of a message and what that says from now on.
It needs `pip install websockets`.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

Frame = dict[str, Any]


class Chat:
    """Keep `seen` and `epoch` in a file, and a restart of this program misses nothing either."""

    def __init__(self, url: str, token: str, order: str) -> None:
        self.address, self.order = f"ws{url.removeprefix('http')}/live", order
        self.headers = {"Authorization": f"Bearer {token}"}
        self.epoch: str | None = None
        self.seen = 0
        self.unsent: dict[str, Frame] = {}  # until the server says that it is stored
        self.sending = asyncio.Lock()
        self.socket: ClientConnection | None = None

    async def say(self, text: str) -> None:
        cid = str(uuid4())  # sent again with the same one, it is written once
        frame = {"type": "do", "cid": cid, "order": self.order, "do": "messages.send", "data": {"text": text}}
        async with self.sending:
            self.unsent[cid] = frame
            if self.socket:
                with suppress(ConnectionClosed):
                    await self.socket.send(json.dumps(frame))

    async def entries(self) -> AsyncIterator[Frame]:
        async for socket in connect(self.address, additional_headers=self.headers):  # again and again
            with suppress(ConnectionClosed):
                await self.resume(socket)
                async with self.sending:
                    for frame in self.unsent.values():
                        await socket.send(json.dumps(frame))
                    self.socket = socket
                async for text in socket:
                    if entry := await self.take(socket, json.loads(text)):
                        yield entry
            self.socket = None
            if socket.close_code in (4401, 4403):  # no longer allowed: coming back would not help
                return

    async def resume(self, socket: ClientConnection) -> None:
        frame: Frame = {"type": "resume", "orders": {self.order: self.seen}}
        await socket.send(json.dumps(frame | ({"epoch": self.epoch} if self.epoch else {})))

    async def take(self, socket: ClientConnection, frame: Frame) -> Frame | None:
        match frame["type"]:
            case "hello":
                self.epoch = frame["epoch"]
            case "event" if frame["seq"] > self.seen >= frame["prev"]:
                self.seen = frame["seq"]
                return frame
            case "event" if frame["prev"] > self.seen:  # one before it is missing
                await self.resume(socket)
            case "heads" if frame["orders"].get(self.order, 0) > self.seen:
                await self.resume(socket)
            case "reset":  # another database, restored perhaps: from the start
                self.epoch, self.seen = None, 0
                await self.resume(socket)
            case "nack" if frame["cid"] in self.unsent and "retry_after" in frame:
                await asyncio.sleep(frame["retry_after"])
                await socket.send(json.dumps(self.unsent[frame["cid"]]))
            case "ack" | "nack":
                self.unsent.pop(frame["cid"], None)
        return None


async def main(url: str, order: str) -> None:
    chat = Chat(url, os.environ["ORDERLINE_TOKEN"], order)

    async def speak() -> None:
        while line := await asyncio.to_thread(sys.stdin.readline):
            await chat.say(line.strip())

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(speak())
        async for entry in chat.entries():
            print(json.dumps(entry), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
