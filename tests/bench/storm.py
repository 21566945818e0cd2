"""Everybody gone at once, and back at once, each some entries behind; prints one JSON row.

Twenty entries are written on every order while nobody is there. Then all sockets come back and resume
where they were; the row says how long until the last one has everything, who was refused, and how often
the log was read for it.
"""

import asyncio
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg
import click
import uvloop

from tests.bench.machine import raise_limits
from tests.bench.procs import cpu, pids_of
from tests.bench.sockets import Ledger, OrderlineLink, dial

BEHIND, AT_ONCE, PATIENCE = 20, 200, 120
# As the verbs would write them, but fifty thousand in one statement.
WRITE = """
INSERT INTO entries (order_id, seq, prev_everyone, kind, audience, at, role, name, person, cid, digest,
                     team_count, customer_count, data)
SELECT id, last_seq + n, last_seq + n - 1, 'message', 'everyone', now(), 'customer', customer_name,
       'c' || customer_id, gen_random_uuid()::text, NULL, team_count + n, customer_count,
       json_build_object('text', repeat('x', 120))
FROM orders, generate_series(1, $1) AS n WHERE id <= $2
"""
MOVE = """
UPDATE orders SET last_seq = last_seq + $1, customer_seq = last_seq + $1, team_count = team_count + $1
WHERE id <= $2
"""
# whatever reads what entries say, for one order or for many
READS = """
SELECT coalesce(sum(calls), 0)::int FROM pg_stat_statements
WHERE query ~* '^\\s*(select|with)' AND query ~* '\\mentries\\M' AND query ~* '\\mdata\\M'
"""


class Returning(OrderlineLink):
    """`complete` once everything was seen that was written while it was away."""

    def __init__(self, ledger: Ledger, entry: dict[str, Any]) -> None:
        super().__init__(ledger, "customer", 0, entry)
        self.complete: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def event(self, frame: dict[str, Any]) -> None:
        super().event(frame)
        if self.seen == self.entry["seq"] + BEHIND and not self.complete.done():
            self.complete.set_result(None)


class Crowd:
    """A customer's and a member's socket on every order."""

    def __init__(self, url: str, orders: list[dict[str, Any]]) -> None:
        self.url = url
        self.people = [(entry, entry[who]) for entry in orders for who in ("customer", "member")]
        self.ledger = Ledger()
        self.gate = asyncio.Semaphore(AT_ONCE)

    async def come(self) -> list[Returning]:
        """All, a bounded number at once; raises when one is refused."""
        return await asyncio.gather(*[self._one(entry, token) for entry, token in self.people])

    async def _one(self, entry: dict[str, Any], token: str) -> Returning:
        async with self.gate:
            return await dial(lambda: Returning(self.ledger, entry), self.url, token)


async def measure(url: str, database: str, orders: list[dict[str, Any]], pids: list[int]) -> dict[str, Any]:
    crowd = Crowd(url, orders)
    began = time.perf_counter()
    links = await crowd.come()
    first = time.perf_counter() - began
    for link in links:
        link.close()
    connection = await asyncpg.connect(database)
    await connection.execute(WRITE.replace("$1", str(BEHIND)).replace("$2", str(len(orders))))
    await connection.execute(MOVE.replace("$1", str(BEHIND)).replace("$2", str(len(orders))))
    await connection.execute("SELECT pg_stat_statements_reset()")
    crowd.ledger.count.clear()
    before, began = cpu(pids), time.perf_counter()
    links = await crowd.come()
    back = time.perf_counter() - began
    await asyncio.wait_for(asyncio.gather(*[link.complete for link in links]), PATIENCE)
    took, spent = time.perf_counter() - began, cpu(pids) - before
    reads = await connection.fetchval(READS)
    await connection.close()
    count = crowd.ledger.count
    return {
        "sockets": len(links),
        "connect_s": round(first, 1),
        "back_s": round(back, 1),
        "complete_s": round(took, 1),
        "server_cpu_s": round(spent, 1),
        "reads_per_order": round(reads / len(orders), 2),
        "refused": count["drops"] + count["nacks"],
        "gaps": count["gaps"],
        "repeats": count["repeats"],
    }


@click.command()
@click.option("--url", "urls", multiple=True, required=True)
@click.option("--fixture", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--database", required=True)
@click.option("--orders", default=2500)
@click.option("--pids", default="")
def main(urls: Sequence[str], fixture: Path, database: str, orders: int, pids: str) -> None:
    raise_limits()
    known = json.loads(fixture.read_text())["orders"][:orders]
    row = uvloop.run(measure(urls[0], database, known, pids_of(pids)))
    click.echo(json.dumps(row))
    os._exit(0)


if __name__ == "__main__":
    main()
