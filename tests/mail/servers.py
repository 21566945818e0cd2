"""Mail servers that take their time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.smtp import MailServer


class SlowServer(MailServer):
    """Takes a mail in full, then keeps its sender waiting: for good while `holding`, else for a moment."""

    def __init__(self) -> None:
        super().__init__()
        self.holding = False
        self.held: list[str] = []
        self._over = asyncio.Event()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.holding:
            self.held.extend(envelope.rcpt_tos)
            await self._over.wait()
            return "451 gone"
        await asyncio.sleep(0.05)
        return await super().handle_DATA(server, session, envelope)

    async def stop(self) -> None:
        self._over.set()
        await super().stop()


@asynccontextmanager
async def slow_server() -> AsyncIterator[SlowServer]:
    server = SlowServer()
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
