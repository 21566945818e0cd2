"""How much one person or address may do: token buckets.

Where there is Redis, what comes rarely is counted there, for all processes: signing in, asking for links,
placing orders, opening sockets. This process's own bucket is asked first, so that a flood costs Redis
nothing; when Redis is away it decides alone: nobody is refused because Redis is away.

Writing is counted in each process alone: a message must not wait for Redis, and a person who spreads over N
processes gets N times as far, which harms nobody at these rates. Members are limited for each order,
customers also for all their orders together: the team is trusted with programs that write a lot.

What costs more than a message (files, counter-offers, copies) is counted by the person in the order, not by
the browser: a mailed link opens an order in as many browsers as somebody likes, which all are its customer.
"""

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Protocol

from app.author import Actor, Author
from app.errors import Problem

MOST_KEYS = 20_000


class Far(Protocol):
    """Buckets that several processes share."""

    async def wait(self, name: str, key: str, rate: float, burst: float) -> float:
        """Take one; 0, or after how many seconds there will be one. Never raises, and never waits long."""


@dataclass(slots=True)
class Buckets:
    """`burst` at once, then `rate` a second, for each key; the keys not seen for longest are forgotten."""

    rate: float
    burst: float
    _filled: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def wait(self, key: str) -> float:
        """Take one; 0, or after how many seconds there will be one."""
        now = time.monotonic()
        level, since = self._filled.pop(key, (self.burst, now))
        level = min(self.burst, level + (now - since) * self.rate)
        if level < 1:
            self._filled[key] = (level, now)
            return max(0.01, round((1 - level) / self.rate, 2))
        self._filled[key] = (level - 1, now)
        if len(self._filled) > MOST_KEYS:
            self._filled.popitem(last=False)
        return 0.0

    def take(self, key: str) -> None:
        """Raises 429 with `retry_after` when the bucket is empty."""
        _refuse(self.wait(key))


@dataclass(slots=True)
class Shared:
    """The same for all processes, where they have something to share."""

    name: str
    near: Buckets
    far: Far | None = None

    async def wait(self, key: str) -> float:
        """Take one; 0, or after how many seconds there will be one."""
        wait = self.near.wait(key)
        if wait or self.far is None:
            return wait
        return await self.far.wait(self.name, key, self.near.rate, self.near.burst)

    async def take(self, key: str) -> None:
        """Raises 429 with `retry_after` when the bucket is empty."""
        _refuse(await self.wait(key))


class Limits:
    """One kind of bucket for each thing that can be flooded."""

    def __init__(self) -> None:
        self.writing = Buckets(rate=20, burst=200)
        self.writing_anywhere = Buckets(rate=50, burst=500)
        self.placing = Shared("placing", Buckets(rate=1, burst=60))
        self.filling = Shared("filling", Buckets(rate=2, burst=120))
        self.placing_by_customer = Shared("placing_by_customer", Buckets(rate=5, burst=300))
        self.placing_by_member = Shared("placing_by_member", Buckets(rate=50, burst=2000))
        self.countering = Shared("countering", Buckets(rate=1 / 60, burst=6))
        self.signing_in = Shared("signing_in", Buckets(rate=1 / 30, burst=10))
        self.second_factor = Shared("second_factor", Buckets(rate=1 / 60, burst=10))
        self.exporting = Shared("exporting", Buckets(rate=1 / 300, burst=5))
        self.copying = Shared("copying", Buckets(rate=1 / 5, burst=20))
        self.subscribing = Shared("subscribing", Buckets(rate=1 / 10, burst=30))
        self.uploading = Shared("uploading", Buckets(rate=100 / 3600, burst=100))
        self.uploading_by_member = Shared("uploading_by_member", Buckets(rate=600 / 3600, burst=600))
        self.asking_for_links = Shared("asking_for_links", Buckets(rate=1 / 60, burst=6))

    def share(self, far: Far | None) -> None:
        """From here on count together with the other processes."""
        for limit in vars(self).values():
            if isinstance(limit, Shared):
                limit.far = far

    def write(self, actor: Actor, number: object) -> None:
        """Somebody writes a message or a note. Raises 429."""
        self.writing.take(f"{actor.key} {number}")
        if actor.member_id is None:
            self.writing_anywhere.take(actor.key)

    async def counter(self, author: Author, number: str) -> None:
        """Somebody offers another amount, which writes mail to the team. Raises 429."""
        await self.countering.take(f"{author.person} {number}")

    async def copy(self, author: Author) -> None:
        """Somebody saves or prints an order. Raises 429."""
        await self.copying.take(author.person)

    async def upload(self, author: Author) -> None:
        """Somebody sends a file: a hundred an hour, six hundred for a member. Raises 429."""
        await (self.uploading_by_member if author.member_id else self.uploading).take(author.person)

    async def place(self, actor: Actor) -> None:
        """Somebody known orders; whom nobody knows is counted by address, at the form. Raises 429."""
        if actor.known:
            limit = self.placing_by_member if actor.member_id else self.placing_by_customer
            await limit.take(actor.key)


def _refuse(wait: float) -> None:
    if wait:
        raise Problem("rate_limited", "That was a lot at once. Please wait a moment.", retry_after=wait)
