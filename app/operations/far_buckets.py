"""Token buckets in Redis, for several processes together (app.limits.Far)."""

import asyncio
import hashlib
import logging
import time
from typing import Any, Final

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

AT_MOST: Final = 0.25  # seconds that anybody waits for Redis
PAUSE: Final = 2.0  # seconds for which a Redis that did not answer is not asked
# Redis' own clock: those of the processes need not agree.
TAKE: Final = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local known = redis.call('HMGET', KEYS[1], 'level', 'at')
local since = math.max(0, now - (tonumber(known[2]) or now))
local level = math.min(burst, (tonumber(known[1]) or burst) + since * rate)
local wait = 0
if level < 1 then wait = (1 - level) / rate else level = level - 1 end
redis.call('HSET', KEYS[1], 'level', tostring(level), 'at', tostring(now))
redis.call('PEXPIRE', KEYS[1], math.ceil(burst / rate * 1000) + 1000)
return tostring(wait)
"""
logger = logging.getLogger(__name__)


class FarBuckets:
    """A Redis that is away lets everybody through: the near buckets go on deciding."""

    def __init__(self, url: str, namespace: str) -> None:
        settings: dict[str, Any] = {"socket_timeout": None, "socket_connect_timeout": AT_MOST}
        self._redis = redis.asyncio.Redis.from_url(url, retry=Retry(NoBackoff(), 0), **settings)
        self._take = self._redis.register_script(TAKE)
        self._namespace = namespace
        self._asked_again = 0.0

    async def wait(self, name: str, key: str, rate: float, burst: float) -> float:
        """Take one; 0, or after how many seconds there will be one."""
        if time.monotonic() < self._asked_again:
            return 0.0
        try:
            async with asyncio.timeout(AT_MOST):
                answer = await self._take(keys=[self._key(name, key)], args=[rate, burst])
        except (RedisError, OSError, TimeoutError) as error:
            self._asked_again = time.monotonic() + PAUSE
            logger.warning("limits are counted in this process alone: redis: %s", type(error).__name__)
            return 0.0
        wait = float(answer)
        return max(0.01, round(wait, 2)) if wait else 0.0

    def _key(self, name: str, key: str) -> str:
        """Addresses of people are not for whoever may look into Redis."""
        digest = hashlib.sha256(key.encode()).hexdigest()[:32]
        return f"{self._namespace}:limit:{name}:{digest}"

    async def close(self) -> None:
        await self._redis.aclose()
