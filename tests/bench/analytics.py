"""How the owner's figures behave with 1,000 and with 100,000 orders, in one run.

    python -m tests.bench.analytics [--orders 100000] [--database postgresql://…]

For each size a database of its own (SQLite in a temporary folder; of a PostgreSQL given, its empty databases
`small` and `large`), with a customer for every five orders, told to the tallies by the migration's own code.
Medians of 30 interleaved rounds over HTTP, within the process. Prints a table with the ratio large/small.
"""

import asyncio
import statistics
import tempfile
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import click
import httpx2
from sqlalchemy import delete, insert, select, text
from starlette.applications import Starlette

from app import settings
from app.analytics.folding import fold
from app.analytics.model import CountedOrder, TallyMove
from app.analytics.ranges import presets
from app.catalogue.model import Product
from app.context import Context
from app.customers.model import Customer
from app.main import create_app
from app.migrate import migrate
from app.migrations.tallies_0003 import fill
from app.orders.model import EntryRow, Line, Order
from app.quotes.model import Quote
from app.team.actions import add_member
from app.team.sessions import new_token, start
from app.web import COOKIES
from tests.bench.lists import BATCH, ROUNDS, SMALL, _url
from tests.rules.house import SECRET

DAYS, PRODUCTS = 400, 20
STATUS = ("confirmed", "confirmed", "confirmed", "processing", "rejected")
EUR = {"currency": "EUR"}


@click.command()
@click.option("--orders", default=100_000)
@click.option("--database", default="")
def main(orders: int, database: str) -> None:
    asyncio.run(compare(orders, database))


async def compare(orders: int, database: str) -> None:
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        small = await _shop(stack, _url(database, folder, "small"), SMALL)
        large = await _shop(stack, _url(database, folder, "large"), orders)
        click.echo(f"{'measure':24}{SMALL:>12,}{orders:>12,}{'ratio':>8}")
        for name, path in _measures().items():
            times: tuple[list[float], list[float]] = ([], [])
            for _ in range(ROUNDS):
                for which, shop in enumerate((small, large)):
                    began = time.perf_counter()
                    answer = await shop.get(path)
                    times[which].append(time.perf_counter() - began)
                    assert answer.status_code == 200, answer.text
            one, other = (statistics.median(found) * 1e3 for found in times)
            click.echo(f"{name:24}{one:>10.2f}ms{other:>10.2f}ms{other / one:>8.2f}")


def _measures() -> dict[str, str]:
    today = datetime.now(UTC).date()
    asked = {name: f"?from={days.first}&to={days.last}" for name, days in presets(today).items()}
    asked["400 days"] = f"?from={today - timedelta(days=DAYS)}&to={today}"
    asked["10 years"] = f"?from={today - timedelta(days=3650)}&to={today}"
    api = {f"API {name}": f"/api/v1/analytics{query}" for name, query in asked.items()}
    pages = {f"page {name}": f"/desk/analytics{asked[name]}" for name in ("7", "30", "90", "year")}
    return api | pages | {"CSV 30": f"/desk/analytics.csv{asked['30']}"}


async def _shop(stack: AsyncExitStack, url: str, orders: int) -> httpx2.AsyncClient:
    config = settings.load({"DATABASE_URL": url, "SECRET_KEY": SECRET})
    await migrate(config)
    app = create_app(config, with_worker=False)
    await stack.enter_async_context(app.router.lifespan_context(app))
    context: Context = app.state.context
    await _found(context, orders)
    for first in range(1, orders + 1, BATCH):
        await _fill(context, range(first, min(first + BATCH, orders + 1)))
    began = time.perf_counter()
    async with context.db.transaction() as tx:
        await (await tx.session.connection()).run_sync(fill)
    click.echo(f"{orders:,} orders counted by the migration in {time.perf_counter() - began:.1f} s", err=True)
    await _some_moves(context)
    async with context.db.transaction() as tx:
        await tx.session.execute(text("ANALYZE"))
    return await _owner(stack, app, context)


async def _owner(stack: AsyncExitStack, app: Starlette, context: Context) -> httpx2.AsyncClient:
    async with context.db.transaction() as tx:
        member = await add_member(tx, "olga@example.org", "owner")
        token = await new_token(tx, member_id=member.id)
        cookie = await start(tx, member_id=member.id)
    headers = {"Authorization": f"Bearer {token}", "Cookie": f"{COOKIES['team']}={cookie}"}
    transport = httpx2.ASGITransport(app)
    client = httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", headers=headers)
    return await stack.enter_async_context(client)


async def _found(context: Context, orders: int) -> None:
    now = datetime.now(UTC)
    async with context.db.transaction() as tx:
        people = [
            {"email": f"c{key}@example.org", "name": f"Customer {key}", "created_at": now}
            for key in range(1, orders // 5 + 1)
        ]
        await tx.session.execute(insert(Customer), people)
        plain = {"description": "", "pricing": "fixed", "price": 100, "options": []} | EUR
        products = [plain | {"id": key, "title": f"Sign {key}"} for key in range(1, PRODUCTS + 1)]
        await tx.session.execute(insert(Product), products)


async def _fill(context: Context, ids: range) -> None:
    async with context.db.transaction() as tx:
        customers = await tx.session.scalar(select(Customer.id).order_by(Customer.id.desc()).limit(1)) or 1
        await tx.session.execute(insert(Order), [_order(key, customers) for key in ids])
        await tx.session.execute(insert(Line), [_line(key) for key in ids])
        await tx.session.execute(insert(EntryRow), [entry for key in ids for entry in _entries(key)])
        await tx.session.execute(insert(Quote), [_quote(key) for key in ids])


async def _some_moves(context: Context) -> None:
    """What a worker that is just about to fold finds: some moves of today."""
    today = context.shop.today(datetime.now(UTC)).toordinal()
    async with context.db.transaction() as tx:
        await tx.session.execute(delete(TallyMove))
        assert await tx.session.scalar(select(CountedOrder.order_id).limit(1))
        plain = {"day": today, "figure": "placed", "key": 0, "currency": "", "amount": 1}
        await tx.session.execute(insert(TallyMove), [plain] * 40)
    assert await fold(context.db, datetime.now(UTC)) == 0


def _at(key: int) -> datetime:
    """Spread over the days, in no order, so that both sizes have some on every day."""
    seconds = key * 7_919_317 % (DAYS * 86_400)
    return datetime.now(UTC) - timedelta(seconds=seconds)


def _order(key: int, customers: int) -> dict[str, Any]:
    status, at = STATUS[key % 5], _at(key)
    plain: dict[str, Any] = {
        "id": key,
        "customer_id": key * 31 % customers + 1,
        "customer_name": "Alice",
        "language": "en",
    }
    plain |= {"verified": True, "title": "Sign", "status": status, "turn": "none", "waiting_since": None}
    plain |= {"payment_method": "cash", "payment_status": "unpaid", "total": 1000 + key * 977 % 50_000}
    plain |= {"by_quote": False, "plan": None, "note": "", "last_seq": 5, "customer_seq": 5} | EUR
    plain |= {"team_count": 1, "customer_count": 0, "settled": False, "without_quote": False}
    return plain | {"last_text": "", "created_at": at, "sorted_at": at}


def _line(key: int) -> dict[str, Any]:
    line = {"order_id": key, "position": 0, "product_id": key % PRODUCTS + 1, "title": "Sign", "quantity": 1}
    return line | {"options": [], "unit_price": 100, "plan": None, "tax_rate": "19", "tax_included": True}


def _quote(key: int) -> dict[str, Any]:
    quote = {"order_id": key, "version": 1, "seq": 3, "amount": 1000, "lines": [], "note": ""}
    sent = _at(key) + timedelta(hours=1 + key % 40)
    return quote | {"status": "approved", "sent_at": sent, "decided_at": sent + timedelta(hours=key % 99)}


def _entries(key: int) -> list[dict[str, Any]]:
    at, sent = _at(key), _at(key) + timedelta(hours=1 + key % 40)
    told: tuple[tuple[str, str, datetime, dict[str, Any]], ...] = (
        ("placed", "customer", at, {}),
        ("message", "member", at + timedelta(minutes=1 + key % 300), {"text": "hello"}),
        ("quote", "member", sent, {"version": 1}),
        (
            "quote_decision",
            "customer",
            sent + timedelta(hours=key % 99),
            {"version": 1, "status": "approved"},
        ),
        ("status", "member", sent + timedelta(hours=100), {"status": STATUS[key % 5]}),
    )
    common = {"order_id": key, "audience": "everyone", "name": "A", "person": "c1", "customer_count": 0}
    return [
        common
        | {"seq": seq, "prev_everyone": seq - 1, "team_count": 1, "kind": kind, "role": role}
        | {"at": when, "data": data}
        for seq, (kind, role, when, data) in enumerate(told, start=1)
    ]


if __name__ == "__main__":
    main()
