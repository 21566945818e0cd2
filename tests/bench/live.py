"""One measure of the live chat, beside whoever is named; a row each and ratios to the first peer.

    python -m tests.bench.live [--k 32 | --rate 1200] [--inbox 20] [--orders 400] [--rounds 3] [NAME …]

The contenders take turns within each round, in an order that rotates, each on a database made anew. Figures
are medians of the rounds. Closed loop (--k) flatters whoever batches; --rate shows the cost at an ordinary
load. The names are in `tests.bench.contenders`.
"""

import asyncio
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import click

from tests.bench import machine
from tests.bench.contenders import CONTENDERS, PEERS, Contender, addresses, missing, served
from tests.bench.fixture import build
from tests.product import ROOT
from tests.servers import Postgres, Redis

SCHEMA = PEERS / "schema.sql"
Row = dict[str, Any]


@dataclass
class Stage:
    """PostgreSQL, Redis, and the databases that runs start from: made once, copied for each run."""

    postgres: Postgres
    redis: Redis
    directory: Path
    made: dict[str, Path] = field(default_factory=dict)

    async def run(self, contender: Contender, *options: str, orders: int = 400) -> Row:
        """The row of one run on a fresh database."""
        kind = contender.database
        fixture = await self._prepared(kind, orders)
        async with (
            self._copy(f"{kind}_{orders}") as url,
            served(contender, url, self.redis, self.postgres, self.directory) as processes,
        ):
            urls = [word for each in addresses(contender, processes) for word in ("--url", each)]
            pids = ",".join(str(process.pid) for process in processes)
            infra = f"{self.postgres.pid},{self.redis.pid}"
            command = (sys.executable, "-m", "tests.bench.load", *urls, "--pids", pids, "--infra", infra)
            known = ("--fixture", str(fixture)) if contender.ours else ()
            more = ("--protocol", contender.protocol, "--orders", str(orders), *known, *options)
            return await asyncio.to_thread(_load, (*command, *more))

    async def _prepared(self, kind: str, orders: int) -> Path:
        name = f"{kind}_{orders}"
        if name not in self.made:
            self.made[name] = self.directory / f"{name}.json"
            if kind == "sqlite":
                fixture = await build(f"sqlite:///{self.directory / name}.db", orders)
                self.made[name].write_text(json.dumps(fixture))
            else:
                await self._prepare(name, kind, orders)
        return self.made[name]

    async def _prepare(self, name: str, kind: str, orders: int) -> None:
        await self.postgres.execute(f'CREATE DATABASE "{name}"')
        if kind == "peers":
            await _script(self.postgres.url(name), SCHEMA.read_text())
        else:
            fixture = await build(self.postgres.url(name), orders)
            self.made[name].write_text(json.dumps(fixture))

    @asynccontextmanager
    async def _copy(self, name: str) -> AsyncIterator[str]:
        if name.startswith("sqlite"):
            with tempfile.TemporaryDirectory(dir=self.directory) as folder:
                copy = Path(folder) / "orderline.db"
                with closing(sqlite3.connect(self.directory / f"{name}.db")) as one:
                    one.execute("VACUUM INTO ?", (str(copy),))
                yield f"sqlite:///{copy}"
            return
        await self.postgres.execute('DROP DATABASE IF EXISTS "bench" WITH (FORCE)')
        await self.postgres.execute(f'CREATE DATABASE "bench" TEMPLATE "{name}"')
        await self.postgres.execute("CHECKPOINT")
        yield self.postgres.url("bench")


def _load(command: tuple[str, ...]) -> Row:
    pinned = machine.pinned(machine.OTHERS, *command)
    done = subprocess.run(pinned, cwd=ROOT, capture_output=True, text=True, timeout=600)
    if done.returncode:
        raise RuntimeError(f"the load failed: {done.stderr[-2000:]}")
    row: Row = json.loads(done.stdout)
    return row


async def _script(url: str, statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statements)
    finally:
        await connection.close()


@asynccontextmanager
async def stage(*, statements: bool = False) -> AsyncIterator[Stage]:
    """Everything that servers under measure stand on."""
    machine.raise_limits()
    async with AsyncExitStack() as stack:
        postgres = await stack.enter_async_context(machine.postgres(statements=statements))
        redis = await stack.enter_async_context(machine.redis())
        folder = tempfile.mkdtemp(prefix="orderline-bench-")
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        yield Stage(postgres, redis, Path(folder))


def median(rows: list[Row]) -> Row:
    """Of every figure by itself; faults add up."""
    names = dict.fromkeys(name for row in rows for name in row)
    found = {name: statistics.median(row.get(name, 0) for row in rows) for name in names}
    faults = [name for name in names if name in FAULTS or name.startswith("nack")]
    return found | {name: sum(row.get(name, 0) for row in rows) for name in faults}


FAULTS = ("gaps", "repeats", "lost", "drops", "nacks")


async def rounds(
    stage: Stage, contenders: list[Contender], number: int, *options: str, orders: int = 400
) -> dict[str, Row]:
    """Interleaved runs; the medians of each."""
    rows: dict[str, list[Row]] = {contender.name: [] for contender in contenders}
    for turn in range(number):
        first = turn % len(contenders)
        for contender in contenders[first:] + contenders[:first]:
            row = await stage.run(contender, *options, orders=orders)
            click.echo(f"{contender.name:18}{json.dumps(row)}", err=True)
            rows[contender.name].append(row)
    return {name: median(found) for name, found in rows.items()}


@click.command()
@click.argument("names", nargs=-1)
@click.option("--k", default=32)
@click.option("--rate", default=0.0)
@click.option("--secs", default=6.0)
@click.option("--orders", default=400)
@click.option("--inbox", default=0)
@click.option("--watchers", default=0)
@click.option("--rounds", "number", default=1)
@click.option("--html", is_flag=True, help="Orderline's clients ask for HTML.")
@click.option("--database", type=click.Choice(["postgresql", "sqlite"]), default="postgresql")
def main(names: tuple[str, ...], orders: int, number: int, html: bool, database: str, **options: Any) -> None:
    ours = "orderline_sqlite" if database == "sqlite" else "orderline_html" if html else "orderline"
    wanted = [CONTENDERS[name] for name in dict.fromkeys(names or (ours,))]
    for contender in list(wanted):
        if reason := missing(contender):
            click.echo(reason, err=True)
            wanted.remove(contender)
    words = tuple(word for name, value in options.items() for word in (f"--{name}", str(value)))
    asyncio.run(_show(wanted, number, words, orders))


async def _show(contenders: list[Contender], number: int, options: tuple[str, ...], orders: int) -> None:
    click.echo(f"fsync {machine.fsync_ms():.2f} ms, load average {os.getloadavg()[0]:.2f}", err=True)
    async with stage() as found:
        rows = await rounds(found, contenders, number, *options, orders=orders)
    for name, row in rows.items():
        click.echo(json.dumps({"server": name} | row))
    for name, row in rows.items():
        if "socketio" in rows and name != "socketio":
            _ratios(name, row, rows["socketio"])


def _ratios(name: str, row: Row, peer: Row) -> None:
    whole = (row["server_us"] + row["infra_us"]) / (peer["server_us"] + peer["infra_us"])
    click.echo(
        f"{name} / socketio: server {row['server_us'] / peer['server_us']:.2f}, with infra {whole:.2f}, "
        f"p50 {row['p50_ms'] / peer['p50_ms']:.2f}, p99 {row['p99_ms'] / peer['p99_ms']:.2f}"
    )


if __name__ == "__main__":
    main()
