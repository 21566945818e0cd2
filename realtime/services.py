"""The parts of the live service, put together."""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence

from app.entries import Entry, Head
from realtime.bus import CONTROL, EPHEMERAL, HINTS, READ, Bus, hint
from realtime.connection import Connection
from realtime.desk import Desk
from realtime.hub import Hub
from realtime.incoming import Resume
from realtime.pace import Pace
from realtime.poller import Poller
from realtime.ports import Source
from realtime.presence import Presence
from realtime.revocation import Revocation
from realtime.ticker import Ticker

logger = logging.getLogger(__name__)

# Without the bus each commit asks for a look at the database: so many seconds of them share one.
GATHER = 0.05


class Services:
    """What runs beside the sockets of one process."""

    def __init__(self, source: Source, bus: Bus, pace: Pace) -> None:
        self.pace = pace
        self.bus = bus
        self.hub = Hub(source)
        self.hub.advance.cautious = lambda: not bus.up
        self.presence = Presence(self.hub, bus, pace)
        self._present = Ticker(
            "presence",
            self.presence.step,
            lambda: pace.presence_refresh,
            lambda: pace.presence_settle,
        )
        self._access = Ticker("revocation", self._revalidate, lambda: pace.revalidate)
        self.revocation = Revocation(self.hub, bus, self._access.kick)
        self._gather = Ticker("desk", self._desk_step, settle=self._desk_rest)
        self._greet = Ticker("greetings", self._desk_greet)
        self.desk = Desk(self.hub, self._gather.kick, self._greet.kick)
        self._poller = Poller(self.hub, bus, self.desk, self.revocation, pace)
        self._poll = Ticker("poller", self._poller.step, self._poller.pause, lambda: GATHER)
        self._heads = Ticker("heads", self._poller.say_heads, self._poller.heads_pause)
        self._slow = Ticker(
            "slow readers", self._expel, lambda: min(1.0, pace.patience / 2, pace.command / 2)
        )
        self._hints: dict[int, Head] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        self.hub.epoch = await self.hub.source.epoch()
        listeners = {
            HINTS: self._hear_hint,
            READ: self._hear_read,
            CONTROL: self.revocation.hear,
            EPHEMERAL: self.presence.hear,
        }
        await self.bus.start(listeners, self._resync)
        tickers = (
            self._present,
            self._access,
            self._gather,
            self._greet,
            self._poll,
            self._heads,
            self._slow,
        )
        self._tasks = [asyncio.create_task(ticker.run()) for ticker in tickers]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.hub.advance.stop()
        self.presence.gone()
        await self.bus.stop()

    def join(self, connection: Connection) -> None:
        """A socket was accepted."""
        self.hub.connections.add(connection)
        self.revocation.joined(connection)

    def leave(self, connection: Connection) -> None:
        """A socket ended."""
        orders = connection.cursors.keys()
        self.hub.leave(connection)
        self._moved(orders)

    async def resume(self, connection: Connection, wish: Resume) -> None:
        """A client said what it wants to follow."""
        before = set(connection.cursors)
        await self.hub.resume(connection, wish.positions, wish.epoch)
        connection.inbox = wish.inbox
        connection.language = wish.language
        # Its page may be another one now: whom it showed at an order it must be told again.
        connection.present = {order: "" for order in connection.cursors if order in before}
        self._moved(before | connection.cursors.keys())
        if wish.inbox:
            self.desk.arrived(connection)

    def committed(self, heads: Mapping[int, Head], entries: Sequence[Entry] = ()) -> None:
        """These orders have got entries, here (then they are given) or elsewhere."""
        if self.bus.up:
            self.hub.offer(entries)
            for order, head in heads.items() if not entries else ():
                self.hub.hint(order, head)
            self.desk.touch(heads)
        else:
            # Access may have ended elsewhere and nobody could say so: the poller asks before it delivers.
            self._poll.kick()
        if self.presence.moved(heads):
            self._present.kick()

    def _moved(self, orders: Iterable[int]) -> None:
        if self.presence.touch(orders):
            self._present.kick()

    def _hear_hint(self, line: str) -> None:
        """One of the lines that came together: they are looked at together, too."""
        order, head = hint(line)
        if not self._hints:
            asyncio.get_running_loop().call_soon(self._heed)
        self._hints[order] = head.beyond(self._hints.get(order))

    def _heed(self) -> None:
        heads, self._hints = self._hints, {}
        self.committed(heads)

    def _hear_read(self, line: str) -> None:
        order, person = line.split(" ", 1)
        self.desk.read(person, int(order))

    def _resync(self) -> None:
        """The bus is back: what it lost meanwhile is in the database."""
        self._poll.kick()
        self._access.kick()

    async def _revalidate(self) -> None:
        await self.revocation.step()

    async def _desk_step(self) -> None:
        await self.desk.step()

    def _desk_rest(self) -> float:
        return self.desk.rest(self.pace.coalesce)

    async def _desk_greet(self) -> None:
        await self.desk.greet()

    async def _expel(self) -> None:
        self.hub.expel_slow(self.pace.patience, self.pace.command)
