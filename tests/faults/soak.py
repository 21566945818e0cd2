"""Random faults for a while, on PostgreSQL with Redis and on embedded SQLite: `make soak SECONDS=60 SEED=7`.

The seed decides which faults come and how long each lasts; what they meet, the machine decides. Two lanes
run at once: one breaks processes, the other what lies between and below them. Now and then all is mended,
everybody has to have everything, and it goes on.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path

from redis.asyncio import Redis

from tests import servers
from tests.cast import ALICE
from tests.faults.oracle import faults, verify
from tests.faults.world import How, World, stopped, world
from tests.product import Shop, prepare

ROUND = 15.0  # seconds between two checks of everything
OUTAGES = (0.2, 1.0, 1.0, 3.0, 9.0)  # of Redis, in seconds
LONGEST = 60.0  # where there is time for it
Fault = Callable[["Soak"], Awaitable[str]]


class Soak:
    """One world under random faults. `steady` is held by who needs the database to start a process."""

    def __init__(self, of: World, seed: int) -> None:
        self.world = of
        self.dice = random.Random(seed)
        self.steady = asyncio.Lock()
        self.outages: tuple[float, ...] = OUTAGES

    async def run(self, seconds: float) -> None:
        ends = time.monotonic() + seconds
        self.outages = (*OUTAGES, LONGEST) if seconds >= 5 * LONGEST else OUTAGES
        await self.world.gather()
        while time.monotonic() < ends:
            self.world.chat()
            until = min(ends, time.monotonic() + ROUND)
            await asyncio.gather(self._lane(PROCESSES, until), self._lane(self._below(), until))
            await self.world.settle(60)
            print(f"{time.monotonic() - self.world.began:6.0f} s  {await verify(self.world)}", flush=True)

    def _below(self) -> Sequence[Fault]:
        return BETWEEN if self.world.postgres is None else (*BETWEEN, *BELOW)

    async def _lane(self, possible: Sequence[Fault], until: float) -> None:
        while time.monotonic() < until:
            await asyncio.sleep(self.dice.uniform(0, 1))
            self.world.note(await self.dice.choice(possible)(self))


# What happens to processes


async def killed(soak: Soak) -> str:
    web = soak.dice.choice(soak.world.web)
    at = soak.dice.choice(("before_commit", "after_commit", "after_announce", "after_publish", "now"))
    await web.arm("kill_soon" if at == "now" else "kill", at, 0.01)
    for _ in range(20):
        if not web.running:
            break
        await asyncio.sleep(0.1)
    async with soak.steady:
        await web.kill()
        await web.start()
    return f"a web process was killed: {at}"


async def restarted(soak: Soak) -> str:
    web = soak.dice.choice(soak.world.web)
    async with soak.steady:
        await web.stop()
        await web.start()
    return "a web process was restarted"


async def hung(soak: Soak) -> str:
    seconds = soak.dice.uniform(0.5, 4)
    async with stopped(soak.dice.choice(soak.world.web)):
        await asyncio.sleep(seconds)
    return f"a web process was stopped for {seconds:.1f} s"


async def blocked(soak: Soak) -> str:
    seconds = soak.dice.uniform(0.2, 3)
    await soak.dice.choice(soak.world.web).arm("block", value=seconds)
    await asyncio.sleep(seconds)
    return f"an event loop was blocked for {seconds:.1f} s"


async def struck(soak: Soak) -> str:
    at, action = soak.dice.choice((("after_commit", "drop_sockets"), ("before_commit", "fail")))
    await soak.dice.choice(soak.world.web).arm(action, at)
    return f"{action} {at}"


async def deaf(soak: Soak) -> str:
    for web in soak.world.web:
        await web.told(unreliable=0.5)
    await asyncio.sleep(soak.dice.uniform(1, 3))
    for web in soak.world.web:
        await web.told(unreliable=0.0)
    return "half of the hints were lost, doubled or late"


async def timeless(soak: Soak) -> str:
    web = soak.dice.choice(soak.world.web)
    await web.told(clock=soak.dice.choice((-3600, 3600)))
    await asyncio.sleep(1)
    await web.told(clock=0)
    return "a clock was an hour off"


async def worked(soak: Soak) -> str:
    if soak.world.worker is None:
        return "there is no worker to kill"
    async with soak.steady:
        await soak.world.worker.kill()
        await soak.world.worker.start()
    return "the worker was killed"


# What happens between people and the shop


async def unlinked(soak: Soak) -> str:
    door = soak.dice.choice(soak.world.web).door
    how = soak.dice.choice((door.reset, door.cut))
    how()
    return f"the links to a web process were {how.__name__}"


async def swallowed(soak: Soak) -> str:
    door, seconds = soak.dice.choice(soak.world.web).door, soak.dice.uniform(0.5, 3)
    door.swallow()
    await asyncio.sleep(seconds)
    door.mend()
    return f"the links to a web process were half-open for {seconds:.1f} s"


async def slowed(soak: Soak) -> str:
    door, seconds = soak.dice.choice(soak.world.web).door, soak.dice.uniform(0.5, 3)
    door.rate = 2_000.0
    await asyncio.sleep(seconds)
    door.mend()
    return f"the links to a web process were slow for {seconds:.1f} s"


async def lazy(soak: Soak) -> str:
    client = soak.dice.choice(soak.world.clients)
    client.read_nothing()
    await asyncio.sleep(soak.dice.uniform(1, 5))
    client.read_on()
    return f"{client.name} read nothing for a while"


async def joined(soak: Soak) -> str:
    if len(soak.world.clients) > 25:
        return "enough people are there"
    orders = soak.world.clients[0].orders
    name = f"late {len(soak.world.clients)}"
    soak.world.join(name, ALICE, orders, soak.dice.randrange(2))
    return f"{name} joined"


# What happens below


async def redis_killed(soak: Soak) -> str:
    redis, seconds = soak.world.redis, soak.dice.choice(soak.outages)
    assert redis
    await redis.kill()
    await asyncio.sleep(seconds)
    await redis.start()
    return f"redis was dead for {seconds} s"


async def redis_hung(soak: Soak) -> str:
    seconds = soak.dice.choice((0.5, 2, 10))
    assert soak.world.redis
    async with stopped(soak.world.redis):
        await asyncio.sleep(seconds)
    return f"redis hung for {seconds} s"


async def redis_unlinked(soak: Soak) -> str:
    assert soak.world.redis and soak.world.to_redis
    if soak.dice.random() < 0.5:
        soak.world.to_redis.reset()
        return "the links to redis were reset"
    async with Redis.from_url(soak.world.redis.url) as admin:
        await admin.client_kill_filter(_type="pubsub")
    return "redis' listeners were killed"


async def redis_half_open(soak: Soak) -> str:
    assert soak.world.to_redis
    soak.world.to_redis.swallow()
    await asyncio.sleep(soak.dice.uniform(0.5, 3))
    soak.world.to_redis.mend()
    return "the links to redis were half-open"


async def database_restarted(soak: Soak) -> str:
    assert soak.world.postgres
    async with soak.steady:
        await soak.world.postgres.restart(immediate=True)
    return "postgres was restarted, immediate"


async def database_unlinked(soak: Soak) -> str:
    assert soak.world.to_database
    async with soak.steady:
        soak.world.to_database.reset()
    return "the links to postgres were reset"


async def database_hung(soak: Soak) -> str:
    seconds = soak.dice.uniform(0.5, 4)
    assert soak.world.to_database
    async with soak.steady:
        soak.world.to_database.pause()
        await asyncio.sleep(seconds)
        soak.world.to_database.mend()
    return f"postgres hung for {seconds:.1f} s"


PROCESSES: Sequence[Fault] = (killed, restarted, hung, blocked, struck, struck, deaf, timeless, worked)
BETWEEN: Sequence[Fault] = (unlinked, unlinked, swallowed, slowed, lazy, joined)
BELOW: Sequence[Fault] = (
    redis_killed, redis_hung, redis_unlinked, redis_half_open,
    database_restarted, database_unlinked, database_hung,
)  # fmt: skip


async def soaked(shop: Shop, directory: Path, seconds: float, seed: int) -> None:
    """Fails with the log of faults and what is missing."""
    print(f"{shop.kind} for {seconds:.0f} s", flush=True)
    async with world(shop, directory, How(worker=True)) as of:
        try:
            await Soak(of, seed).run(seconds)
        except BaseException as error:
            for line in (*faults(of), *_behind(of)):
                error.add_note(line)
            raise


def _behind(of: World) -> list[str]:
    """Who is not done."""
    return [
        f"{c.name}: at { ({order: c.position(order) for order in c.orders}) } of {c.heads}, connected "
        f"{c.connected}, {'nothing waits' if c.outbox.empty else 'something waits'}, {dict(c.counts)}"
        for c in of.clients
        if not c.settled
    ]


async def main(seconds: float, seed: int) -> None:
    print(f"SEED={seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="orderline-soak-") as name:
        one, two = Path(name, "scaled"), Path(name, "embedded")
        one.mkdir()
        two.mkdir()
        async with servers.postgres() as server, server.database() as database:
            await soaked(await prepare(database, one, server), one, seconds * 2 / 3, seed)
        await soaked(await prepare(str(two / "shop.db"), two), two, seconds / 3, seed + 1)
    print("Nothing is lost, and nothing double.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    chosen = parser.parse_args()
    try:
        with suppress(KeyboardInterrupt):
            asyncio.run(main(chosen.seconds, chosen.seed))
    except BaseException:
        sys.stderr.write(f"make soak SECONDS={chosen.seconds:g} SEED={chosen.seed} failed:\n")
        raise
