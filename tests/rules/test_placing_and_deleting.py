"""An order is placed while its customer is being deleted: on PostgreSQL both can be in flight."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text

from app.errors import Problem
from app.orders import place
from app.orders.model import FIRST, Order
from app.privacy.erasing import delete_customer
from app.verb import Done
from tests.cast import ALICE, BOB, OLGA
from tests.rules.house import House, Who, number_of
from tests.until import until

WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@pytest.fixture
def house(postgres_house: House) -> House:
    """SQLite has one writer at a time."""
    return postgres_house


def key_of(house: House) -> int:
    key = house.actor(ALICE).customer_id
    assert key is not None
    return key


async def delete(house: House) -> None:
    async with house.db.transaction() as tx:
        await delete_customer(tx, house.actor(OLGA), key_of(house))


async def somebody_waits(house: House) -> bool:
    async with house.db.read() as session:
        return bool(await session.scalar(text(WAITING)))


async def while_deleted(house: House, act: Awaitable[Any]) -> Any:
    """What comes of it when she is locked, but not yet deleted, as it begins."""
    async with house.db.transaction() as tx:
        await tx.session.execute(text(f"SELECT 1 FROM customers WHERE id = {key_of(house)} FOR UPDATE"))
        acting = asyncio.ensure_future(act)
        await until(lambda: somebody_waits(house))
        await delete_customer(tx, house.actor(OLGA), key_of(house))
    return (await asyncio.gather(acting, return_exceptions=True))[0]


def placed(house: House, who: Who, **more: Any) -> Awaitable[Done]:
    line = {"product": house.products["sign"], "quantity": 1}
    return house.do(who, "orders.place", lines=[line], payment_method="cash", **more)


async def test_she_herself_is_signed_out(house: House) -> None:
    refused = await while_deleted(house, placed(house, ALICE))
    assert isinstance(refused, Problem) and refused.status == 401
    assert await house.number_of_orders() == 0


async def test_for_others_her_address_is_a_new_customer(house: House) -> None:
    buyer = {"email": ALICE.email, "name": "Alice Anew"}
    done = await while_deleted(house, placed(house, BOB, customer=buyer))
    assert isinstance(done, Done), done
    async with house.db.read() as session:
        order = await session.get_one(Order, int(number_of(done)) - FIRST)
    assert order.customer_id != key_of(house)
    shown = (await house.order(BOB, number_of(done)))["customer"]
    assert (shown["email"], shown["name"]) == (ALICE.email, "Alice Anew")


@pytest.mark.parametrize("who", [ALICE, BOB], ids=["herself", "team"])
async def test_a_deletion_waits_for_an_order_and_takes_it_along(
    house: House, monkeypatch: pytest.MonkeyPatch, who: Who
) -> None:
    began, goes_on = asyncio.Event(), asyncio.Event()
    customer_of: Callable[[Any], Awaitable[Any]] = place._customer

    async def slow(call: Any) -> Any:
        found = await customer_of(call)
        began.set()
        await goes_on.wait()
        return found

    monkeypatch.setattr(place, "_customer", slow)
    buyer = {"customer": {"email": ALICE.email}} if who is BOB else {}
    placing = asyncio.ensure_future(placed(house, who, **buyer))
    await began.wait()
    deleting = asyncio.ensure_future(delete(house))
    await until(lambda: somebody_waits(house))
    goes_on.set()
    number = number_of(await placing)
    await deleting
    order = await house.order(BOB, number)
    assert (order["status"], order["customer"]["name"]) == ("cancelled", "Deleted customer")
    assert order["customer"]["email"] == ""
