"""What processes tell each other. Everything here may be lost, repeated or late: the log is the truth."""

import asyncio
import contextlib
import logging
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack
from typing import Protocol

from broadcaster import Broadcast, BroadcastBackend, Event

from app.entries import Head
from realtime.redis_backend import RESYNC, RedisBackend

logger = logging.getLogger(__name__)

CONTROL, HINTS, READ, EPHEMERAL = "control", "hints", "read", "ephemeral"
# Seconds in which what is said shares a message, where nobody but this process hears it. Where others do,
# there is no time to lose: chat messages, which are most of it, have gathered before they were stored.
UNHEARD = 0.01
CHANNELS = (CONTROL, HINTS, READ, EPHEMERAL)

Listener = Callable[[str], None]


class Messages(Protocol):
    """What `Broadcast.subscribe` gives."""

    async def get(self) -> Event: ...


class Bus:
    """One subscriber per process on few fixed channels, and a publisher that never holds anybody up.

    A message is the sender's id and then a line for each thing it says; what is said while a message
    is on its way goes into the next one together. A process does not hear itself.
    """

    def __init__(self, url: str | None, *, namespace: str = "orderline", timeout: float = 2.0) -> None:
        self.id = uuid.uuid4().hex
        self._namespace = namespace
        self._timeout = timeout
        self._redis: RedisBackend | None = None if url is None else RedisBackend(url, own=self.id)
        self._hints: dict[int, Head] = {}
        self._lines: dict[str, deque[str]] = {channel: deque(maxlen=1000) for channel in CHANNELS}
        self._something = asyncio.Event()
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._failing = False
        self._hears = False
        self._stack = AsyncExitStack()

    @property
    def up(self) -> bool:
        """Whether others can be heard; one process alone has nobody to hear."""
        return self._redis is None or self._redis.up

    @property
    def heard(self) -> bool:
        """Whether another process heard the newest message."""
        return self._redis is not None and self._redis.audience > self._hears

    async def start(
        self, listeners: Mapping[str, Listener] | None = None, resync: Callable[[], None] = lambda: None
    ) -> None:
        """`listeners`: what to do with a line of each channel. Without any, only publishes."""
        self._broadcast = await self._stack.enter_async_context(_broadcast(self._redis))
        self._tasks = [asyncio.create_task(self._publish())]
        self._hears = bool(listeners)
        for channel, listener in (listeners or {}).items():
            subscriber = self._broadcast.subscribe(self._name(channel))
            messages = await self._stack.enter_async_context(subscriber)
            self._tasks.append(asyncio.create_task(self._hear(messages, listener, resync)))

    async def stop(self) -> None:
        """After what waits was sent, if that can be done in time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._timeout):
                await self._quiet.wait()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._stack.aclose()

    def announce(self, heads: Mapping[int, Head]) -> None:
        """These orders have got entries. Only the newest head of each matters."""
        if self._redis is not None:
            self._hints.update(heads)
            self._wake()

    def tell(self, channel: str, line: str) -> None:
        """Say one line, soon; it must not contain a line break."""
        if self._redis is not None:
            self._lines[channel].append(line)
            self._wake()

    def _wake(self) -> None:
        self._quiet.clear()
        self._something.set()

    def _name(self, channel: str) -> str:
        return f"{self._namespace}:{channel}"

    async def _publish(self) -> None:
        while True:
            await self._something.wait()
            self._something.clear()
            for channel, lines in self._take():
                await self._send(channel, lines)
            if not self._something.is_set():
                self._quiet.set()
            await asyncio.sleep(0 if self.heard else UNHEARD)

    def _take(self) -> Iterator[tuple[str, Iterable[str]]]:
        """What waits; access that ended goes first."""
        for channel in CHANNELS:
            if channel == HINTS and self._hints:
                hints, self._hints = self._hints, {}
                yield channel, [f"{order}:{head.team}:{head.customer}" for order, head in hints.items()]
            elif lines := self._lines[channel]:
                self._lines[channel] = deque(maxlen=1000)
                yield channel, lines

    async def _send(self, channel: str, lines: Iterable[str]) -> None:
        try:
            async with asyncio.timeout(self._timeout):
                await self._broadcast.publish(self._name(channel), "\n".join((self.id, *lines)))
            self._failing = False
        except Exception as error:
            # Pollers repair what is lost here; one line a fault is enough.
            if not self._failing:
                logger.warning("bus: cannot publish: %r", error)
            self._failing = True

    async def _hear(self, messages: Messages, listener: Listener, resync: Callable[[], None]) -> None:
        while True:
            message = (await messages.get()).message
            if message == RESYNC:
                resync()
                continue
            _, *lines = message.split("\n")
            for line in lines:
                _hand_over(line, listener)


def hint(line: str) -> tuple[int, Head]:
    """What a line of the hints says. Raises ValueError."""
    order, team, customer = line.split(":")
    return int(order), Head(int(team), int(customer))


def _broadcast(backend: BroadcastBackend | None) -> Broadcast:
    # One process has nobody to tell; all else is the same.
    return Broadcast("memory://") if backend is None else Broadcast(backend=backend)


def _hand_over(line: str, listener: Listener) -> None:
    try:
        listener(line)
    except Exception as error:
        # Whatever else speaks on that channel must not make this process deaf.
        logger.warning("bus: cannot use %.200r: %r", line, error)
