"""The servers that Orderline talks to, real ones, thrown away at the end."""

import asyncio
import os
import pwd
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg

from tests.processes import Process, find, free_port

POSTGRES_FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
# Nothing here has to survive a power cut. A crash, yes: commits stay synchronous.
POSTGRES_OPTIONS = ("-F", "-c", "full_page_writes=off")


class Postgres(Process):
    """A PostgreSQL cluster of its own."""

    def url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    async def ready(self) -> bool:
        if not await super().ready():
            return False
        try:
            await self.execute("SELECT 1")
        except (asyncpg.PostgresError, OSError):
            return False
        return True

    async def execute(self, statement: str, database: str = "postgres") -> object:
        """The first value of what `statement` answers."""
        connection = await asyncpg.connect(self.url(database))
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    @asynccontextmanager
    async def database(self, template: str = "template1") -> AsyncIterator[str]:
        """A fresh database, a copy of `template`; yields its name."""
        name = f"t_{uuid4().hex}"
        await self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield name
        finally:
            await self.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    async def stop(self, how: signal.Signals = signal.SIGINT, within: float = 15) -> int | None:
        """SIGINT is PostgreSQL's fast shutdown: it does not wait for its clients."""
        return await super().stop(how, within)

    async def restart(self, *, immediate: bool = False) -> None:
        """`immediate`: as after a crash, connections are cut and the log is replayed."""
        await self.stop(signal.SIGQUIT if immediate else signal.SIGINT)
        await self.start()


class Redis(Process):
    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"


@asynccontextmanager
async def postgres() -> AsyncIterator[Postgres]:
    """A running cluster; as root it runs as another user, because PostgreSQL refuses root."""
    initdb, program = (find(name, folders=POSTGRES_FOLDERS) for name in ("initdb", "postgres"))
    owner = _unprivileged()
    with _directory(owner) as directory:
        data, port = str(directory / "data"), free_port()
        settings = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        await _run(Process((initdb, "-D", data, *settings), directory, owner=owner))
        command = (program, "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", str(directory))
        async with Postgres((*command, *POSTGRES_OPTIONS), directory, port, owner=owner) as server:
            yield server


@asynccontextmanager
async def redis() -> AsyncIterator[Redis]:
    """A running Redis that keeps nothing."""
    program, port = find("redis-server"), free_port()
    with _directory(None) as directory:
        command = (program, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no")
        async with Redis((*command, "--dir", str(directory)), directory, port) as server:
            yield server


async def _run(program: Process) -> None:
    process = program._spawn()
    code = await asyncio.to_thread(process.wait, 60)
    assert code == 0, program.text()


def _unprivileged() -> tuple[int, int] | None:
    if os.geteuid() != 0:
        return None
    known = {user.pw_name: user for user in pwd.getpwall()}
    user = known.get("postgres") or known["nobody"]
    return user.pw_uid, user.pw_gid


@contextmanager
def _directory(owner: tuple[int, int] | None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="orderline-") as name:
        if owner:
            os.chown(name, *owner)
        yield Path(name)
