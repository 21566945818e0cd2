"""Nodes: each its own shop, live service and uvicorn, as one serving process has them."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

from realtime.live import Live
from realtime.pace import Pace
from realtime.server import server_config
from tests.processes import eventually
from tests.realtime.client import Client
from tests.realtime.source import Log, Shop

QUICK = Pace(
    poll=0.1, poll_alone=0.05, heads=0.3, coalesce=0.05, revalidate=0.2, same_epoch=0.2, presence_settle=0.02
)


class Node:
    """A serving process, but for the process: its shop, its live service, its address."""

    def __init__(self, shop: Shop, live: Live, server: uvicorn.Server, port: int) -> None:
        self.shop = shop
        self.live = live
        self.server = server
        self.url = f"ws://127.0.0.1:{port}/live"


@asynccontextmanager
async def serve(
    log: Log | None = None, bus_url: str | None = None, pace: Pace = QUICK, **settings: Any
) -> AsyncIterator[Node]:
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
        await eventually(lambda: server.started or serving.done())
        try:
            yield Node(shop, live, server, listener.getsockname()[1])
        finally:
            server.should_exit = True
            await serving


Connect = Callable[..., Awaitable[Client]]


@pytest.fixture
async def clients() -> AsyncIterator[Connect]:
    """Connect somebody; all are closed at the end."""
    async with AsyncExitStack() as stack:

        async def connect(node: Node, who: str = "cara", **resume: Any) -> Client:
            client = await stack.enter_async_context(Client.connect(node.url, who))
            if resume:
                await client.resume(**resume)
            return client

        yield connect


@pytest.fixture
async def node() -> AsyncIterator[Node]:
    async with serve() as one:
        yield one
