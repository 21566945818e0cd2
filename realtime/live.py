"""The live service, as the composition root uses it."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from starlette.websockets import WebSocket

from app.entries import Entry, Head
from realtime.bus import CONTROL, READ, Bus
from realtime.codes import SIGNED_OUT
from realtime.pace import Pace
from realtime.ports import Source
from realtime.services import Services
from realtime.socket import endpoint

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Figures:
    """How this process's sockets are: `behind` counts entries that are known of and not read yet."""

    sockets: int
    streams: int
    behind: int
    bus_up: bool


class Announcer:
    """For a process without sockets: what it commits is announced to those that have them."""

    def __init__(
        self, bus_url: str | None, *, namespace: str = "orderline", pace: Pace | None = None
    ) -> None:
        self._pace = pace or Pace()
        self._bus = Bus(bus_url, namespace=namespace, timeout=self._pace.publish)

    async def __aenter__(self) -> Self:
        await self._start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    def committed(self, heads: Mapping[int, Head], entries: Sequence[Entry] = ()) -> None:
        """Right after a commit: these orders have got entries. Neither waits nor raises."""
        self._bus.announce(heads)

    def read(self, person: str, order: int) -> None:
        """Somebody's read position changed."""
        self._bus.tell(READ, f"{order} {person}")

    def revoked(
        self, *, ticket: str | None = None, person: str | None = None, code: int = SIGNED_OUT
    ) -> None:
        """A session or token ended, or all of a person's; 4403 when they are no longer allowed at all."""
        for kind, name in (("ticket", ticket), ("person", person)):
            if name is not None:
                self._revoke(kind, name, code)

    def _revoke(self, kind: str, name: str, code: int) -> None:
        self._bus.tell(CONTROL, f"{kind} {code} {name}")

    async def _start(self) -> None:
        await self._bus.start()

    async def _stop(self) -> None:
        await self._bus.stop()


class Live(Announcer):
    """For a process with sockets: it serves its own ones at once, and hears the others."""

    def __init__(
        self,
        source: Source,
        bus_url: str | None = None,
        *,
        namespace: str = "orderline",
        pace: Pace | None = None,
    ) -> None:
        super().__init__(bus_url, namespace=namespace, pace=pace)
        self._services = Services(source, self._bus, self._pace)

    @property
    def bus_up(self) -> bool:
        """Whether other processes can be heard."""
        return self._bus.up

    @property
    def heard(self) -> bool:
        """Whether another process hears this one."""
        return self._bus.heard

    def figures(self) -> Figures:
        """For whoever watches over this process."""
        hub = self._services.hub
        return Figures(len(hub.connections), *hub.lag(), self.bus_up)

    async def endpoint(self, websocket: WebSocket) -> None:
        """The route `/live`."""
        await endpoint(websocket, self._services)

    def committed(self, heads: Mapping[int, Head], entries: Sequence[Entry] = ()) -> None:
        """Right after a commit. With `entries` (oldest first) nobody need read them again."""
        try:
            self._services.committed(heads, entries)
        except Exception:
            # What is committed is acknowledged; the poller delivers what could not be told now.
            logger.exception("committed")
        super().committed(heads)

    def read(self, person: str, order: int) -> None:
        self._services.desk.read(person, order)
        super().read(person, order)

    def _revoke(self, kind: str, name: str, code: int) -> None:
        self._services.revocation.revoke(kind, name, code)

    async def _start(self) -> None:
        await self._services.start()

    async def _stop(self) -> None:
        await self._services.stop()
