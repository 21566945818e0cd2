"""Real servers: uvicorn with our settings, redis-server on a free port."""

import asyncio
import os
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

from realtime.live import Live
from realtime.pace import Pace
from realtime.server import server_config
from tests.realtime.client import Client
from tests.realtime.source import Log, Shop

QUICK = Pace(poll=0.1, poll_alone=0.05, heads=0.3, coalesce=0.05, revalidate=0.2, presence_settle=0.02)


class Redis:
    """A redis-server that a test may kill and start again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--save", ""]
        log = (self._folder / "redis.log").open("ab")
        with log:
            self.process = subprocess.Popen(
                [*command, "--dir", str(self._folder)], stdout=log, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + 10
        while not _listens(self.port):
            assert time.monotonic() < deadline, "redis-server does not start"
            time.sleep(0.01)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    if shutil.which("redis-server") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("redis-server is missing")
        pytest.skip("redis-server is missing")
    server = Redis(tmp_path)
    server.start()
    yield server
    server.kill()


class Process:
    """One serving process of a test: its shop, its live service, its address."""

    def __init__(self, shop: Shop, live: Live, server: uvicorn.Server, port: int) -> None:
        self.shop = shop
        self.live = live
        self.server = server
        self.url = f"ws://127.0.0.1:{port}/live"


@asynccontextmanager
async def serve(
    log: Log | None = None, bus_url: str | None = None, pace: Pace = QUICK, **settings: Any
) -> AsyncIterator[Process]:
    shop = Shop(log)
    live = Live(shop, bus_url, pace=pace)
    shop.live = live
    app = Starlette(routes=[WebSocketRoute("/live", live.endpoint)])
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    config = server_config(app, log_level="warning", lifespan="off", **settings)
    server = uvicorn.Server(config)
    config.load()
    async with live:
        serving = asyncio.create_task(server._serve([listener]))
        await until(lambda: server.started or serving.done())
        try:
            yield Process(shop, live, server, listener.getsockname()[1])
        finally:
            server.should_exit = True
            await serving


async def until(condition: Callable[[], object], seconds: float = 10) -> None:
    """Wait for a condition, not for a time."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


Connect = Callable[..., Awaitable[Client]]


@pytest.fixture
async def clients() -> AsyncIterator[Connect]:
    """Connect somebody; all are closed at the end."""
    async with AsyncExitStack() as stack:

        async def connect(process: Process, who: str = "cara", **resume: Any) -> Client:
            client = await stack.enter_async_context(Client.connect(process.url, who))
            if resume:
                await client.resume(**resume)
            return client

        yield connect


@pytest.fixture
async def process() -> AsyncIterator[Process]:
    async with serve() as one:
        yield one
