"""Below ASGI: frames straight to and from the connection, for what a chat does a thousand times a second.

The handshake, the close and the end go through ASGI as ever; only text frames take the short way. A frame
that goes to many is encoded once, to the byte.
"""

from collections.abc import Callable
from typing import Any, Protocol

from websockets.frames import Frame, Opcode

EXTENSION = "orderline.wire"


class Wire(Protocol):
    """What `realtime.server.LiveProtocol` offers in the scope's extensions."""

    def listen(self, take: Callable[[str], None]) -> None:
        """From now on text frames go to `take`, in the order received."""

    def write(self, data: bytes) -> bool:
        """Send whole frames; False when the peer does not take them now, or has gone."""

    def write_soon(self, data: bytes) -> bool:
        """The same, together with what is written next if that comes at once: each send is a system call."""

    async def drained(self) -> None:
        """Until `write` may work again. Raises ConnectionError when it never will."""

    def pause(self) -> None:
        """Read no more, so that TCP makes the peer wait."""

    def resume(self) -> None:
        """Read on."""


def wire_of(scope: Any) -> Wire:
    """The connection behind a socket's scope. Raises RuntimeError under a server that is not ours."""
    found: Wire | None = scope.get("extensions", {}).get(EXTENSION)
    if found is None:
        raise RuntimeError("/live needs the server of realtime.server: `orderline serve`")
    return found


def encoded(text: bytes) -> bytes:
    """A text frame as a server sends it; `text` is UTF-8."""
    return Frame(Opcode.TEXT, text).serialize(mask=False)
