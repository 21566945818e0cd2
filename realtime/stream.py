"""One order as one side may see it: its newest entries, and who follows them."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from app.entries import Entry, Side
from realtime.frames import Event
from realtime.ports import Source

logger = logging.getLogger(__name__)

RING = 32
# Of so many newest entries the frames are kept: with all of a ring's, no cache would hold them.
FRESH = 4
PAGE = 100
# One hung query must not silence all other orders of a connection.
SOURCE_TIMEOUT = 10.0


class Follower(Protocol):
    """Who wants to know that a stream went on."""

    def stale(self, order: int, unhurried: bool = False) -> None: ...

    def anew(self, order: int) -> None: ...


class Vanished(Exception):
    """The log does not reach from where somebody stands to where it once was."""


class SourceFailed(Exception):
    """The application could not answer now."""

    def __init__(self, rendering: bool) -> None:
        super().__init__(rendering)
        self.rendering = rendering


class Stream:
    """A ring of the newest entries. Hints only raise `want`; the log itself moves `head`.

    Followers read from any position: what the ring no longer holds comes from the database, so that
    catching up and being live are one path.
    """

    def __init__(self, source: Source, order: int, side: Side, advance: Callable[["Stream"], None]) -> None:
        """`advance` is told when this stream has to be read on."""
        self.order = order
        self.side = side
        self.number = source.number(order)
        self.head = -1
        self.followers: set[Follower] = set()
        self.pins = 0
        self._source = source
        self._advance = advance
        self._want = 0
        self._floor = 0
        self._edits = 0
        self._ring: deque[Event] = deque()
        self._rendering = asyncio.Lock()

    @property
    def behind(self) -> int:
        """How many entries are said to exist beyond what was read."""
        return max(0, self._want - self.head) if self.head >= 0 else 0

    @property
    def wanted(self) -> int:
        """How far the log is said to reach."""
        return self._want

    @property
    def is_behind(self) -> bool:
        """Whether somebody waits for entries that were not read yet."""
        return self._want > self.head >= 0 and bool(self.followers)

    def start(self, head: int, position: int) -> None:
        """The head is known. Begin where the first follower stands: all who come back share its read."""
        if self.head < 0:
            self.head = self._floor = position if head - position <= RING else head
        self.hint(head)

    def hint(self, seq: int) -> None:
        """Somebody says that the log reaches to `seq`: maybe late, repeated or wrong."""
        self._want = max(self._want, seq)
        if self.is_behind:
            self._advance(self)

    def forget(self) -> None:
        """The log does not reach beyond the head: what was said of it is wrong, the poller knows better."""
        self._want = self.head

    def borrow(self, other: "Stream") -> None:
        """Take over what the order's stream for the other side holds already."""
        for event in tuple(other._ring):
            self.offer(event.entry, event)

    def offer(self, entry: Entry, twin: Event | None = None, unhurried: bool = False) -> Event | None:
        """A committed entry; if it follows the head, how this side sees it. Else it only hints at a gap.

        `twin` is how the other side sees it.
        """
        if entry.seq <= self.head or not entry.visible_to(self.side):
            return None
        if entry.prev(self.side) > self.head:
            self.hint(entry.seq)
            return None
        event = Event(entry, self.number, self.side, twin)
        self._append(event)
        for follower in tuple(self.followers):
            follower.stale(self.order, unhurried)
        return event

    def ready(self, position: int, language: str | None) -> Sequence[Event] | None:
        """The events after `position` that can be sent at once; None when something must be read first."""
        if position < self._floor:
            return None
        events = self._recent(position)
        if language is not None:
            for event in events:
                if not event.has(language) and not self._render_now(event, language):
                    return None
        return events

    async def after(self, position: int, language: str | None) -> Sequence[tuple[int, bytes]]:
        """A page of what comes after `position`: each `seq` with its frame in `language`."""
        edits = -1
        while edits != self._edits:  # what was corrected or erased meanwhile is taken anew
            edits = self._edits
            events = self._recent(position) if position >= self._floor else await self._older(position)
            if language is not None:
                # While some are rendered, others may be released.
                while missing := [event for event in events if not event.has(language)]:
                    await self._render(missing, language)
        return [(event.seq, event.wire(language)) for event in events]

    def _append(self, event: Event) -> None:
        if event.entry.kind == "edit":
            self._edits += 1
            self._forget_all() if event.entry.erases else self._renew(event.entry)
        if len(self._ring) == RING:
            self._floor = self._ring.popleft().seq
        self._ring.append(event)
        if len(self._ring) > FRESH:
            self._ring[-1 - FRESH].release()
        self.head = event.seq
        self._want = max(self._want, self.head)

    def _renew(self, edit: Entry) -> None:
        """From now on nobody is given the words that were corrected or withdrawn."""
        for place, event in enumerate(self._ring):
            if event.entry.about == edit.about:
                self._ring[place] = Event(event.entry.with_words_of(edit), self.number, self.side)

    def _forget_all(self) -> None:
        """What is held of the entries before is older than the log now, and so is what followers show."""
        self._ring.clear()
        self._floor = self.head
        for follower in tuple(self.followers):
            asyncio.get_running_loop().call_soon(follower.anew, self.order)

    def _recent(self, position: int) -> list[Event]:
        events = []
        for event in reversed(self._ring):
            if event.seq <= position:
                break
            events.append(event)
        events.reverse()
        return events

    async def _older(self, position: int) -> list[Event]:
        try:
            entries = await self._read(position)
        except Exception as error:
            raise SourceFailed(rendering=False) from error
        if not entries:
            raise Vanished
        # The source filters already; what a customer must not see is worth a second look.
        # What lies beyond the head was not announced yet: whether everybody may still see it, who knows.
        seen = [entry for entry in entries if entry.visible_to(self.side) and entry.seq <= self.head]
        return [Event(entry, self.number, self.side) for entry in seen]

    def _render_now(self, event: Event, language: str) -> bool:
        try:
            content = self._source.content_now(event.entry, self.side, language)
        except Exception:
            # The long way tries again, and gives up on this one entry alone.
            logger.exception("entry %s of order %s", event.seq, self.order)
            return False
        if content is not None:
            event.render(language, content)
        return content is not None

    async def _render(self, events: Sequence[Event], language: str) -> None:
        async with self._rendering:
            missing = [event for event in events if not event.has(language)]
            try:
                contents = await self._contents(missing, language)
            except Exception as error:
                raise SourceFailed(rendering=True) from error
            for event, content in zip(missing, contents, strict=True):
                event.render(language, content)

    async def _contents(self, events: Sequence[Event], language: str) -> Sequence[str]:
        if not events:
            return ()
        entries = [event.entry for event in events]
        async with asyncio.timeout(SOURCE_TIMEOUT):
            return await self._source.contents(self.order, entries, self.side, language)

    async def _read(self, position: int) -> Sequence[Entry]:
        async with asyncio.timeout(SOURCE_TIMEOUT):
            return await self._source.entries(self.order, position, PAGE, self.side)


class Cursor:
    """How far a connection got in a stream."""

    __slots__ = ("failures", "position", "stream")

    def __init__(self, stream: Stream, position: int) -> None:
        self.stream = stream
        self.position = position
        self.failures = 0
