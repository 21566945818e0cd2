"""Load for one chat server; prints one JSON row. `tests.bench.live` starts it.

N orders, one customer and one team socket on each. Closed loop (--k senders in flight, each on a free
order) or paced (--rate messages a second, Poisson, on any order at any time). A message counts when it has
reached all sockets of its order; latency is from when it was due to when the other side had it. Per socket
the entries must follow one another: gaps, repeats and reorderings are counted and must be 0.
"""

import asyncio
import json
import os
import random
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import uvloop

from tests.bench.noise import Flood, Noise
from tests.bench.procs import cpu, memory, pids_of
from tests.bench.sockets import HtmlLink, Ledger, Link, OrderlineLink, Sent, SocketIoLink, dial

PROTOCOLS: dict[str, type[Link]] = {
    "json": Link,
    "socketio": SocketIoLink,
    "orderline": OrderlineLink,
    "html": HtmlLink,
}
PATIENCE, AT_ONCE = 15.0, 50
# compilers that learn as they run (Node's) need messages, not seconds
WARM_UP, WARM_UP_MOST, WARM = 2.0, 10.0, 2000
FAULTS = ("gaps", "repeats", "lost", "drops", "nacks")


@dataclass(frozen=True)
class Wish:
    """What to measure. `urls` are of the customers' process and of the team's, maybe the same."""

    urls: tuple[str, str]
    protocol: str = "json"
    orders: int = 400
    k: int = 32
    rate: float = 0.0
    secs: float = 6.0
    inbox: int = 0
    watchers: int = 0
    noise: bool = False
    flood: bool = False
    pids: Sequence[int] = ()
    infra: Sequence[int] = ()
    fixture: dict[str, Any] | None = None

    @property
    def watching(self) -> int:
        """Sockets of this program that hold the Inbox; beside noise they are the bystanders'."""
        return 0 if self.noise else self.inbox


@dataclass
class Load:
    """The sockets of one run and the messages that they send."""

    wish: Wish
    ledger: Ledger = field(default_factory=Ledger)
    links: list[list[Link]] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    over: bool = False

    async def connect(self) -> None:
        """All sockets, a bounded number at once."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(role: str, order: int | None, which: int = 0) -> Link:
            async with gate:
                return await self._connect(role, order, which)

        if self.wish.watchers:
            roles = ["customer", "team"] * (self.wish.watchers // 2)
            made = [one(role, 0, which) for which, role in enumerate(roles)]
            self.links = [list(await asyncio.gather(*made))]
        else:
            numbers = range(self.wish.orders)
            customers = await asyncio.gather(*[one("customer", n) for n in numbers])
            team = await asyncio.gather(*[one("team", n) for n in numbers])
            self.links = [list(pair) for pair in zip(customers, team, strict=True)]
        await asyncio.gather(*[one("team", None, which) for which in range(self.wish.watching)])

    async def _connect(self, role: str, order: int | None, which: int) -> Link:
        url, fixture = self.wish.urls[role == "team"], self.wish.fixture
        kind, token = PROTOCOLS[self.wish.protocol], None
        entry: dict[str, Any] = {}
        if fixture is None:
            url += f"{'&' if '?' in url else '?'}order={order}&role={role}"
        else:
            entry = fixture["orders"][order] if order is not None else {}
            token = self._token(fixture, entry, role, which)
        return await dial(lambda: kind(self.ledger, role, order, entry), url, token)

    def _token(self, fixture: dict[str, Any], entry: dict[str, Any], role: str, which: int) -> str:
        team: list[str] = fixture["inbox"]
        if not entry or (role == "team" and self.wish.watchers):
            return team[which // 2 % len(team)] if entry else team[which % len(team)]
        token: str = entry["customer" if role == "customer" else "member"]
        return token

    async def send(self, order: int, due: float) -> None:
        """One message, until everybody has it."""
        links = self.links[order]
        # one customer alone may not flood an order that hundreds watch
        link = random.choice(links[1::2] if self.wish.watchers else links)
        cid = str(uuid.uuid4())
        sent = Sent(due, link.role, len(links), asyncio.get_running_loop().create_future())
        self.ledger.waiting[cid] = sent
        link.say(cid)
        try:
            self.took.append(await asyncio.wait_for(sent.done, PATIENCE))
        except TimeoutError:
            self.ledger.count["lost"] += 1
            self.ledger.waiting.pop(cid, None)

    async def closed_loop(self) -> None:
        """`k` senders, each on an order that nobody else writes on just now."""
        free = list(range(len(self.links))) if not self.wish.watchers else [0] * self.wish.k
        random.shuffle(free)

        async def sender() -> None:
            while not self.over:
                order = free.pop()
                await self.send(order, time.perf_counter())
                free.insert(0, order)

        await asyncio.gather(*[sender() for _ in range(self.wish.k)])

    async def paced(self) -> None:
        """`rate` a second at random moments, whether or not earlier ones have arrived."""
        due, live = time.perf_counter(), set[asyncio.Task[None]]()
        while not self.over:
            due += random.expovariate(self.wish.rate)
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            task = asyncio.create_task(self.send(random.randrange(len(self.links)), due))
            live.add(task)
            task.add_done_callback(live.discard)
        await asyncio.gather(*live)


async def measure(wish: Wish) -> dict[str, Any]:
    """The row of one run."""
    load, before, began = Load(wish), memory(wish.pids), time.perf_counter()
    await load.connect()
    connected = time.perf_counter() - began
    await asyncio.sleep(1)
    sockets = sum(map(len, load.links)) + wish.watching
    row = {
        "kb_per_socket": round((memory(wish.pids) - before) / sockets, 1),
        "connect_s": round(connected, 2),
    }
    if wish.k or wish.rate:
        row |= await _traffic(load)
    return row | {name: load.ledger.count[name] for name in FAULTS} | _refusals(load)


async def _traffic(load: Load) -> dict[str, Any]:
    wish, count = load.wish, load.ledger.count
    noise = _around(load)
    around = asyncio.create_task(noise.run()) if noise else None
    traffic = asyncio.create_task(load.paced() if wish.rate else load.closed_loop())
    await _warm(load)
    load.took.clear()
    before, own, began = _spent(wish), time.process_time(), time.perf_counter()
    frames = count["frames"]
    await asyncio.sleep(wish.secs)
    after, seconds, took = _spent(wish), time.perf_counter() - began, sorted(load.took) or [0.0]
    own, frames = time.process_time() - own, count["frames"] - frames
    load.over = True
    await traffic
    if around is not None:
        assert not around.done(), around.exception()
        around.cancel()
    server, infra = after[0] - before[0], after[1] - before[1]
    messages = max(len(took), 1)
    return {
        "msgs_per_s": round(messages / seconds),
        "p50_ms": round(took[len(took) // 2] * 1e3, 2),
        "p99_ms": round(took[int(len(took) * 0.99)] * 1e3, 2),
        "server_us": round(server / messages * 1e6, 1),
        "infra_us": round(infra / messages * 1e6, 1),
        "server_util": round(server / seconds, 2),
        "other_core_util": round((infra + own) / seconds, 2),
        "frames_per_msg": round(frames / messages, 2),
        "inbox_frames": count["inbox_frames"],
        # the server, or this program, could not keep the pace: the times are those of a queue
        "behind": int(messages / seconds < wish.rate * 0.95),
    } | (noise.done if noise else {})


def _around(load: Load) -> Noise | Flood | None:
    wish = load.wish
    if wish.fixture is None or not (wish.noise or wish.flood):
        return None
    if wish.noise:
        return Noise(load.links, wish.fixture, wish.urls[1], wish.inbox, load.ledger.count)
    return Flood(wish.fixture, wish.urls[1])


async def _warm(load: Load) -> None:
    began = time.perf_counter()
    while (passed := time.perf_counter() - began) < WARM_UP_MOST:
        if passed >= WARM_UP and len(load.took) >= WARM:
            return
        await asyncio.sleep(0.1)


def _spent(wish: Wish) -> tuple[float, float]:
    return cpu(wish.pids), cpu(wish.infra)


def _refusals(load: Load) -> dict[str, int]:
    return {name: number for name, number in load.ledger.count.items() if name.startswith("nack ")}


@click.command()
@click.option("--url", "urls", multiple=True, required=True, help="Twice: the customers' and the team's.")
@click.option("--protocol", default="json", type=click.Choice(list(PROTOCOLS)))
@click.option("--fixture", type=click.Path(exists=True, path_type=Path))
@click.option("--orders", default=400)
@click.option("--k", default=32)
@click.option("--rate", default=0.0)
@click.option("--secs", default=6.0)
@click.option("--inbox", default=0)
@click.option("--watchers", default=0)
@click.option("--noise", is_flag=True)
@click.option("--flood", is_flag=True)
@click.option("--pids", default="")
@click.option("--infra", default="")
def main(urls: Sequence[str], fixture: Path | None, pids: str, infra: str, **numbers: Any) -> None:
    known = json.loads(fixture.read_text()) if fixture else None
    if known:  # spread over all that there are
        known["orders"] = known["orders"][:: len(known["orders"]) // numbers["orders"]]
    wish = Wish((urls[0], urls[-1]), pids=pids_of(pids), infra=pids_of(infra), fixture=known, **numbers)
    row = uvloop.run(measure(wish))
    click.echo(json.dumps(row))
    os._exit(0)  # thousands of sockets need not be closed one by one


if __name__ == "__main__":
    main()
