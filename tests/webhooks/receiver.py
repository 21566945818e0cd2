"""Receivers of webhooks, good and bad, on a socket of their own; and the signature, worked out anew."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

HANG = "hang"
CLOSE = "close"
ENDLESS = "endless"


@dataclass
class Received:
    headers: dict[str, str]
    body: bytes
    at: float
    path: str = ""

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def payload(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads(self.body)
        return loaded

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = self.payload["data"]
        return found

    def signed_by(self, secret: str) -> bool:
        """As https://www.standardwebhooks.com says, with nothing of ours."""
        kind, _, key = secret.partition("_")
        content = b".".join([self.id.encode(), self.headers["webhook-timestamp"].encode(), self.body])
        wanted = hmac.digest(base64.b64decode(key, validate=True), content, hashlib.sha256)
        given = [part.split(",", 1) for part in self.headers["webhook-signature"].split(" ")]
        fresh = abs(time.time() - int(self.headers["webhook-timestamp"])) < 300
        return kind == "whsec" and fresh and ["v1", base64.b64encode(wanted).decode()] in given


@dataclass
class Receiver:
    """`answers(received)` is a status, a (status, headers, body), HANG, CLOSE or ENDLESS."""

    answers: Callable[[Received], Any] = lambda _: 200
    received: list[Received] = field(default_factory=list)
    busy: int = 0
    busiest: int = 0
    server: asyncio.Server | None = None
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks?shop=1"

    @property
    def seqs(self) -> dict[str, list[int]]:
        """Order → the entries that came, in the order in which they came."""
        found: dict[str, list[int]] = {}
        for one in self.received:
            if "order" in one.data:
                found.setdefault(one.data["order"], []).append(one.data["seq"])
        return found

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.busy += 1
        self.busiest = max(self.busy, self.busiest)
        try:
            await self._exchange(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.busy -= 1
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = [line.partition(": ") for line in head.split("\r\n")[1:] if line]
        headers = {name.lower(): value for name, _, value in lines}
        body = await reader.readexactly(int(headers["content-length"]))
        one = Received(headers, body, time.monotonic(), head.split(" ", 2)[1])
        self.received.append(one)
        answer = self.answers(one)
        answer = await answer if asyncio.iscoroutine(answer) else answer
        if answer == HANG:
            await reader.read()  # until the other side gives up
        elif answer == ENDLESS:
            await _endless(writer)
        elif answer != CLOSE:
            writer.write(_response(answer))
            await writer.drain()


async def _endless(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"1\r\nx\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)


def _response(answer: Any) -> bytes:
    status, headers, body = answer if isinstance(answer, tuple) else (answer, {}, f"it is {answer}")
    lines = [f"HTTP/1.1 {status} Word", *(f"{name}: {value}" for name, value in headers.items())]
    lines += [f"Content-Length: {len(body)}", "Connection: close", "", body]
    return "\r\n".join(lines).encode()


@asynccontextmanager
async def receiver(answers: Callable[[Received], Any] = lambda _: 200) -> AsyncIterator[Receiver]:
    made = Receiver(answers)
    made.server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = made.server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        made.server.close()
