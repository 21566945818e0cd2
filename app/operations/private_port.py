"""METRICS_PORT: the figures on a port of this machine alone, without a token.

Of several processes of one `serve` whichever comes first has the port, and answers for all; when it ends,
another one takes over.
"""

import asyncio
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.context import Context
from app.operations.exposition import exposed
from app.operations.sampler import Sampler

AGAIN: Final = 2.0  # seconds between two tries to get the port
logger = logging.getLogger(__name__)


class Beside(uvicorn.Server):
    """A second server in the loop of the first, which alone listens to signals."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve_metrics(context: Context, sampler: Sampler, port: int) -> None:
    """Until cancelled."""

    async def metrics(request: Request) -> Response:
        return await exposed(context, sampler)

    app = Starlette(routes=[Route("/metrics", metrics)])
    listening = await _bound(port)
    quiet: dict[str, Any] = {"lifespan": "off", "log_config": None, "access_log": False}
    server = Beside(uvicorn.Config(app, timeout_graceful_shutdown=1, **quiet))
    try:
        await server.serve([listening])
    finally:
        server.should_exit = True
        listening.close()


async def _bound(port: int) -> socket.socket:
    said = False
    while True:
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(("127.0.0.1", port))
            return listening
        except OSError as error:
            listening.close()
            if not said:
                logger.info("METRICS_PORT: %s; this process goes on trying", error.strerror)
            said = True
            await asyncio.sleep(AGAIN)
