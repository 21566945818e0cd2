"""Repairs what the bus lost, and notices what no bus can tell."""

import asyncio
import logging
from collections.abc import Mapping

from app.entries import Head
from realtime.bus import Bus
from realtime.desk import Desk
from realtime.hub import Hub
from realtime.pace import Pace
from realtime.revocation import Revocation

logger = logging.getLogger(__name__)

# What `changed` is asked for goes this far behind the last time that it answered.
OVERLAP = 5.0
SLICES = 15


class Poller:
    """Re-reads heads of what is held and of what changed lately."""

    def __init__(self, hub: Hub, bus: Bus, desk: Desk, revocation: Revocation, pace: Pace) -> None:
        self._hub = hub
        self._bus = bus
        self._desk = desk
        self._revocation = revocation
        self._pace = pace
        self._answered: float | None = None
        self._checked = 0.0
        self._slice = 0

    def pause(self) -> float:
        return self._pace.poll if self._bus.up else self._pace.poll_alone

    async def step(self) -> None:
        """One look at the database."""
        known = self._hub.held()
        heads = await self._hub.source.heads(known.keys()) if known else {}
        if await self._went_back(known, heads):
            await self._renew()
            return
        changed = await self._changed()
        await self._access()
        for order, head in heads.items():
            self._hub.hint(order, head)
        self._desk.touch(changed)

    def heads_pause(self) -> float:
        return self._pace.heads / SLICES

    async def say_heads(self) -> None:
        """Tell every client where its orders stand: the last net. A part of them each time, since all at
        once would keep the chats waiting."""
        self._slice = (self._slice + 1) % SLICES
        for connection in tuple(self._hub.connections):
            if connection.resumed and connection.serial % SLICES == self._slice:
                connection.say(self._hub.heads_frame(connection), "heads")

    async def _went_back(self, known: Mapping[int, Head], heads: Mapping[int, Head]) -> bool:
        behind = _behind(known, heads)
        # Looked at twice: an order may have gone on, or have been let go, between the two readings.
        return bool(behind) and bool(_behind(behind, await self._hub.source.heads(behind)))

    async def _renew(self) -> None:
        logger.warning("the log went back: this is another database than it was")
        await self._hub.source.renew_epoch(self._hub.epoch)
        await self._hub.check_epoch()

    async def _changed(self) -> Mapping[int, Head]:
        if not any(connection.inbox for connection in self._hub.connections):
            self._answered = None
            return {}
        now = asyncio.get_running_loop().time()
        since = OVERLAP if self._answered is None else now - self._answered + OVERLAP
        changed = await self._hub.source.changed(since)
        self._answered = now
        return changed

    async def _access(self) -> None:
        """Without the bus nobody says that access ended: look after the heads were read and before anything
        of them is delivered, so that what was committed later than that goes to nobody who lost it."""
        now = asyncio.get_running_loop().time()
        if not self._bus.up:
            await self._revocation.step()
        if now - self._checked >= self._pace.same_epoch:
            self._checked = now
            await self._hub.check_epoch()


def _behind(known: Mapping[int, Head], heads: Mapping[int, Head]) -> dict[int, Head]:
    none = Head(0, 0)
    now = {order: heads.get(order, none) for order in known}
    return {o: h for o, h in known.items() if now[o].team < h.team or now[o].customer < h.customer}
