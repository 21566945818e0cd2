"""How boxes, search and an order behave with 1,000 and with 100,000 orders, in one run.

    python -m tests.bench.lists [--orders 100000] [--database postgresql://…]

For each size a database of its own (SQLite in a temporary folder, or a PostgreSQL given); medians of 60
interleaved rounds, queries counted. Prints a table with the ratio large/small.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from sqlalchemy import event, insert, text, update

from app import log, settings
from app.author import Actor
from app.catalogue.model import Product
from app.context import Context
from app.customers.model import Customer
from app.db import Database
from app.labels.model import Label, OrderLabel
from app.migrate import migrate
from app.orders.boxes import counts
from app.orders.filters import NONE, Filters
from app.orders.model import BoxTally, EntryRow, Line, Order, OrderText
from app.orders.queries import order_view, page
from app.team.actions import add_member
from app.unread.model import Reading
from app.unread.queries import total

SMALL, ROUNDS, BATCH = 1000, 60, 5000
WORDS = (
    "oak",
    "brass",
    "glass",
    "window",
    "letter",
    "gold",
    "wall",
    "paint",
    "mural",
    "steel",
    "light",
    "card",
)
STATUS = ("pending", "processing", "confirmed", "confirmed", "confirmed", "rejected", "cancelled")
Timed = Callable[[], Awaitable[Any]]


@click.command()
@click.option("--orders", default=100_000)
@click.option("--database", default="")
def main(orders: int, database: str) -> None:
    click.echo(f"{'measure':22}{SMALL:>12,}{orders:>12,}{'ratio':>8}  queries")
    for found in asyncio.run(compare(orders, database)):
        times = f"{found.small:>10.2f}ms{found.large:>10.2f}ms{found.ratio:>8.2f}"
        click.echo(f"{found.name:22}{times}  {found.queries[0]} / {found.queries[1]}")


@dataclass(frozen=True)
class Found:
    """Milliseconds in the small and in the large shop, and the queries it took."""

    name: str
    small: float
    large: float
    queries: tuple[int, int]

    @property
    def ratio(self) -> float:
        return self.large / self.small


async def compare(orders: int, database: str) -> list[Found]:
    """Every measure, in both shops."""
    results = []
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        small = await _shop(stack, _url(database, folder, "small"), SMALL)
        large = await _shop(stack, _url(database, folder, "large"), orders)
        queries = _count_queries(small[0].db), _count_queries(large[0].db)
        measures = [_measures(*small, SMALL), _measures(*large, orders)]
        for name in measures[0]:
            times: tuple[list[float], list[float]] = ([], [])
            seen = [0, 0]
            for turn in range(ROUNDS):
                for which in (0, 1)[:: 1 if turn % 2 else -1]:
                    queries[which].clear()
                    began = time.perf_counter()
                    await measures[which][name]()
                    times[which].append(time.perf_counter() - began)
                    seen[which] = len(queries[which])
            one, other = (statistics.median(found) * 1e3 for found in times)
            results.append(Found(name, one, other, (seen[0], seen[1])))
    return results


def _measures(context: Context, actor: Actor, orders: int) -> dict[str, Timed]:
    shop, today = context.shop, context.shop.today(datetime.now(UTC))

    def listed(box: str, q: str = "", filters: Filters = NONE) -> Timed:
        async def run() -> None:
            async with context.db.read() as session:
                await page(session, actor, shop, box, q, filters=filters)

        return run

    async def counted() -> None:
        async with context.db.read() as session:
            await counts(session, today)
            await total(session, actor)

    async def shown() -> None:
        async with context.db.read() as session:
            order = await session.get_one(Order, 500)
            await order_view(session, order, actor, shop)
            await log.read_before(session, 500, 10**6, 50, "team")

    named = {f"box {box}": listed(box) for box in ("inbox", "processing", "confirmed", "all")}
    filtered = {
        "label, few": Filters(labels=("rare",)),
        "label, many": Filters(labels=("common",)),
        "mine": Filters(assignee="me"),
        "nobody's": Filters(assignee="nobody"),
        "unread": Filters(unread=True),
        "failed": Filters(payment="failed"),
        "waiting": Filters(waiting="day"),
        "all of them": Filters(("rare",), "me", True, "failed", "us"),
    }
    named |= {f"filter {name}": listed("all", filters=each) for name, each in filtered.items()}
    named["box snoozed"] = listed("snoozed")
    # One that no other number begins with: what is found is as much in both shops.
    number = f"{1000 + orders // 2}"
    found = {"search number": listed("all", number), "search name": listed("all", "zarah")}
    return (
        named
        | found
        | {
            "search text": listed("all", "heron"),
            "search common": listed("all", "example"),
            "counts": counted,
            "order": shown,
        }
    )


async def _shop(stack: AsyncExitStack, url: str, orders: int) -> tuple[Context, Actor]:
    config = settings.load({"DATABASE_URL": url})
    await migrate(config)
    context = Context(config, Database(config.database_url))
    stack.push_async_callback(context.db.close)
    await context.load()
    async with context.db.transaction() as tx:
        member = await add_member(tx, "olga@example.org", "owner")
        tx.session.add(Customer(email="alice@example.org", name="Alice", created_at=tx.now))
        await tx.session.flush()
        tx.session.add(
            Product(
                id=1, title="Sign", description="", pricing="fixed", price=100, currency="EUR", options=[]
            )
        )
        for key, slug in ((1, "rare"), (2, "common")):
            tx.session.add(Label(id=key, slug=slug, name=slug, color="slate", archived_at=None))
    for first in range(1, orders + 1, BATCH):
        await _fill(context, member.id, range(first, min(first + BATCH, orders + 1)))
    async with context.db.transaction() as tx:
        await tx.session.execute(text("ANALYZE"))
    if not context.db.sqlite:
        # As a shop that has grown for years is: what is new has long been put into the index of words.
        engine = context.db.engine.execution_options(isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(text("VACUUM"))
    return context, Actor(side="team", member_id=member.id, role="owner")


async def _fill(context: Context, member: int, ids: range) -> None:
    start = datetime.now(UTC) - timedelta(days=400)
    async with context.db.transaction() as tx:
        await tx.session.execute(insert(Order), [_order(key, start) for key in ids])
        lines = {"position": 0, "product_id": 1, "title": "Sign", "quantity": 1, "options": []}
        lines |= {"unit_price": 100, "plan": None, "tax_rate": "19", "tax_included": True}
        await tx.session.execute(insert(Line), [lines | {"order_id": key} for key in ids])
        await tx.session.execute(insert(EntryRow), [entry for key in ids for entry in _entries(key, start)])
        await tx.session.execute(insert(OrderText), [_text(key) for key in ids])
        rows = [
            {"member_id": member, "order_id": key, "seq": 0, "count": 0, "unread": key <= 60} for key in ids
        ]
        await tx.session.execute(insert(Reading), rows)
        labelled = [{"order_id": key, "label_id": 2} for key in ids if key % 2]
        labelled += [{"order_id": key, "label_id": 1} for key in ids if key <= 30]
        await tx.session.execute(insert(OrderLabel), labelled)
        chosen = [key for key in ids if key <= 40]
        if chosen:
            few = update(Order).where(Order.id.in_(chosen))
            await tx.session.execute(few.values(assignee_id=member, payment_status="failed"))
        moves = [{"box": STATUS[key % 7], "moved": 1} for key in ids if key > 60]
        moves += [{"box": box, "moved": 1} for key in ids if key <= 60 for box in ("processing", "inbox")]
        await tx.session.execute(insert(BoxTally), [{"box": box, "moved": n} for box, n in _sums(moves)])


def _sums(moves: list[dict[str, Any]]) -> list[tuple[str, int]]:
    names = {move["box"] for move in moves}
    return [(name, sum(move["moved"] for move in moves if move["box"] == name)) for name in sorted(names)]


def _order(key: int, start: datetime) -> dict[str, Any]:
    """The first 60 wait for the team, whatever the size of the shop; the rest is spread over all boxes."""
    waits, at = key <= 60, start + timedelta(minutes=key)
    entries = 1000 if key == 500 else 3
    plain = {
        "id": key,
        "customer_id": 1,
        "customer_name": f"customer{key}",
        "language": "en",
        "verified": True,
    }
    plain |= {"title": "Sign", "status": "processing" if waits else STATUS[key % 7], "currency": "EUR"}
    plain |= {"turn": "team" if waits else "none", "waiting_since": at if waits else None, "plan": None}
    plain |= {
        "payment_method": "cash",
        "payment_status": "unpaid",
        "total": 100,
        "by_quote": False,
        "note": "",
    }
    plain |= {"last_seq": entries, "customer_seq": entries, "team_count": entries, "customer_count": 0}
    return plain | {
        "created_at": at,
        "sorted_at": at,
        "settled": False,
        "last_text": "",
        "without_quote": False,
    }


def _entries(key: int, start: datetime) -> list[dict[str, Any]]:
    number = 1000 if key == 500 else 3
    common = {"order_id": key, "kind": "message", "audience": "everyone", "role": "customer", "name": "Alice"}
    common |= {"person": "c1", "customer_count": 0, "data": {"text": "hello"}}
    at = start + timedelta(minutes=key)
    return [
        common | {"seq": seq, "prev_everyone": seq - 1, "team_count": seq, "at": at}
        for seq in range(1, number + 1)
    ]


def _text(key: int) -> dict[str, Any]:
    """A name and a word are found as often in both shops; "example" is in every order."""
    words = " ".join(WORDS[(key * step) % len(WORDS)] for step in range(1, 8))
    rare = f"{'zarah' if key <= 20 else ''} {'heron' if 20 < key <= 40 else ''}"
    found_by = f"{key + 1000} customer{key} alice example org {rare} needle{key} {words}"
    return {"order_id": key, "audience": "everyone", "text": found_by}


def _count_queries(db: Database) -> list[str]:
    seen: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(db.engine.sync_engine, "before_cursor_execute", note)
    return seen


def _url(database: str, folder: str, name: str) -> str:
    if not database:
        return f"sqlite:///{Path(folder) / name}.db"
    return f"{database.rstrip('/')}/{name}"


if __name__ == "__main__":
    main()
