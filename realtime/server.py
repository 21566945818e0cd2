"""uvicorn as this service needs it: peers that stop reading are reclaimed, a stop sheds sockets slowly."""

import random
from asyncio import TimerHandle
from asyncio.transports import BaseTransport, WriteTransport
from typing import TYPE_CHECKING, Any, cast

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

if TYPE_CHECKING:
    from uvicorn._types import ASGISendEvent

MAX_FRAME = 64 * 1024


class LiveProtocol(WebSocketsSansIOProtocol):
    """The sans-io protocol, plus an abort for every way to end.

    `transport.close()` waits for the peer to take what is buffered: one that stopped reading would be
    kept forever, and would keep the server from stopping.
    """

    abort_after = 2.0
    drain = 2.0

    _abort_timer: TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        cast(WriteTransport, transport).set_write_buffer_limits(high=32 * 1024)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._abort_timer is not None:
            self._abort_timer.cancel()

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self._abort_soon()

    def shutdown(self) -> None:
        """Not all at once: whoever is told to come back, comes back at once."""
        if self.handshake_complete and not self.close_sent:
            self.loop.call_later(random.random() * self.drain, self._restart)  # noqa: S311
        else:
            self._restart()

    def data_received(self, data: bytes) -> None:
        # After a close the rest is read only to be thrown away.
        if not self._failed():
            super().data_received(data)

    def handle_parser_exception(self) -> None:
        """Say why (1009, 1007, 1002) and keep reading: closing on unread data would reset the
        connection and take the close frame with it."""
        assert self.conn.close_sent is not None
        code, reason = self.conn.close_sent.code, self.conn.close_sent.reason
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.close_sent = True
        self.stop_keepalive()
        self.transport.write(b"".join(self.conn.data_to_send()))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self._abort_soon()

    async def send(self, message: "ASGISendEvent") -> None:
        if message["type"] == "websocket.close":
            # A close does not wait for a peer that does not read.
            self.writable.set()
        await super().send(message)

    async def run_asgi(self) -> None:
        try:
            await super().run_asgi()
        finally:
            self._abort_soon()

    def _restart(self) -> None:
        if not self.disconnected:
            super().shutdown()
            self._abort_soon()

    def _failed(self) -> bool:
        return self.close_sent and self.conn.parser_exc is not None

    def _abort_soon(self) -> None:
        if self._abort_timer is None:
            self._abort_timer = self.loop.call_later(self.abort_after, self.transport.abort)


def server_config(
    app: Any, host: str = "127.0.0.1", port: int = 8000, *, fd: int | None = None, **settings: Any
) -> uvicorn.Config:
    """The server's settings; `settings` go to uvicorn as they are."""
    ours: dict[str, Any] = {
        "ws": LiveProtocol,
        "ws_max_size": MAX_FRAME,
        "ws_per_message_deflate": False,
        "loop": "uvloop",
        "http": "httptools",
        "timeout_graceful_shutdown": 10,
    }
    return uvicorn.Config(app, host=host, port=port, fd=fd, **(ours | settings))
