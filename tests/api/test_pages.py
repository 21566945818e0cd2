"""Pages of orders stay right while orders arrive and move."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx2

from tests.cast import ALICE, BOB, CAROL
from tests.rules.conftest import Door
from tests.rules.house import House


async def all_pages(client: httpx2.AsyncClient, limit: int = 3, pause: Any = None, **query: Any) -> list[str]:
    """The numbers on all pages, one page after the other; `pause` happens between them."""
    numbers: list[str] = []
    cursor = ""
    while True:
        answer = await client.get("/api/v1/orders", params=query | {"limit": limit, "cursor": cursor})
        body = answer.json()
        numbers += [order["number"] for order in body["items"]]
        assert len(body["items"]) == limit or body["next"] is None
        if body["next"] is None:
            return numbers
        cursor = body["next"]
        if pause:
            await pause()


async def test_pages_hold_everything_once_latest_first(house: House, door: Door) -> None:
    placed = [await house.place(ALICE) for _ in range(7)]
    for limit in (1, 3, 7, 200):
        assert await all_pages(door(BOB, house), limit) == placed[::-1]
        assert await all_pages(door(ALICE, house), limit) == placed[::-1]
    assert await all_pages(door(CAROL, house)) == []


async def test_orders_of_one_moment_are_all_there(house: House, door: Door) -> None:
    with house.at(hours=1):
        placed = [await house.place(ALICE) for _ in range(5)]
    assert await all_pages(door(BOB, house), 2) == placed[::-1]


async def test_what_moved_up_meanwhile_is_not_told_twice(house: House, door: Door) -> None:
    placed = [await house.place(ALICE) for _ in range(9)]
    told, moving = iter(placed[::-1]), set[str]()

    async def move() -> None:
        await house.place(ALICE)
        number = next(told)
        moving.add(number)
        await house.do(BOB, "orders.done", number)

    numbers = await all_pages(door(BOB, house), 2, move)
    assert len(numbers) == len(set(numbers))
    assert set(placed) - moving <= set(numbers)


async def test_pages_stay_right_while_many_place_and_move(house: House, door: Door) -> None:
    placed = [await house.place(ALICE) for _ in range(24)]
    staying, moving = placed[::2], placed[1::2]

    async def busy(numbers: list[str], who: Any) -> None:
        for number in numbers:
            await house.place(who)
            await house.do(BOB, "orders.open_chat", number)
            await house.do(BOB, "orders.done", number)

    work = [busy(moving[part::3], who) for part, who in enumerate((ALICE, CAROL, ALICE))]
    readers = [all_pages(door(BOB, house), limit) for limit in (1, 2, 3, 5)]
    working = asyncio.gather(*work)
    for numbers in await asyncio.gather(*readers):
        assert len(numbers) == len(set(numbers)), "each at most once"
        stayed = [number for number in numbers if number in staying]
        assert stayed == staying[::-1], "none that stays is missed"
    await working


async def test_an_order_never_sinks(house: House, door: Door) -> None:
    """As it would by a change that began earlier and had to wait for the order's lock."""
    number, other = await house.place(ALICE), await house.place(ALICE)
    await house.do(BOB, "orders.open_chat", number)
    house.db.clock = lambda: datetime(2026, 1, 1, tzinfo=UTC)
    await house.do(BOB, "orders.done", number)
    house.db.clock = lambda: datetime.now(UTC)
    assert await all_pages(door(BOB, house)) == [number, other]
