"""Shops to measure: many open orders, their customers, a team, and a token for each of them.

    python -m tests.bench.fixture URL FILE [--orders 400]

fills the empty database at URL and writes what `tests.bench.load` needs to FILE. The verbs make one order
as people would; the others are copies of its rows, so that ten thousand of them take seconds.
"""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Table, func, insert, select, text

from app.access import by_token, digest, new_secret
from app.analytics.model import CountedOrder
from app.author import Actor
from app.catalogue.model import Product
from app.context import Context
from app.customers.model import Customer
from app.db import Base, Database, Transaction
from app.mail.notices import LOOKED
from app.migrate import migrate
from app.orders.model import FIRST, BoxTally, EntryRow, Line, Order, OrderText
from app.settings import load
from app.shop import Fact
from app.team.actions import add_member
from app.team.model import Token
from app.team.sessions import new_token
from app.unread.model import Reading
from app.verbs import perform

MEMBERS, BATCH = 20, 1000
COPIED: tuple[type[Base], ...] = (Line, EntryRow, OrderText, Reading, CountedOrder)


@dataclass(frozen=True)
class Model:
    """The order that all are copies of, and its rows."""

    order: dict[str, Any]
    customer: dict[str, Any]
    rows: dict[Table, list[dict[str, Any]]]


async def build(url: str, orders: int, *, long: int = 0) -> dict[str, Any]:
    """Fill an empty database. With `long`, one more order has that many entries. Answers the fixture."""
    settings = load({"DATABASE_URL": url, "SECRET_KEY": "for-the-bench-0123456789"})
    await migrate(settings)
    context = Context(settings, Database(settings.database_url))
    try:
        await context.load()
        team = await _team(context)
        customers = [await _first_order(context, team[0])]
        customers += await _copies(context, orders - 1)
        extra = await _long_order(context, team[0], long) if long else None
        await _told(context)
        await _analyze(context)
        return await _fixture(context, customers, team, orders) | {"long": extra}
    finally:
        await context.db.close()


async def _team(context: Context) -> list[str]:
    """Tokens of the team."""
    async with context.db.transaction() as tx:
        price = {"pricing": "fixed", "price": 4900, "currency": "EUR"}
        tx.session.add(Product(title="Brass plate", description="", options=[], **price))
        roles = ["owner"] + ["agent"] * (MEMBERS - 1)
        team = [await add_member(tx, f"m{i}@example.org", role) for i, role in enumerate(roles, 1)]
        return [await new_token(tx, member_id=member.id) for member in team]


async def _first_order(context: Context, member: str) -> str:
    """Alice orders, the team opens the chat, both have written. Answers the token of alice."""
    async with context.db.transaction() as tx:
        tx.session.add(Customer(email="c1@example.org", name="Alice Ahrens", created_at=tx.now))
        await tx.session.flush()
        token = await new_token(tx, customer_id=1)
    alice, bob = await _actor(context, token), await _actor(context, member)
    order = {"lines": [{"product": 1, "quantity": 1}], "payment_method": "cash"}
    done = await perform(context.db, alice, "orders.place", None, order, None)
    assert done.order_id == 1
    await perform(context.db, bob, "orders.open_chat", str(FIRST + 1), {}, None)
    await _talk(context, (bob, alice), 1, 2)
    return token


async def _talk(context: Context, people: tuple[Actor, Actor], order: int, messages: int) -> None:
    for number in range(messages):
        who, what = people[number % 2], {"text": f"Message {number} about the brass plate."}
        await perform(context.db, who, "messages.send", str(FIRST + order), what, None)


async def _actor(context: Context, token: str) -> Actor:
    async with context.db.read() as session:
        actor = await by_token(session, token)
    assert actor is not None
    return actor


async def _copies(context: Context, number: int) -> list[str]:
    """So many orders more, each of a customer of its own; their tokens."""
    async with context.db.transaction() as tx:
        model = await _model(tx)
        sums = select(BoxTally.box, func.sum(BoxTally.moved)).group_by(BoxTally.box)
        tallies = [
            {"box": box, "moved": int(moved) * number} for box, moved in await tx.session.execute(sums)
        ]
        await tx.session.execute(insert(BoxTally), tallies)
    secrets = [f"ol_{new_secret()}" for _ in range(number)]
    for first in range(0, number, BATCH):
        async with context.db.transaction() as tx:
            await _copy(tx, model, first + 2, secrets[first : first + BATCH])
    if not context.db.sqlite:
        await _move_sequences(context)
    return secrets


async def _model(tx: Transaction) -> Model:
    async def found(table: Any, wanted: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in (await tx.session.execute(select(table).where(wanted))).mappings()]

    tables = [table.__table__ for table in COPIED]
    rows = {table: await found(table, table.c.order_id == 1) for table in tables}
    (order,) = await found(Order.__table__, Order.id == 1)
    (customer,) = await found(Customer.__table__, Customer.id == 1)
    return Model(order, customer, rows)  # type: ignore[arg-type]


async def _copy(tx: Transaction, model: Model, first: int, secrets: list[str]) -> None:
    numbers = range(first, first + len(secrets))
    people = [model.customer | {"id": n, "email": f"c{n}@example.org"} for n in numbers]
    await tx.session.execute(insert(Customer), people)
    await tx.session.execute(insert(Order), [model.order | _own(n) for n in numbers])
    for table, rows in model.rows.items():
        await tx.session.execute(insert(table), list(_rows(table, rows, numbers)))
    tokens = [
        {"id": digest(secret), "customer_id": n, "created_at": datetime.now(UTC)}
        for n, secret in zip(numbers, secrets, strict=True)
    ]
    await tx.session.execute(insert(Token), tokens)


def _own(number: int) -> dict[str, Any]:
    return {"id": number, "customer_id": number}


def _rows(table: Table, rows: list[dict[str, Any]], numbers: range) -> Iterator[dict[str, Any]]:
    for number in numbers:
        for row in rows:
            own: dict[str, Any] = {"order_id": number}
            if row.get("person") == "c1":
                own["person"] = f"c{number}"
            # the database numbers what has a number of its own
            yield {name: value for name, value in (row | own).items() if name != "id"}


async def _move_sequences(context: Context) -> None:
    """PostgreSQL does not notice ids that were given."""
    async with context.db.transaction() as tx:
        for table in ("orders", "customers"):
            moved = f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
            await tx.session.execute(text(moved))


async def _long_order(context: Context, member: str, entries: int) -> dict[str, Any]:
    """An order that was talked about for long."""
    async with context.db.transaction() as tx:
        token = await new_token(tx, customer_id=1)
    alice, bob = await _actor(context, token), await _actor(context, member)
    order = {"lines": [{"product": 1, "quantity": 1}], "payment_method": "cash"}
    done = await perform(context.db, alice, "orders.place", None, order, None)
    assert done.order_id is not None
    await _talk(context, (bob, alice), done.order_id, entries - 2)
    return {"order": str(FIRST + done.order_id), "seq": entries}


async def _told(context: Context) -> None:
    """Everybody was mailed of what was said: no worker has that to do while others are measured."""
    async with context.db.transaction() as tx:
        tx.session.add(Fact(name=LOOKED, value=tx.now.isoformat()))


async def _analyze(context: Context) -> None:
    async with context.db.transaction() as tx:
        await tx.session.execute(text("ANALYZE"))


async def _fixture(context: Context, customers: list[str], team: list[str], orders: int) -> dict[str, Any]:
    wanted = select(Order.id, Order.last_seq).where(Order.id <= orders).order_by(Order.id)
    async with context.db.read() as session:
        heads = (await session.execute(wanted)).all()
    found = [
        {"order": str(FIRST + key), "seq": seq, "customer": token, "member": team[key % MEMBERS]}
        for (key, seq), token in zip(heads, customers, strict=True)
    ]
    return {"orders": found, "inbox": team}


@click.command()
@click.argument("url")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--orders", default=400)
@click.option("--long", default=0)
def main(url: str, file: Path, orders: int, long: int) -> None:
    file.write_text(json.dumps(asyncio.run(build(url, orders, long=long))))


if __name__ == "__main__":
    main()
