"""How much one person or address may do: token buckets, in the memory of this process."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field

from app.errors import Problem

MOST_KEYS = 20_000


@dataclass(slots=True)
class Buckets:
    """`burst` at once, then `rate` a second, for each key; the keys not seen for longest are forgotten."""

    rate: float
    burst: float
    _filled: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, key: str) -> None:
        """Raises 429 with `retry_after` when the bucket is empty."""
        now = time.monotonic()
        level, since = self._filled.pop(key, (self.burst, now))
        level = min(self.burst, level + (now - since) * self.rate)
        if level < 1:
            self._filled[key] = (level, now)
            wait = max(0.01, round((1 - level) / self.rate, 2))
            raise Problem("rate_limited", "That was a lot at once. Please wait a moment.", retry_after=wait)
        self._filled[key] = (level - 1, now)
        if len(self._filled) > MOST_KEYS:
            self._filled.popitem(last=False)


@dataclass(slots=True)
class Limits:
    """One bucket for each thing that can be flooded."""

    writing: Buckets = field(default_factory=lambda: Buckets(rate=20, burst=200))
    placing: Buckets = field(default_factory=lambda: Buckets(rate=1, burst=60))
    signing_in: Buckets = field(default_factory=lambda: Buckets(rate=1 / 30, burst=10))
    asking_for_links: Buckets = field(default_factory=lambda: Buckets(rate=1 / 60, burst=6))
