"""Tallies are moved by every change and add up to what counting the logs gives, whatever happened."""

import asyncio
import random
import statistics
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from app import log
from app.analytics.folding import fold
from app.analytics.model import CountedOrder, Tally, TallyMove
from app.db import Transaction
from app.entries import Entry
from app.migrations.tallies_0003 import fill
from app.orders.model import STATUSES, Order
from tests.cast import ALICE, BOB, OLGA
from tests.rules.figures import analytics, confirmed, figures, key, quoted
from tests.rules.house import House
from tests.rules.test_walk import Walk

STEPS = 250


@pytest.fixture
async def walked(house: House) -> Walk:
    """A shop after a random walk over some weeks."""
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    walk = Walk(house, random.Random(seed))
    for person in (BOB, OLGA):
        await walk.join(person.email, house.actor(person))
    for step in range(STEPS):
        with house.at(hours=3 * (STEPS - step)):
            await walk.step()
    return walk


async def test_after_a_random_walk_the_figures_are_what_counting_gives(house: House, walked: Walk) -> None:
    logs = {number: await house.entries(number) for number in walked.numbers}
    orders = {number: await _order(house, number) for number in walked.numbers}
    found = await figures(house, 60)
    placed, stand = len(orders), Counter(order.status for order in orders.values())
    assert (found["placed"], found["orders"]) == (placed, {name: stand[name] for name in STATUSES})
    entries = [entry for log in logs.values() for entry in log]
    sent = sum(entry.kind == "quote" for entry in entries)
    decided = Counter(entry.data["status"] for entry in entries if entry.kind == "quote_decision")
    assert found["quotes"] == {
        "sent": sent, "approved": decided["approved"], "rejected": decided["rejected"]}  # fmt: skip
    kept = [o for o in orders.values() if o.status == "confirmed" and not o.without_quote]
    assert found["confirmed"] == found["open"] == sum(order.total or 0 for order in kept)
    assert found["confirmations"] == len(kept)
    assert found["without_quote"] == stand["confirmed"] - len(kept)
    assert sum(item["confirmed"] for item in found["products"]) == found["confirmed"]
    assert sum(item["orders"] for item in found["customers"]) == found["confirmations"]
    _check_times(found["median_seconds"], logs)


async def test_the_migration_counts_what_the_transactions_counted(house: House, walked: Walk) -> None:
    held, moved = await _counted(house), await _sums(house)
    async with house.db.transaction() as tx:
        for table in (TallyMove, Tally, CountedOrder):
            await tx.session.execute(delete(table))
        await (await tx.session.connection()).run_sync(fill)
    assert await _counted(house) == held
    assert await _sums(house) == moved


async def test_a_refused_confirmation_moves_nothing(house: House) -> None:
    number = await house.place(ALICE)
    before = await _sums(house)
    assert (await house.refused(BOB, "orders.confirm", number)).code == "conflict"
    assert (await house.refused(ALICE, "orders.confirm", number)).code == "forbidden"
    assert await _sums(house) == before


async def test_two_confirmations_at_once_wait_for_nobody(postgres_house: House) -> None:
    house = postgres_house
    first, second = [await quoted(house, amount) for amount in (100, 250)]
    async with house.db.transaction() as tx:
        await _confirm(house, tx, first)
        await asyncio.wait_for(house.do(BOB, "orders.confirm", second), timeout=2)
        assert (await figures(house))["confirmed"] == 250  # the first is not committed yet
    assert (await figures(house))["confirmed"] == 350


async def test_many_confirmations_at_once_lose_nothing(postgres_house: House) -> None:
    house = postgres_house
    numbers = [await quoted(house, 100 + n) for n in range(12)]
    await asyncio.gather(*(house.do(BOB, "orders.confirm", number) for number in numbers))
    found = await figures(house)
    assert (found["confirmed"], found["confirmations"]) == (sum(100 + n for n in range(12)), 12)


async def test_two_workers_fold_at_once_and_lose_nothing(house: House) -> None:
    for amount in range(1, 8):
        await confirmed(house, amount)
    before = await figures(house)
    now = house.db.clock()
    await asyncio.gather(*(fold(house.db, now, at=1) for _ in range(4)), confirmed(house, 1000))
    await fold(house.db, now, at=1)
    async with house.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(TallyMove)) == 0
    assert (await figures(house))["confirmed"] == before["confirmed"] + 1000


async def test_a_customer_who_buys_most_in_small_parts_is_found(house: House) -> None:
    """Hundreds bought more on one day; nobody bought more in all."""
    day = house.today().toordinal()
    moves = [_bought(day - n % 30, 1000 + n, 500) for n in range(30 * 80)]
    moves += [_bought(day - n, 1, 499) for n in range(30)]
    async with house.db.transaction() as tx:
        tx.session.add_all(moves)
    await fold(house.db, house.db.clock())
    found = await analytics(house)
    assert [(one.email, one.confirmed.amount, one.orders) for one in found.customers] == [
        (ALICE.email, 499 * 30, 0)
    ]
    assert not found.certain


def _bought(day: int, customer: int, amount: int) -> TallyMove:
    return TallyMove(day=day, figure="customer", key=customer, currency="EUR", amount=amount)


async def _confirm(house: House, tx: Transaction, number: str) -> None:
    """Confirm an order in a transaction that goes on."""
    order = await tx.session.get_one(Order, key(number), with_for_update=True)
    order.status = "confirmed"
    author = house.actor(BOB).as_author(order)
    await log.append(tx, order, author, "status", {"status": "confirmed", "verb": "confirm"})
    steps, tx.finish = tx.finish, []
    for step in steps:
        await step()


async def _order(house: House, number: str) -> Order:
    async with house.db.read() as session:
        return await session.get_one(Order, key(number))


async def _counted(house: House) -> list[tuple[Any, ...]]:
    async with house.db.read() as session:
        rows = await session.execute(select(CountedOrder.__table__).order_by(CountedOrder.order_id))
        return [tuple(row) for row in rows]


async def _sums(house: House) -> Counter[tuple[Any, ...]]:
    """What the tallies hold, folded or not, by day."""
    found: Counter[tuple[Any, ...]] = Counter()
    async with house.db.read() as session:
        for move in await session.scalars(select(TallyMove)):
            found[move.day, move.figure, move.key, move.currency] += move.amount
        for tally in await session.scalars(select(Tally).where(Tally.span == 1)):
            found[tally.block, tally.figure, tally.key, tally.currency] += tally.amount
    return Counter({name: amount for name, amount in found.items() if amount})


def _check_times(shown: dict[str, int | None], logs: dict[str, list[Entry]]) -> None:
    times: dict[str, list[float]] = {"first_reply": [], "quote": [], "decision": []}
    for entries in logs.values():
        placed = entries[0].at
        words = [e for e in entries if e.kind in ("message", "quote") and e.role == "member"]
        sent = {e.data["version"]: e.at for e in entries if e.kind == "quote"}
        times["first_reply"] += [(e.at - placed).total_seconds() for e in words[:1]]
        times["quote"] += [(at - placed).total_seconds() for at in list(sent.values())[:1]]
        times["decision"] += [
            (e.at - sent[e.data["version"]]).total_seconds()
            for e in entries
            if e.kind == "quote_decision" and e.data["status"] in ("approved", "rejected")
        ]
    for name, values in times.items():
        exact = statistics.median(values) if values else None
        assert shown[name] == (None if exact is None else pytest.approx(exact, rel=0.05, abs=1.1)), name
