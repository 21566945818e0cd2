"""A running shop whose every link and process a test may break, and the people who chat in it meanwhile."""

import asyncio
import json
import os
import random
import resource
import signal
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx2

from tests.cast import ALICE, BOB, CAROL, OLGA, Person
from tests.faults.client import Manners, StrictClient
from tests.faults.proxy import Proxy
from tests.processes import Process, eventually, free_port
from tests.product import FILE, ORDERLINE, Shop, Web, Worker, checked, environment
from tests.rules.http import done, place
from tests.servers import Postgres, Redis, redis

# What people would wait for, shortened; the promises are about what happens, not about these.
PACE = {"heads": 2.0, "patience": 2.0}
PLAIN: dict[str, Any] = {"trust_env": False, "verify": False, "timeout": 30}  # certificates take long to load
SETTINGS = {"pace": PACE, "ws_ping_interval": 2, "ws_ping_timeout": 2}


@dataclass(frozen=True)
class How:
    """How the processes run. `supervised`: the product's own `serve` with two children, no failpoints."""

    worker: bool = False
    supervised: bool = False
    env: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)


class FaultyWeb(Web):
    """A web process, through its proxy, with faults at hand."""

    door: Proxy
    _started = 0

    async def start(self) -> None:
        await super().start()
        self._started = self.pid

    async def stop(self, how: signal.Signals = signal.SIGTERM, within: float = 20) -> int | None:
        """Whoever does not end in time says where it waits."""
        if how == signal.SIGTERM and self.running:
            os.kill(self.pid, how)
            try:
                await eventually(lambda: not self.running, "the end of a web process", within)
            except AssertionError:
                os.kill(self.pid, signal.SIGUSR1)
                await asyncio.sleep(1)
                raise
        return await super().stop(how)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.door.port}"

    async def arm(self, action: str, at: str = "now", value: float = 0) -> None:
        """`action` when the process next comes to the point `at`."""
        await self.told(point=at, action=action, value=value)

    async def told(self, **wish: Any) -> dict[str, Any]:
        async with httpx2.AsyncClient(**PLAIN) as client:
            answer = await client.post(f"{self.url}/faults", json=wish)
            assert answer.status_code == 200, answer.text
            state: dict[str, Any] = answer.json()
            return state

    def memory(self) -> int:
        """Bytes that it holds; 0 before it has started and after its end."""
        if self._started != self.pid or not self.running:
            return 0
        try:
            pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        except OSError:
            return 0
        return pages * resource.getpagesize()


@asynccontextmanager
async def stopped(process: Process) -> AsyncIterator[None]:
    """It is there and does nothing, as when its machine hangs."""
    os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process.pid, signal.SIGCONT)


@dataclass
class World:
    """`note` writes the log of faults; everything else is there to be broken."""

    shop: Shop
    directory: Path
    database: str  # as the test reads it, past every proxy
    web: list[FaultyWeb] = field(default_factory=list)
    worker: Worker | None = None
    postgres: Postgres | None = None
    redis: Redis | None = None
    to_database: Proxy | None = None
    to_redis: Proxy | None = None
    clients: list[StrictClient] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)
    faults: list[tuple[float, str]] = field(default_factory=list)
    memory: dict[str, list[int]] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)
    _chatter: list[asyncio.Task[None]] = field(default_factory=list)

    def note(self, fault: str) -> None:
        self.faults.append((time.monotonic(), fault))

    # People

    def api(self, person: Person, web: int = 0) -> httpx2.AsyncClient:
        headers = {"Authorization": f"Bearer {self.shop.tokens[person]}"}
        return httpx2.AsyncClient(base_url=f"{self.web[web].url}/api/v1", headers=headers, **PLAIN)

    async def place(self, person: Person = ALICE) -> str:
        async with self.api(person) as client:
            number = await place(client)
        self.orders.append(number)
        return number

    async def tokens(self, person: Person, count: int) -> list[str]:
        """More tokens of this person's."""
        return await self._cli("token", *(person.option, person.email) * count)

    async def sign_in_link(self, person: Person) -> str:
        """To the first web process."""
        return (await self._cli("links", person.option, person.email))[0]

    async def _cli(self, *arguments: str) -> list[str]:
        env = environment(PUBLIC_URL=self.web[0].url, **self._addresses())
        return await checked(*arguments, env=env, directory=self.directory)

    def join(
        self,
        name: str,
        person: Person,
        orders: Sequence[str],
        door: int = 0,
        manners: Manners | None = None,
        token: str = "",
    ) -> StrictClient:
        """Somebody comes, first through this door and then through whichever opens."""
        doors = [web.address for web in self.web]
        doors = doors[door % len(doors) :] + doors[: door % len(doors)]
        client = StrictClient(name, person, token or self.shop.tokens[person], doors, orders, manners)
        self.clients.append(client)
        client.start()
        return client

    async def gather(self) -> tuple[StrictClient, ...]:
        """Alice with two tabs and two orders, Carol with one, Bob and Olga with all; all are connected."""
        one, two, hers = await self.place(), await self.place(), await self.place(CAROL)
        people = (
            self.join("alice", ALICE, [one, two], 0),
            self.join("alice's other tab", ALICE, [one], 1),
            self.join("carol", CAROL, [hers], 1),
            self.join("bob", BOB, [one, two, hers], 0),
            self.join("olga", OLGA, [one, two, hers], 1),
        )
        await self.connected()
        return people

    async def connected(self, within: float = 15) -> None:
        await eventually(lambda: all(c.connected or c.over for c in self.clients), "coming back", within)

    def chat(self, every: float = 0.3, clients: Sequence[StrictClient] | None = None) -> None:
        """From now on everybody writes all the time, the team a note now and then."""
        for client in clients or self.clients:
            self._chatter.append(asyncio.create_task(_chatter(client, every)))

    async def hush(self) -> None:
        for task in self._chatter:
            task.cancel()
        await asyncio.gather(*self._chatter, return_exceptions=True)
        self._chatter.clear()

    async def settle(self, within: float = 30) -> None:
        """No faults any more and nobody writes: wait until everybody has everything."""
        await self.hush()
        for proxy in self._proxies():
            proxy.mend()

        async def settled() -> bool:
            heads = await self.heads()
            return all(c.settled and (c.over or _has_all(c, heads)) for c in self.clients)

        await eventually(settled, "everybody having everything", within)

    def _proxies(self) -> list[Proxy]:
        lines = (self.to_database, self.to_redis, *(web.door for web in self.web))
        return [proxy for proxy in lines if proxy is not None]

    async def write(self, person: Person, orders: Sequence[str], texts: Sequence[str]) -> None:
        """Past every fault, by HTTP."""
        async with self.api(person) as client:
            for text in texts:
                await asyncio.gather(*(done(client, f"/orders/{o}/messages", text=text) for o in orders))

    @asynccontextmanager
    async def struck(self, what: str) -> AsyncIterator[None]:
        """What is armed inside has struck at the end."""
        before = await self._strikes()
        yield

        async def has_struck() -> bool:
            return await self._strikes() > before

        await eventually(has_struck, what)
        self.note(what)

    async def _strikes(self) -> int:
        return sum([(await web.told())["struck"] for web in self.web])

    async def sockets(self) -> int:
        """What the web processes hold."""
        return sum([(await web.told())["sockets"] for web in self.web])

    # The database, as only the test reads it

    async def rows(self, statement: str) -> list[Any]:
        if self.postgres is None:
            return await asyncio.to_thread(self._sqlite, statement)
        connection = await asyncpg.connect(self.database)
        try:
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    def _sqlite(self, statement: str) -> list[Any]:
        with closing(sqlite3.connect(self.directory / FILE, timeout=20, isolation_level=None)) as connection:
            return connection.execute(statement).fetchall()

    async def heads(self) -> dict[str, tuple[int, int]]:
        found = await self.rows("SELECT id, last_seq, customer_seq FROM orders")
        return {str(1000 + order): (team, customer) for order, team, customer in found}

    @property
    def name(self) -> str:
        """The database's, at PostgreSQL."""
        return self.database.rpartition("/")[2]

    def forget(self) -> None:
        """The log went back: nobody can expect what was acknowledged until now."""
        for client in self.clients:
            client.outbox.said.clear()
            client.arrived.clear()

    # Processes

    @property
    def busiest(self) -> FaultyWeb:
        """The web process that most people are at."""
        return max(self.web, key=lambda web: web.door.links)

    def add_web(self, port: int, how: How) -> FaultyWeb:
        env = environment(PUBLIC_URL=f"http://127.0.0.1:{port}", **self._addresses(), **how.env)
        settings = json.dumps(SETTINGS | how.settings)
        command: tuple[str, ...] = (sys.executable, "-m", "tests.faults.served", str(port), settings)
        if how.supervised:
            command, env["WEB_CONCURRENCY"] = (*ORDERLINE, "serve", "--port", str(port)), "2"
        self.web.append(FaultyWeb(command, self.directory, port, env, name="web"))
        return self.web[-1]

    def _addresses(self) -> dict[str, str]:
        if self.postgres is None:
            return {"DATABASE_URL": f"sqlite:///{self.directory / FILE}"}
        assert self.to_database and self.to_redis
        url = f"postgresql://postgres@127.0.0.1:{self.to_database.port}/{self.name}"
        return {"DATABASE_URL": url, "REDIS_URL": f"redis://127.0.0.1:{self.to_redis.port}/0"}

    async def start(self, stack: AsyncExitStack, how: How) -> None:
        several = self.postgres is not None and not how.supervised
        for _ in range(2 if several else 1):
            web = self.add_web(free_port(), how)
            web.door = await stack.enter_async_context(Proxy(web.port))
        processes: list[Any] = list(self.web)
        if how.worker and self.postgres:
            env = environment(PUBLIC_URL=self.web[0].url, **self._addresses())
            self.worker = Worker((*ORDERLINE, "worker"), self.directory, env=env, name="worker")
            processes.append(self.worker)
        for process in processes:
            stack.push_async_callback(process.kill)
        await asyncio.gather(*(process.start() for process in processes))

    async def watch_memory(self) -> None:
        while True:
            for web in self.web:
                if used := web.memory():
                    self.memory.setdefault(f"{web.port} {web.pid}", []).append(used)
            await asyncio.sleep(0.2)


@asynccontextmanager
async def world(shop: Shop, directory: Path, how: How | None = None) -> AsyncIterator[World]:
    """A copy of `shop` that runs: two web processes on PostgreSQL and Redis, one on SQLite."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(shop.copy(directory))
        made = World(shop, directory, url, postgres=shop.postgres)
        if shop.postgres:
            made.redis = await stack.enter_async_context(redis())
            made.to_redis = await stack.enter_async_context(Proxy(made.redis.port))
            made.to_database = await stack.enter_async_context(Proxy(shop.postgres.port))
        await made.start(stack, how or How())
        watching = asyncio.create_task(made.watch_memory())
        try:
            yield made
        finally:
            watching.cancel()
            await made.hush()
            await asyncio.gather(
                watching, *(client.stop() for client in made.clients), return_exceptions=True
            )


async def _chatter(client: StrictClient, every: float) -> None:
    number = 0
    while client.over is None:
        for order in client.orders:
            if client.outbox.waiting(order) < 10:
                number += 1
                note = client.person.side == "team" and number % 5 == 0
                client.say(order, f"{client.name} {number}", "notes.add" if note else "messages.send")
        await asyncio.sleep(every * random.uniform(0.5, 1.5))


def _has_all(client: StrictClient, heads: dict[str, tuple[int, int]]) -> bool:
    side = 0 if client.person.side == "team" else 1
    return all(client.position(order) == heads[order][side] for order in client.orders)
