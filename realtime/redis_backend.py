"""A broadcaster backend that survives its Redis.

broadcaster's own one goes deaf for good when Redis restarts, and with redis-py 8 may never hear its first
channel. This one has its own loop: connect, subscribe to everything, read; on any fault again. Every
confirmed subscription arrives as the message RESYNC: what was published before may be lost, read the log.
"""

import asyncio
import logging
import math
import random
from typing import Any

from broadcaster import BroadcastBackend, Event
from redis.asyncio.connection import Connection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

RESYNC = "\x00resync"
CONNECT_TIMEOUT = 2.0
_FIRST_DELAY, _LAST_DELAY = 0.05, 1.0


class RedisBackend(BroadcastBackend):
    """`subscribe` and `unsubscribe` neither wait nor raise: the race in `Broadcast.subscribe` needs that.

    What begins with `own` was published here; it is not heard.
    """

    def __init__(self, url: str, *, own: str, ping_every: float = 3.0, dead_after: float = 8.0) -> None:
        settings: dict[str, Any] = dict(parse_url(url))
        self._class: type[Any] = settings.pop("connection_class", Connection)
        # With a socket_timeout redis-py writes through wait_for, which may swallow a cancellation
        # on Python 3.11.
        # Of the newer protocol redis-py makes a text of each push, for a log that nobody reads.
        self._settings = {**settings, "socket_timeout": None, "protocol": 2}
        self._own = own.encode()
        self._ping_every = ping_every
        self._dead_after = dead_after
        self._channels: set[str] = set()
        self._received: asyncio.Queue[Event] = asyncio.Queue()
        self._commands: asyncio.Queue[tuple[str, ...]] = asyncio.Queue()
        self._listening: asyncio.Task[None] | None = None
        self._publisher: Any = None
        self._publishing = asyncio.Lock()
        self.up = False
        self.audience = 0  # how many subscribers the newest message reached, this one among them

    async def connect(self) -> None:
        """Nothing yet: who only publishes needs no subscription."""

    async def disconnect(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        await self._drop_publisher()

    async def subscribe(self, group: str) -> None:
        self._channels.add(group)
        self._commands.put_nowait(("SUBSCRIBE", group))
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen())

    async def unsubscribe(self, group: str) -> None:
        self._channels.discard(group)
        self._commands.put_nowait(("UNSUBSCRIBE", group))

    async def publish(self, channel: str, message: Any) -> None:
        """On one connection under a lock: what is published keeps its order. Raises what goes wrong."""
        async with self._publishing:
            fresh = self._publisher is None
            try:
                await self._publish(channel, message)
            except (OSError, RedisError):
                if fresh:
                    raise
                # The kept connection was from before a restart.
                await self._publish(channel, message)

    async def next_published(self) -> Event:
        return await self._received.get()

    async def _connect(self) -> Any:
        # Retries hide a lost link, and with it lost messages; ours is the loop below.
        connection = self._class(retry=Retry(NoBackoff(), 0), **self._settings)
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                await connection.connect()
        except BaseException:
            await connection.disconnect(nowait=True)
            raise
        return connection

    async def _publish(self, channel: str, message: str) -> None:
        try:
            if self._publisher is None:
                self._publisher = await self._connect()
            await self._publisher.send_command("PUBLISH", channel, message, check_health=False)
            self.audience = int(await self._publisher.read_response())
        except BaseException:
            await self._drop_publisher()
            raise

    async def _drop_publisher(self) -> None:
        connection, self._publisher = self._publisher, None
        self.audience = 0
        if connection is not None:
            await connection.disconnect(nowait=True)

    async def _listen(self) -> None:
        delay = _FIRST_DELAY
        while True:
            try:
                await self._session()
            except Exception as error:
                if self.up:
                    logger.warning("redis is gone: %r", error)
                    delay = _FIRST_DELAY
            self.up = False
            await asyncio.sleep(delay * random.uniform(0.5, 1.5))  # noqa: S311
            delay = min(delay * 2, _LAST_DELAY)

    async def _session(self) -> None:
        """One connection's life; ends with the error that ended it."""
        connection = await self._connect()
        try:
            self._commands = asyncio.Queue()
            self._commands.put_nowait(("SUBSCRIBE", *self._channels))
            async with asyncio.TaskGroup() as group:
                group.create_task(self._send(connection))
                group.create_task(self._read(connection))
        finally:
            await connection.disconnect(nowait=True)

    async def _send(self, connection: Any) -> None:
        while True:
            try:
                async with asyncio.timeout(self._ping_every):
                    command = await self._commands.get()
            except TimeoutError:
                command = ("PING",)
            await connection.send_command(*command, check_health=False)

    async def _read(self, connection: Any) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._dead_after) as patience:
                while True:
                    reply = await connection.read_response(timeout=math.inf, disconnect_on_error=False)
                    patience.reschedule(loop.time() + self._dead_after)
                    if isinstance(reply, list):
                        self._take(reply)
        except TimeoutError:
            raise ConnectionError("no answer to PING") from None

    def _take(self, push: list[Any]) -> None:
        kind, channel = push[0], push[1].decode("utf-8", "replace")
        if kind == b"message":
            if not push[2].startswith(self._own):
                self._received.put_nowait(Event(channel, push[2].decode("utf-8", "replace")))
        elif kind == b"subscribe" and channel in self._channels:
            self.up = True
            self._received.put_nowait(Event(channel, RESYNC))
