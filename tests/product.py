"""Orderline itself, as its users run it: real processes.

*Embedded* is what `make run` starts: SQLite, the in-process bus, the worker inside. *Scaled* is PostgreSQL,
Redis, two web processes and a worker.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import httpx2

from tests import forks
from tests.cast import CAST, TEAM, Person
from tests.processes import Process, Running, free_port
from tests.servers import Postgres, Redis, redis
from tests.smtp import MailServer, mail_server

Kind = Literal["embedded", "scaled"]
ROOT = Path(__file__).parent.parent
FILE = "orderline.db"
ORDERLINE = (sys.executable, "-m", "app.cli")
CONFIGURATION = (
    "DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "SECRET_KEY", "SMTP_URL", "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRET", "STRIPE_API_BASE", "PORT", "WEB_CONCURRENCY", "WEBHOOKS_ALLOW_PRIVATE",
    "PUSH_ALLOW_LOOPBACK",
    "METRICS_TOKEN", "METRICS_PORT", "LOG_FORMAT", "WATCHDOG_WARNS_AFTER", "WATCHDOG_ENDS_AFTER",
    "SOCKETS_PER_PERSON", "SOCKETS_PER_PROGRAM", "SOCKETS_PER_ADDRESS", "CONNECTS_PER_ADDRESS",
    "FILES_URL",
)  # fmt: skip


def environment(**variables: str) -> dict[str, str]:
    """The machine's environment with these settings of ours, and no others."""
    kept = {name: value for name, value in os.environ.items() if name not in CONFIGURATION}
    ours = {"SECRET_KEY": "for-tests-only-0123456789", "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    return kept | ours | variables


async def cli(
    *arguments: str, env: Mapping[str, str], directory: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """`orderline …` run to its end."""
    return await forks.run(arguments, env, directory)


async def checked(*arguments: str, env: Mapping[str, str], directory: Path | None = None) -> list[str]:
    """The lines that `orderline …` printed; it must succeed."""
    done = await cli(*arguments, env=env, directory=directory)
    assert done.returncode == 0, f"orderline {' '.join(arguments)}: {done.stdout}{done.stderr}"
    return done.stdout.splitlines()


@dataclass(frozen=True)
class Shop:
    """A prepared database: migrations, demo data, the cast. Deployments start from copies of it."""

    database: str  # a file for SQLite, a name for PostgreSQL
    tokens: dict[Person, str]
    files: Path
    postgres: Postgres | None = None

    @property
    def kind(self) -> Kind:
        return "scaled" if self.postgres else "embedded"

    @asynccontextmanager
    async def copy(self, directory: Path) -> AsyncIterator[str]:
        """The URL of a database like this one."""
        if self.postgres:
            async with self.postgres.database(self.database) as name:
                yield self.postgres.url(name)
        else:
            with (
                closing(sqlite3.connect(self.database)) as one,
                closing(sqlite3.connect(directory / FILE)) as other,
            ):
                one.backup(other)
            yield f"sqlite:///{directory / FILE}"

    def copy_files(self, directory: Path) -> str:
        """Where files like this one's lie, for a deployment of its own."""
        shutil.copytree(self.files, directory / "files", dirs_exist_ok=True)
        return str(directory / "files")


async def prepare(database: str, directory: Path, postgres: Postgres | None = None) -> Shop:
    """Fill an empty database as an owner would."""
    url, files = postgres.url(database) if postgres else f"sqlite:///{database}", directory / "files"
    env = environment(DATABASE_URL=url, FILES_URL=str(files))
    await checked("migrate", env=env, directory=directory)
    await checked("demo", env=env, directory=directory)
    for person in TEAM:
        await checked("member", "add", person.email, "--role", person.role, env=env, directory=directory)
    named = [word for person in CAST for word in (person.option, person.email)]
    tokens = await checked("token", *named, env=env, directory=directory)
    return Shop(database, dict(zip(CAST, tokens, strict=True)), files, postgres)


def _for_python(env: Mapping[str, str]) -> dict[str, str]:
    """What an interpreter reads when it starts, and no fork ever."""
    return {name: value for name, value in env.items() if name.startswith(("PYTHON", "LD_"))}


class Program(Process):
    """`orderline …`, forked from a process that has read its code."""

    def _spawn(self) -> Running:
        env = self.env or {}
        if self.command[: len(ORDERLINE)] != ORDERLINE or _for_python(env) != _for_python(environment()):
            return super()._spawn()
        return forks.Fork(self.command[len(ORDERLINE) :], env, self.directory, self.log)


class Web(Program):
    """One web process."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def ready(self) -> bool:
        try:
            async with httpx2.AsyncClient(trust_env=False, timeout=5) as client:
                return (await client.get(f"{self.url}/healthz")).status_code == 200
        except httpx2.TransportError:
            return False


class Worker(Program):
    """The worker; it has no port, so it counts as ready once it runs."""

    async def ready(self) -> bool:
        return True


@dataclass
class Deployment:
    """A running shop. `urls` are two doors to it: the same one when embedded, two processes when scaled."""

    kind: Kind
    env: dict[str, str]
    directory: Path
    tokens: dict[Person, str]
    mail: MailServer
    postgres: Postgres | None
    redis: Redis | None
    web: list[Web] = field(default_factory=list)
    worker: Worker | None = None

    @property
    def urls(self) -> tuple[str, str]:
        return self.web[0].url, self.web[-1].url

    async def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`orderline …` beside the running processes."""
        return await cli(*arguments, env=self.env, directory=self.directory)

    async def sign_in_link(self, person: Person, url: str) -> str:
        """A fresh sign-in link to the process at `url`."""
        env = self.env | {"PUBLIC_URL": url}
        return (await checked("links", person.option, person.email, env=env, directory=self.directory))[0]

    async def start(self, stack: AsyncExitStack) -> None:
        """Start the processes that this kind has; `stack` ends them."""
        for _ in range(1 if self.kind == "embedded" else 2):
            await stack.enter_async_context(self._add_web())
        if self.kind == "scaled":
            env = self.env | {"PUBLIC_URL": self.urls[0]}
            self.worker = Worker((*ORDERLINE, "worker"), self.directory, env=env, name="worker")
            await stack.enter_async_context(self.worker)

    def _add_web(self) -> Web:
        # Each is its own public address: the check of Origin would refuse the other's.
        port = free_port()
        env = self.env | {"PUBLIC_URL": f"http://127.0.0.1:{port}"}
        command = (*ORDERLINE, "serve", "--port", str(port))
        self.web.append(Web(command, self.directory, port, env, name="serve"))
        return self.web[-1]


@asynccontextmanager
async def deploy(shop: Shop, directory: Path, **env: str) -> AsyncIterator[Deployment]:
    """A running copy of `shop`; `env` wins over what we would set ("" unsets)."""
    async with AsyncExitStack() as stack:
        mail = await stack.enter_async_context(mail_server())
        # A Redis of its own, because pub/sub is the same for all databases of one Redis.
        bus = await stack.enter_async_context(redis()) if shop.postgres else None
        url = await stack.enter_async_context(shop.copy(directory))
        ours = {"DATABASE_URL": url, "SMTP_URL": mail.url, "REDIS_URL": bus.url if bus else ""}
        ours["FILES_URL"] = shop.copy_files(directory)
        variables = environment(**ours | env)
        deployment = Deployment(shop.kind, variables, directory, shop.tokens, mail, shop.postgres, bus)
        await deployment.start(stack)
        yield deployment
