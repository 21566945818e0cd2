"""Reads on for all streams of a process that are behind: one query for many, however many hints came."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence

from app.entries import Entry
from realtime.ports import Source
from realtime.stream import PAGE, SOURCE_TIMEOUT, Stream

logger = logging.getLogger(__name__)

MOST = 200  # streams in one query
FIRST_DELAY, LAST_DELAY = 0.05, 1.0


class Advance:
    """While one query is on its way, what else is wanted gathers for the next."""

    def __init__(self, source: Source) -> None:
        self._source = source
        # While nobody could say that somebody's access ended, nothing goes out that is newer than what was
        # wanted when access was last looked at.
        self.cautious: Callable[[], bool] = lambda: False
        self._wanted: dict[Stream, None] = {}
        self._reading: asyncio.Task[None] | None = None

    def want(self, stream: Stream) -> None:
        """The stream is behind."""
        self._wanted[stream] = None
        if self._reading is None:
            self._reading = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])

    async def _run(self) -> None:
        delay = FIRST_DELAY
        try:
            while streams := self._take():
                if await self._read(streams):
                    delay = FIRST_DELAY
                else:
                    await asyncio.sleep(delay)
                    delay = min(delay * 2, LAST_DELAY)
                self._wanted.update(dict.fromkeys(stream for stream in streams if stream.is_behind))
        finally:
            self._reading = None

    def _take(self) -> list[Stream]:
        streams = [stream for stream in self._wanted if stream.is_behind]
        self._wanted = dict.fromkeys(streams[MOST:])
        return streams[:MOST]

    async def _read(self, streams: Sequence[Stream]) -> bool:
        """Whether the log could be read. Both sides of an order share a page, where that holds something
        for both."""
        positions: dict[int, int] = {}
        for stream in streams:
            positions[stream.order] = min(stream.head, positions.get(stream.order, stream.head))
        cautious = self.cautious()
        try:
            async with asyncio.timeout(SOURCE_TIMEOUT):
                found = await self._source.tail(positions, PAGE)
                for stream in streams:
                    entries = found.get(stream.order, ())
                    if not _offer(entries, stream, cautious):
                        await self._look_beyond(entries, stream, cautious)
                for stream in self._late(positions):
                    _offer(found.get(stream.order, ()), stream, cautious)
        except Exception as error:
            logger.warning("the tails of %d orders: %r", len(positions), error)
            return False
        return True

    def _late(self, positions: Mapping[int, int]) -> list[Stream]:
        """Who began to want what was on its way already: mostly the other side of the same order."""
        return [
            stream for stream in self._wanted if positions.get(stream.order, stream.head + 1) <= stream.head
        ]

    async def _look_beyond(self, entries: Sequence[Entry], stream: Stream, cautious: bool) -> None:
        if len(entries) >= PAGE:  # all of it the other side's: what this one may see lies behind it
            entries = await self._source.entries(stream.order, stream.head, PAGE, stream.side)
            if _offer(entries, stream, cautious):
                return
        stream.forget()


def _offer(entries: Sequence[Entry], stream: Stream, cautious: bool) -> bool:
    """Whether the stream went on."""
    before, most = stream.head, stream.wanted
    for entry in entries:
        if not cautious or entry.seq <= most:
            stream.offer(entry)
    return stream.head > before
