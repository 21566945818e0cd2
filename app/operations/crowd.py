"""How many sockets a person and an address hold: counted here, told to the other processes every second.

Nobody waits for Redis when a socket opens: what the others hold is known from their last word. A process
says only who holds more than one, so up to one socket for each other process, and what opens within a second,
may go beyond the limit. When Redis is away the others' last word is forgotten and each process counts alone.
"""

import asyncio
import json
import logging
import secrets
import time
from collections import Counter
from typing import Any, Final

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

EVERY: Final = 1.0
AT_MOST: Final = 1.0  # seconds that Redis may take
FORGOTTEN: Final = 10.0  # seconds after which a process that says nothing is gone
logger = logging.getLogger(__name__)


class Crowd:
    """Counts by key. `others` is what the other processes said."""

    def __init__(self) -> None:
        self._here: Counter[str] = Counter()
        self.others: Counter[str] = Counter()

    def holds(self, key: str) -> int:
        """How many there are of this key, everywhere."""
        return self._here[key] + self.others[key]

    def enter(self, key: str) -> None:
        self._here[key] += 1

    def leave(self, key: str) -> None:
        self._here[key] -= 1
        if not self._here[key]:
            del self._here[key]

    def many(self) -> dict[str, int]:
        """Those that hold more than one."""
        return {key: count for key, count in self._here.items() if count > 1}


class Exchange:
    """Tells the other processes through one hash in Redis, a field for each of them."""

    def __init__(self, crowd: Crowd, url: str, namespace: str) -> None:
        # with a socket_timeout redis-py writes through wait_for, which may swallow a cancellation on 3.11
        settings: dict[str, Any] = {"socket_timeout": None, "socket_connect_timeout": AT_MOST}
        self._redis = redis.asyncio.Redis.from_url(url, retry=Retry(NoBackoff(), 0), **settings)
        self._key = f"{namespace}:crowd"
        self._crowd = crowd
        self._id = secrets.token_hex(8)
        self._said = 0
        self._heard: dict[str, tuple[int, float]] = {}

    async def run(self) -> None:
        """Until cancelled."""
        failing = False
        while True:
            try:
                async with asyncio.timeout(AT_MOST):
                    await self.step()
                failing = False
            except (RedisError, OSError, TimeoutError, ValueError) as error:
                self._crowd.others.clear()
                if not failing:
                    logger.warning(
                        "sockets are counted in this process alone: redis: %s", type(error).__name__
                    )
                failing = True
            await asyncio.sleep(EVERY)

    async def step(self) -> None:
        """Say what is here, hear what is elsewhere."""
        self._said += 1
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hset(self._key, self._id, json.dumps([self._said, self._crowd.many()]))
            pipe.expire(self._key, 60)
            pipe.hgetall(self._key)
            *_, said = await pipe.execute()
        gone = self._hear({field.decode(): json.loads(value) for field, value in said.items()})
        if gone:
            await self._redis.hdel(self._key, *gone)

    async def close(self) -> None:
        """The others need not wait to hear that nobody is here."""
        try:
            async with asyncio.timeout(AT_MOST):
                await self._redis.hdel(self._key, self._id)
        except (RedisError, OSError, TimeoutError):
            logger.debug("nobody hears that this process goes")
        await self._redis.aclose()

    def _hear(self, said: dict[str, tuple[int, dict[str, int]]]) -> list[str]:
        """Take over what was said lately; answers who said nothing new for long."""
        now, others, gone = time.monotonic(), Counter[str](), []
        for process, (serial, counts) in said.items():
            if process == self._id:
                continue
            known, since = self._heard.get(process, (-1, now))
            self._heard[process] = (serial, now if serial != known else since)
            if now - self._heard[process][1] > FORGOTTEN:
                gone.append(process)
            else:
                others.update(counts)
        self._heard = {process: self._heard[process] for process in self._heard if process in said}
        self._crowd.others = others
        return gone
