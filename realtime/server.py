"""uvicorn as this service needs it: peers that stop reading are reclaimed, a stop sheds sockets slowly."""

import random
from asyncio import TimerHandle
from asyncio.transports import BaseTransport, WriteTransport
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request

from realtime.wire import EXTENSION

if TYPE_CHECKING:
    from uvicorn._types import ASGISendEvent

MAX_FRAME = 64 * 1024
MOST_FRAGMENTS = 256
MOST_HELD = 16 * 1024
FEW = 4
# Connections that hold something back until the next turn of the loop. When they are many, they write one
# after the other: a peer that is awake already costs half of one that has to be woken.
_holding: list["LiveProtocol"] = []


class LiveProtocol(WebSocketsSansIOProtocol):
    """The sans-io protocol, plus an abort for every way to end.

    `transport.close()` waits for the peer to take what is buffered: one that stopped reading would be
    kept forever, and would keep the server from stopping.
    """

    abort_after = 2.0
    drain = 2.0

    _abort_timer: TimerHandle | None = None
    _take: Callable[[str], None] | None = None
    _held: bytes = b""

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        cast(WriteTransport, transport).set_write_buffer_limits(high=32 * 1024)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._abort_timer is not None:
            self._abort_timer.cancel()

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if not self.close_sent:
            cast(dict[str, Any], self.scope["extensions"])[EXTENSION] = self

    def listen(self, take: Callable[[str], None]) -> None:
        self._take = take

    def write(self, data: bytes) -> bool:
        if not self._takes():
            return False
        if self._held:
            self._held += data
            if len(_holding) <= FEW or len(self._held) > MOST_HELD:
                self.release()
        else:
            self.transport.write(data)
        return True

    def write_soon(self, data: bytes) -> bool:
        if self._held:
            return self.write(data)
        if not self._takes():
            return False
        self._held = data
        if not _holding:
            self.loop.call_soon(_release_all)
        _holding.append(self)
        return True

    def release(self) -> None:
        """Write what is held back; nothing follows a close frame."""
        held, self._held = self._held, b""
        if held and not self._is_over():
            self.transport.write(held)

    def _takes(self) -> bool:
        return self.writable.is_set() and not self._is_over()

    def _is_over(self) -> bool:
        return self.close_sent or self.disconnected or self.transport.is_closing()

    async def drained(self) -> None:
        await self.writable.wait()
        if self._is_over():
            raise ConnectionError("the peer has gone")

    def pause(self) -> None:
        if not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()

    def resume(self) -> None:
        if self.read_paused and not self.transport.is_closing():
            self.read_paused = False
            self.transport.resume_reading()

    def send_receive_event_to_app(self) -> None:
        if self._take is None or self.curr_msg_data_type != "text" or self.close_sent:
            return super().send_receive_event_to_app()
        data = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
        self.frames = []
        try:
            text = data.decode()
        except UnicodeDecodeError:
            self.conn.fail(1007, "not UTF-8")
            self.handle_parser_exception()
        else:
            self._take(text)

    def handle_ping(self) -> None:
        pong = b"".join(self.conn.data_to_send())
        if self.writable.is_set():  # who asks without reading is not answered: that would only fill memory
            self.transport.write(pong)

    def handle_cont(self, event: Frame) -> None:
        if len(self.frames) >= MOST_FRAGMENTS:  # the size limit does not count empty ones
            self.conn.fail(1009, "too many fragments")
            self.handle_parser_exception()
        else:
            super().handle_cont(event)

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
        self.release()
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
        # With a timer the end of the application does not close what is still being read.
        self.close_timer = self.loop.call_later(self.close_timeout, self.transport.close)
        self._abort_soon()

    async def send(self, message: "ASGISendEvent") -> None:
        if message["type"] == "websocket.close":
            self.release()
            # A close does not wait for a peer that does not read, and wants the peer's own to be read.
            self.writable.set()
            self.resume()
        await super().send(message)

    async def run_asgi(self) -> None:
        try:
            await super().run_asgi()
        finally:
            # Whoever holds one another has to be found by the collector, which seldom looks at all there is.
            self._take = None
            cast(dict[str, Any], self.scope["extensions"]).pop(EXTENSION, None)
            self._abort_soon()

    def _restart(self) -> None:
        if not self.disconnected:
            self.release()
            super().shutdown()
            self._abort_soon()

    def _failed(self) -> bool:
        return self.close_sent and self.conn.parser_exc is not None

    def _abort_soon(self) -> None:
        if self._abort_timer is None:
            self._abort_timer = self.loop.call_later(self.abort_after, self.transport.abort)


def _release_all() -> None:
    holding = _holding.copy()
    _holding.clear()
    for protocol in holding:
        protocol.release()


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
