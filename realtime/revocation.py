"""Access that ended: sockets are told and closed, whether or not anybody said so."""

import asyncio
import logging
from collections.abc import Callable, Collection

from realtime.bus import CONTROL, Bus
from realtime.codes import FORBIDDEN, SIGNED_OUT
from realtime.connection import Connection
from realtime.hub import Hub

logger = logging.getLogger(__name__)

# Longer than a handshake takes: who was being identified while access ended is looked at again.
RECENT = 30.0


class Revocation:
    """`revoke` closes at once, here and through the bus; `step` looks up all tickets, for what got lost."""

    def __init__(self, hub: Hub, bus: Bus, doubt: Callable[[], None]) -> None:
        self._hub = hub
        self._bus = bus
        self._doubt = doubt
        self._recent: dict[tuple[str, str], float] = {}

    def revoke(self, kind: str, name: str, code: int = SIGNED_OUT) -> None:
        """`kind` is ticket or person."""
        self._close(kind, name, code)
        self._bus.tell(CONTROL, f"{kind} {code} {name}")

    def hear(self, line: str) -> None:
        """A line of the control channel."""
        kind, code, name = line.split(" ", 2)
        self._close(kind, name, int(code))

    def joined(self, connection: Connection) -> None:
        """A new connection: its access may have ended while it was identified."""
        reader = connection.reader
        if ("ticket", reader.ticket) in self._recent or ("person", reader.key) in self._recent:
            self._doubt()

    async def step(self) -> None:
        """Close whoever's session or token does not hold any more."""
        now = asyncio.get_running_loop().time()
        self._recent = {key: until for key, until in self._recent.items() if until > now}
        tickets = {connection.reader.ticket for connection in self._hub.connections}
        if not tickets:
            return
        ended = tickets - await self._hub.source.alive(tickets)
        barred = await self._hub.source.barred(ended) if ended else set()
        for connection in [c for c in self._hub.connections if c.reader.ticket in ended]:
            connection.close(FORBIDDEN if connection.reader.ticket in barred else SIGNED_OUT)

    def _close(self, kind: str, name: str, code: int) -> None:
        self._recent[kind, name] = asyncio.get_running_loop().time() + RECENT
        self._close_all([c for c in self._hub.connections if _name(c, kind) == name], code)

    def _close_all(self, connections: Collection[Connection], code: int) -> None:
        for connection in connections:
            connection.close(code)


def _name(connection: Connection, kind: str) -> str:
    return connection.reader.ticket if kind == "ticket" else connection.reader.key
