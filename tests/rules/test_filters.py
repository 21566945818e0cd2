"""Filters combine, with the box and the search; they stand in the address and mean the same to a program."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from app.errors import Problem
from app.orders.filters import Filters, Listing
from app.orders.model import FIRST, Order
from app.orders.queries import page
from tests.cast import ALICE, BOB, OLGA
from tests.rules.conftest import Door
from tests.rules.house import House, Who
from tests.rules.windows import sign_in


async def shown(house: House, filters: Filters, box: str = "all", who: Who = BOB, q: str = "") -> set[str]:
    async with house.db.read() as session:
        rows, _ = await page(session, house.actor(who), house.context.shop, box, q, filters=filters)
    return {row.number for row in rows}


@pytest.fixture
async def five(house: House) -> list[str]:
    """1: rush, bob's · 2: rush and proof, olga's · 3: proof · 4: the customer's turn · 5: failed."""
    numbers = [await house.place(ALICE) for _ in range(5)]
    for at, label in ((0, "rush"), (1, "rush"), (1, "proof-needed"), (2, "proof-needed")):
        await house.do(BOB, "labels.add", numbers[at], label=label)
    for at, member in ((0, BOB), (1, OLGA)):
        await house.do(BOB, "orders.assign", numbers[at], member=member.email)
    await house.do(BOB, "messages.send", numbers[3], text="How large?")
    async with house.db.transaction() as tx:
        failed = update(Order).where(Order.id == int(numbers[4]) - FIRST).values(payment_status="failed")
        await tx.session.execute(failed)
    return numbers


CASES = [
    (Filters(labels=("rush",)), "12"),
    (Filters(labels=("rush", "proof-needed")), "2"),
    (Filters(labels=("no-such",)), ""),
    (Filters(assignee="me"), "1"),
    (Filters(assignee="nobody"), "345"),
    (Filters(assignee="someone"), "12"),
    (Filters(assignee=OLGA.email.upper()), "2"),
    (Filters(assignee="nobody@example.org"), ""),
    (Filters(payment="failed"), "5"),
    (Filters(payment="unpaid"), "1234"),
    (Filters(waiting="us"), "1235"),
    (Filters(waiting="customer"), "4"),
    (Filters(waiting="hour"), ""),
    (Filters(labels=("rush",), assignee="someone", waiting="us", payment="unpaid"), "12"),
    (Filters(labels=("rush",), assignee="nobody"), ""),
]


async def test_a_filter_shows_what_fits(house: House, five: list[str]) -> None:
    for filters, expected in CASES:
        assert await shown(house, filters) == {five[int(n) - 1] for n in expected}, filters


async def test_a_label_of_many_orders_is_looked_for_another_way(
    house: House, five: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.orders.filters.FEW", 1)
    for filters, expected in CASES:
        assert await shown(house, filters) == {five[int(n) - 1] for n in expected}, filters


async def test_unread_is_each_ones_own_and_holds_marks(house: House, five: list[str]) -> None:
    unread = Filters(unread=True)
    assert await shown(house, unread) == set(five)
    for number in five:
        await house.do(BOB, "read", number, seq=99)
    assert await shown(house, unread) == set()
    await house.do(BOB, "orders.unread", five[2])
    assert await shown(house, unread) == {five[2]}
    assert await shown(house, unread, who=OLGA) == set(five)
    assert await shown(house, unread, who=ALICE) == {five[3]}


async def test_it_combines_with_box_and_search(house: House, five: list[str]) -> None:
    rush = Filters(labels=("rush",))
    assert await shown(house, rush, "confirmed") == set()
    await house.do(ALICE, "messages.send", five[1], text="Maple, please")
    await house.do(ALICE, "messages.send", five[2], text="Maple as well")
    assert await shown(house, rush, q="maple") == {five[1]}


async def test_how_long_somebody_waits(house: House) -> None:
    with house.at(hours=30):
        old = await house.place(ALICE)
    await house.place(ALICE)
    for waiting, found in (("hour", {old}), ("day", {old}), ("week", set())):
        assert await shown(house, Filters(waiting=waiting)) == found


async def test_a_quote_that_is_over_waits_for_us(house: House) -> None:
    number = await house.place(ALICE)
    with house.at(days=2):
        yesterday = (house.today() - timedelta(days=1)).isoformat()
        await house.do(BOB, "quotes.send", number, amount=500, valid_until=yesterday)
    assert await shown(house, Filters(waiting="us")) == {number}
    assert await shown(house, Filters(waiting="customer")) == set()


async def test_a_customer_filters_by_nothing_of_the_teams(sqlite_house: House) -> None:
    for filters in (Filters(labels=("rush",)), Filters(assignee="nobody"), Filters(waiting="us")):
        with pytest.raises(Problem) as refused:
            await shown(sqlite_house, filters, who=ALICE)
        assert refused.value.code == "forbidden"


def test_an_address_says_what_is_filtered_and_loses_one_at_a_time() -> None:
    on = Filters(labels=("rush", "a&b"), assignee="me", unread=True)
    listing = Listing("inbox", "big sign", on)
    assert listing.path() == "/desk/inbox?q=big+sign&label=rush&label=a%26b&assignee=me&unread=1"
    assert listing.but("label", "rush") == "/desk/inbox?q=big+sign&label=a%26b&assignee=me&unread=1"
    assert listing.but("unread", "1") == "/desk/inbox?q=big+sign&label=rush&label=a%26b&assignee=me"
    assert listing.cleared == "/desk/inbox?q=big+sign"


ROW = re.compile(r'data-number="(\d+)"')


async def test_the_page_names_its_filters_and_carries_them_on(house: House, door: Door) -> None:
    rush, plain = await house.place(ALICE), await house.place(ALICE)
    await house.do(BOB, "labels.add", rush, label="rush")
    bob = await sign_in(door(), house, BOB)
    answer = await bob.get("/desk/inbox?label=rush&assignee=nobody&payment=&waiting=nonsense")
    assert ROW.findall(answer.text) == [rush]
    assert f"/desk/orders/{rush}?box=inbox&amp;label=rush&amp;assignee=nobody" in answer.text
    assert 'href="/desk/inbox?assignee=nobody"' in answer.text  # the chip takes its own filter off
    assert ROW.findall((await bob.get("/desk/rows?box=inbox&label=rush")).text) == [rush]
    beside = await bob.get(f"/desk/orders/{plain}?box=inbox&label=rush")
    assert ROW.findall(beside.text) == [rush]
    assert 'class="back" href="/desk/inbox?label=rush"' in beside.text


async def test_nothing_found_says_why_and_offers_to_clear(house: House, door: Door) -> None:
    bob = await sign_in(door(), house, BOB)
    answer = await bob.get("/desk/inbox", params={"label": '"><script>', "assignee": "\x00'", "unread": "1"})
    assert answer.status_code == 200
    assert "Nothing with these filters" in answer.text
    assert 'href="/desk/inbox">Clear filters' in answer.text
    assert '"><script>' not in answer.text


async def test_a_program_filters_with_the_same_words(house: House, door: Door, five: list[str]) -> None:
    api = door(BOB, house)
    for query, expected in (
        ("label=rush,proof-needed", "2"), ("assignee=me", "1"), ("payment_status=failed", "5"),
        ("waiting=customer", "4"), ("unread=true&label=rush", "12"), ("box=snoozed", ""),
    ):  # fmt: skip
        answer = await api.get(f"/api/v1/orders?{query}")
        assert {item["number"] for item in answer.json()["items"]} == {five[int(n) - 1] for n in expected}
    assert (await api.get("/api/v1/orders?waiting=ages")).status_code == 422
    alice = door(ALICE, house)
    assert (await alice.get("/api/v1/orders?label=rush")).status_code == 403
    assert (await alice.get("/api/v1/orders?payment_status=failed")).json()["items"][0]["number"] == five[4]
