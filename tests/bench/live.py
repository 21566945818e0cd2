"""One measure of the live chat, beside whoever is named; a row each and ratios to Socket.IO.

    python -m tests.bench.live [--k 32 | --rate 1200] [--inbox 20] [--orders 400] [--rounds 3] [NAME …]

The contenders take turns within each round, in an order that rotates, each on a database made anew. Figures
are medians of the rounds. Closed loop (--k) flatters whoever batches; --rate shows the cost at an ordinary
load. The names are in `tests.bench.contenders`.
"""

import asyncio
import json
import os
from typing import Any

import click

from tests.bench import machine
from tests.bench.contenders import CONTENDERS, missing
from tests.bench.stage import Row, Run, rounds, stage


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(CONTENDERS)))
@click.option("--k", default=32)
@click.option("--rate", default=0.0)
@click.option("--secs", default=6.0)
@click.option("--orders", default=400)
@click.option("--of", default=0, help="The shop has so many open orders, more than are talked on.")
@click.option("--inbox", default=0)
@click.option("--watchers", default=0)
@click.option("--noise", is_flag=True)
@click.option("--flood", is_flag=True)
@click.option("--rounds", "number", default=1)
@click.option("--html", is_flag=True, help="Orderline's clients ask for HTML.")
@click.option("--database", type=click.Choice(["postgresql", "sqlite"]), default="postgresql")
def main(
    names: tuple[str, ...],
    number: int,
    html: bool,
    database: str,
    noise: bool,
    flood: bool,
    orders: int,
    of: int,
    **options: Any,
) -> None:
    ours = "orderline_sqlite" if database == "sqlite" else "orderline_html" if html else "orderline"
    words = tuple(word for name, value in options.items() for word in (f"--{name}", str(value)))
    words += (("--noise",) if noise else ()) + (("--flood",) if flood else ())
    long = 1000 if noise or flood else 0
    runs = [Run(name, name, words, orders, of, long) for name in dict.fromkeys(names or (ours,))]
    for run in list(runs):
        if reason := missing(CONTENDERS[run.contender]):
            click.echo(reason, err=True)
            runs.remove(run)
    asyncio.run(_show(runs, number))


async def _show(runs: list[Run], number: int) -> None:
    click.echo(f"fsync {machine.fsync_ms():.2f} ms, load average {os.getloadavg()[0]:.2f}", err=True)
    async with stage() as found:
        rows = await rounds(found, runs, number)
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
