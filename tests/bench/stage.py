"""The stage that runs are made on: PostgreSQL, Redis, and databases made once and copied for each run."""

import asyncio
import json
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import click

from tests.bench import machine
from tests.bench.contenders import CONTENDERS, PEERS, addresses, served
from tests.bench.fixture import build
from tests.product import ROOT
from tests.servers import Postgres, Redis

Row = dict[str, Any]
FAULTS = ("gaps", "repeats", "lost", "drops", "nacks", "behind")
NAME = "bench"


@dataclass(frozen=True)
class Run:
    """One contender under one load. `orders` are talked on; the shop has `of` (as many, else more)."""

    name: str
    contender: str
    options: tuple[str, ...] = ()
    orders: int = 400
    of: int = 0
    long: int = 0
    program: str = "load"

    @property
    def database(self) -> str:
        kind = CONTENDERS[self.contender].database
        return kind if kind == "peers" else f"{kind}_{self.of or self.orders}_{self.long}"


@dataclass
class Stage:
    postgres: Postgres
    redis: Redis
    directory: Path
    fixtures: dict[str, Path] = field(default_factory=dict)

    async def run(self, run: Run) -> Row:
        """The row of one run on a fresh database."""
        contender = CONTENDERS[run.contender]
        if run.database not in self.fixtures:
            self.fixtures[run.database] = await self._prepare(run, run.database)
        async with AsyncExitStack() as stack:
            url = await stack.enter_async_context(self._copy(run.database))
            place = served(contender, url, self.redis, self.postgres, self.directory)
            processes = await stack.enter_async_context(place)
            words = [word for each in addresses(contender, processes) for word in ("--url", each)]
            words += ["--orders", str(run.orders), "--pids", _pids(processes), *run.options]
            if contender.ours:
                words += ["--fixture", str(self.fixtures[run.database])]
            if run.program == "load":
                words += ["--protocol", contender.protocol]
                words += ["--infra", _pids([self.postgres, self.redis])]
            else:
                words += ["--database", url]
            return await asyncio.to_thread(_program, f"tests.bench.{run.program}", words)

    async def _prepare(self, run: Run, name: str) -> Path:
        """Make the database that copies are made of; the file says who is in it."""
        file, orders = self.directory / f"{name}.json", run.of or run.orders
        if name.startswith("sqlite"):
            fixture = await build(f"sqlite:///{self.directory / name}.db", orders, long=run.long)
        else:
            await self.postgres.execute(f'CREATE DATABASE "{name}"')
            url = self.postgres.url(name)
            if name != "peers":
                fixture = await build(url, orders, long=run.long)
            else:
                fixture = await _script(url, (PEERS / "schema.sql").read_text())
        file.write_text(json.dumps(fixture))
        return file

    @asynccontextmanager
    async def _copy(self, name: str) -> AsyncIterator[str]:
        if name.startswith("sqlite"):
            with tempfile.TemporaryDirectory(dir=self.directory) as folder:
                copy = Path(folder) / "orderline.db"
                with closing(sqlite3.connect(self.directory / f"{name}.db")) as one:
                    one.execute("VACUUM INTO ?", (str(copy),))
                yield f"sqlite:///{copy}"
            return
        await self.postgres.execute(f'DROP DATABASE IF EXISTS "{NAME}" WITH (FORCE)')
        await self.postgres.execute(f'CREATE DATABASE "{NAME}" TEMPLATE "{name}"')
        await self.postgres.execute("CHECKPOINT")
        yield self.postgres.url(NAME)


@asynccontextmanager
async def stage(*, statements: bool = False) -> AsyncIterator[Stage]:
    """Everything that servers under measure stand on; with `statements` PostgreSQL counts them."""
    machine.raise_limits()
    async with AsyncExitStack() as stack:
        postgres = await stack.enter_async_context(machine.postgres(statements=statements))
        if statements:
            await postgres.execute("CREATE EXTENSION pg_stat_statements", "template1")
        redis = await stack.enter_async_context(machine.redis())
        folder = tempfile.mkdtemp(prefix="orderline-bench-")
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        yield Stage(postgres, redis, Path(folder))


async def rounds(stage: Stage, runs: Sequence[Run], number: int) -> dict[str, Row]:
    """Interleaved, each round beginning with another one; the medians of each."""
    rows: dict[str, list[Row]] = {run.name: [] for run in runs}
    for turn in range(number):
        first = turn % len(runs)
        for run in (*runs[first:], *runs[:first]):
            row = await stage.run(run)
            click.echo(f"{run.name:20}{json.dumps(row)}", err=True)
            rows[run.name].append(row)
    return {name: median(found) for name, found in rows.items()}


def median(rows: list[Row]) -> Row:
    """Of every figure by itself; faults add up."""
    names = dict.fromkeys(name for row in rows for name in row)
    found = {name: statistics.median(row.get(name, 0) for row in rows) for name in names}
    faults = [name for name in names if name in FAULTS or name.startswith("nack")]
    return found | {name: sum(row.get(name, 0) for row in rows) for name in faults}


def _pids(processes: Sequence[Any]) -> str:
    return ",".join(str(process.pid) for process in processes)


def _program(module: str, words: list[str]) -> Row:
    command = machine.pinned(machine.OTHERS, sys.executable, "-m", module, *words)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900)
    if done.returncode:
        raise RuntimeError(f"{module} failed: {done.stderr[-2000:]}")
    row: Row = json.loads(done.stdout)
    return row


async def _script(url: str, statements: str) -> Row:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statements)
    finally:
        await connection.close()
    return {}
