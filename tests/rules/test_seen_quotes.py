"""When the customer first had a quote before their eyes: noted once, for the team."""

from typing import Any

import pytest

from app.orders.model import FIRST
from tests.cast import ALICE, BOB, CAROL
from tests.rules.conftest import Door
from tests.rules.house import House
from tests.rules.lives import awaiting
from tests.rules.windows import sign_in


async def quoted(house: House) -> str:
    number = await house.place(ALICE)
    await awaiting(house, number)
    return number


async def seen(house: House, number: str) -> bool:
    return (await house.order(BOB, number))["quote"]["seen_at"] is not None


async def seq_of(house: House, number: str) -> int:
    return next(entry.seq for entry in await house.entries(number) if entry.kind == "quote")


async def test_reading_past_the_card_is_seeing_it_once(house: House) -> None:
    number = await quoted(house)
    seq = await seq_of(house, number)
    await house.do(ALICE, "read", number, seq=seq - 1)
    assert not await seen(house, number)
    done = await house.do(ALICE, "read", number, seq=seq)
    assert await seen(house, number)
    first = (await house.order(BOB, number))["quote"]["seen_at"]
    for _ in range(2):
        await house.do(ALICE, "read", number, seq=seq + 5)
    assert (await house.order(BOB, number))["quote"]["seen_at"] == first
    told = [entry for entry in await house.entries(number) if entry.data.get("verb") == "quote_seen"]
    assert [(entry.audience, entry.data["version"]) for entry in told] == [("team", 1)]
    assert done.seq is None, "a customer is not told of an entry that they may not see"


async def test_the_customer_hears_nothing_of_it(sqlite_house: House) -> None:
    house = sqlite_house
    number = await quoted(house)
    head = (await house.order(ALICE, number))["last_seq"]
    await house.do(ALICE, "read", number, seq=99)
    order = await house.order(ALICE, number)
    assert (order["last_seq"], order["unread"]) == (head, 0)
    assert "seen_at" not in order["quote"]
    assert not any(
        entry.data.get("verb") == "quote_seen" for entry in await house.entries(number, "customer")
    )
    order = await house.order(BOB, number)
    assert (order["unread"], order["turn"], order["status"]) == (1, "customer", "processing")


async def test_the_team_reading_it_is_not_the_customer(sqlite_house: House) -> None:
    number = await quoted(sqlite_house)
    await sqlite_house.do(BOB, "read", number, seq=99)
    await sqlite_house.refused(CAROL, "read", number, seq=99)
    assert not await seen(sqlite_house, number)


@pytest.mark.parametrize("end", ["quotes.cancel", "quotes.send"])
async def test_nothing_is_noted_of_a_quote_that_is_closed(sqlite_house: House, end: str) -> None:
    house = sqlite_house
    number = await quoted(house)
    data: dict[str, Any] = {"version": 1} if end == "quotes.cancel" else {"amount": 5}
    await house.do(BOB, end, number, **data)
    seq = await seq_of(house, number)
    before = len(await house.entries(number))
    await house.do(ALICE, "read", number, seq=seq)
    assert len(await house.entries(number)) == before


async def test_who_decides_has_seen_it(sqlite_house: House) -> None:
    number = await quoted(sqlite_house)
    await sqlite_house.do(ALICE, "quotes.approve", number, version=1)
    view = await sqlite_house.view(BOB, number)
    assert view.approved and view.approved.seen_at
    other = await quoted(sqlite_house)
    await sqlite_house.do(BOB, "quotes.approve", other, version=1, on_behalf=True)
    view = await sqlite_house.view(BOB, other)
    assert view.approved and not view.approved.seen_at


async def test_a_followed_link_is_not_seeing_but_a_signed_in_customers_page_is(
    house: House, door: Door
) -> None:
    number, scanner = await quoted(house), door()
    async with house.db.transaction() as tx:
        link = tx.shop.order_link(int(number) - FIRST)
    page = await scanner.get(link.removeprefix(tx.shop.public_url), follow_redirects=True)
    assert "€500.00" in page.text
    assert not await seen(house, number)
    alice = await sign_in(door(), house, ALICE)
    ahead = await alice.get(f"/orders/{number}", headers={"Sec-Purpose": "prefetch"})
    assert ahead.status_code == 200
    assert not await seen(house, number)
    for text in range(51):
        await house.do(ALICE, "messages.send", number, text=f"{text}")
    await alice.get(f"/orders/{number}")
    assert not await seen(house, number), "it is on an older page"
    number = await quoted(house)
    await alice.get(f"/orders/{number}")
    assert await seen(house, number)
    assert (await house.order(BOB, number))["unread"] == 1
