"""All measures of the live chat and of lists, beside the peers; what must hold, and whether it does.

    python -m tests.bench [--rounds 3] [--secs 6] [--keep] [GROUP …]

`--keep` writes the last run into the README. A full run takes about half an hour.
"""

import asyncio
from contextlib import AsyncExitStack

import click
import pytest

from tests.bench import lists, machine
from tests.bench.contenders import CONTENDERS, missing
from tests.bench.report import Report
from tests.bench.stage import Row, Run, Stage, rounds, stage
from tests.bench.table import GROUPS, ONCE, Rows

RATES = {
    "orderline": (100, 300, 600, 1200, 2400),
    "socketio": (100, 300, 600, 1200, 2400),
    "channels": (100, 200, 300),
}
EVERY = (*GROUPS, "lists sqlite", "lists postgresql", "curve")
# what the table speaks of; a word that is in every order is shown beside it
COUNTED = ("box inbox", "search number", "search name", "search text", "order")


@click.command()
@click.argument("groups", nargs=-1, type=click.Choice(EVERY))
@click.option("--rounds", "number", default=3)
@click.option("--secs", default=6.0)
@click.option("--keep", is_flag=True)
def main(groups: tuple[str, ...], number: int, secs: float, keep: bool) -> None:
    if keep and groups:
        raise click.UsageError("--keep is for a run of everything")
    try:
        report = asyncio.run(Bench(number, secs).run(groups or EVERY))
    except pytest.skip.Exception as missing_server:
        raise click.ClickException(str(missing_server)) from None
    click.echo(report.text())
    if keep:
        report.keep()


class Bench:
    """Goes through the groups, one after the other."""

    def __init__(self, number: int, secs: float) -> None:
        self.number = number
        self.secs = ("--secs", str(secs))
        self.report = Report(machine.facts())
        self.absent = {name: why for name, each in CONTENDERS.items() if (why := missing(each))}
        self.report.skipped += self.absent.values()

    async def run(self, groups: tuple[str, ...]) -> Report:
        async with AsyncExitStack() as stack:
            place = await stack.enter_async_context(stage())
            for group in groups:
                click.echo(f"{group}:", err=True)
                try:
                    await self._group(place, group)
                except Exception as error:
                    # what was measured for half an hour is not thrown away
                    self.report.skipped.append(f"{group} failed: {error!r:.300}")
                    click.echo(self.report.skipped[-1], err=True)
        return self.report

    async def _group(self, place: Stage, group: str) -> None:
        if group == "curve":
            await self._curve(place)
        elif group.startswith("lists"):
            self.report.groups[group] = await _lists(place, group.removeprefix("lists "))
        elif group == "storm":
            async with stage(statements=True) as counting:
                self.report.groups[group] = await rounds(counting, GROUPS[group], 1)
        else:
            number = 1 if group in ONCE else self.number
            self.report.groups[group] = await rounds(place, self._runs(GROUPS[group]), number)

    def _runs(self, runs: tuple[Run, ...]) -> list[Run]:
        return [
            Run(run.name, run.contender, (*run.options, *self.secs), run.orders, run.of, run.long)
            for run in runs
            if run.contender not in self.absent
        ]

    async def _curve(self, place: Stage) -> None:
        for name, rates in RATES.items():
            if name in self.absent:
                continue
            self.report.curve[name] = {
                rate: await place.run(Run(name, name, ("--rate", str(rate), *self.secs))) for rate in rates
            }


async def _lists(place: Stage, database: str) -> Rows:
    url = ""
    if database == "postgresql":
        url = place.postgres.url("").rstrip("/")
        for name in ("small", "large"):
            await place.postgres.execute(f"CREATE DATABASE {name}")
    rows: dict[str, Row] = {
        each.name: {
            "ms with 1,000": round(each.small, 2),
            "ms with 100,000": round(each.large, 2),
            "ratio": round(each.ratio, 2),
            "more queries": each.queries[1] - each.queries[0],
        }
        for each in await lists.compare(100_000, url)
    }
    worst = {name: max(rows[each][name] for each in COUNTED) for name in ("ratio", "more queries")}
    return rows | {"worst of the table's": worst}


if __name__ == "__main__":
    main()
