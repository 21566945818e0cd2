"""Searching a shop: whatever way a page of it is found, it is the newest of what the words are in."""

from itertools import chain, pairwise

import pytest
from sqlalchemy import event, select

from app.orders import search
from app.orders.model import FIRST, Order, OrderText
from app.orders.queries import page
from app.orders.words import words
from tests.cast import ALICE, BOB, CAROL
from tests.rules.house import House, Who

ORDERS = 24
# frequent: everywhere; middling: in a third; rare: in two; the last ones are of two words, and of none
ASKED = ("maple", "map", "cedar", "larch", "maple cedar", "MAPLE Cédar", "oak", "walnut", "aple", "example")
# what the three ways are made to be: as they are, the index first, and past the index
WAYS = {"near": (search.NEAR, search.MOST_HITS), "few": (1, search.MOST_HITS), "far": (1, 0)}


@pytest.fixture(params=[*WAYS])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each way to a page is the one that fills it; the first way looks at little."""
    near, most = WAYS[request.param]
    monkeypatch.setattr(search, "NEAR", near)
    monkeypatch.setattr(search, "MOST_HITS", most)
    return str(request.param)


@pytest.fixture
async def wood(house: House) -> House:
    """Orders of alice and carol in turns; what was said in them came in another order than they did."""
    numbers = []
    for turn in range(ORDERS):
        numbers.append(await house.place(CAROL if turn % 2 else ALICE))
    for turn, number in sorted(enumerate(numbers), key=lambda each: each[0] * 7 % ORDERS):
        owner = CAROL if turn % 2 else ALICE
        said = ["maple", *["cedar"] * (turn % 3 == 0), *["larch"] * (turn in (4, 9))]
        await house.do(owner, "messages.send", number, text=" and ".join(said))
        await house.do(owner, "messages.send", number, text="thanks")
        if turn % 4 == 0:
            await house.do(BOB, "notes.add", number, text="walnut")
    return house


async def pages(house: House, who: Who, q: str, limit: int) -> list[list[str]]:
    """Every page of a search, by the cursor of the one before."""
    found, cursor = [], ""
    while True:
        async with house.db.read() as session:
            rows, after = await page(session, house.actor(who), house.context.shop, "all", q, cursor, limit)
        found.append([row.number for row in rows])
        if after is None:
            return found
        cursor = after


async def expected(house: House, who: Who, q: str) -> list[str]:
    """The same from every text there is, read one by one."""
    actor = house.actor(who)
    texts = select(Order, OrderText).join(OrderText).order_by(Order.sorted_at.desc(), Order.id.desc())
    async with house.db.read() as session:
        every = [(order, text) for order, text in await session.execute(texts)]
    found = []
    for order, text in every:
        if actor.side == "customer" and (order.customer_id != actor.customer_id or text.audience == "team"):
            continue
        said = text.text.split()
        if all(any(one.startswith(word) for one in said) for word in words(q)):
            found.append(str(order.id + FIRST))
    return list(dict.fromkeys(found))


@pytest.mark.parametrize("who", [BOB, ALICE, CAROL], ids=lambda who: who.email.partition("@")[0])
async def test_every_way_finds_the_same_and_the_newest_first(wood: House, way: str, who: Who) -> None:
    for q in ASKED:
        for limit in (3, 5, 50):
            shown = await pages(wood, who, q, limit)
            assert [*chain(*shown)] == await expected(wood, who, q), (q, limit)
            assert all(len(one) == limit for one, _ in pairwise(shown)), (q, limit)


async def test_the_words_are_as_frequent_as_they_are_meant_to_be(wood: House) -> None:
    found = {q: len(await expected(wood, BOB, q)) for q in ("maple", "cedar", "larch", "walnut", "oak")}
    assert found == {"maple": ORDERS, "cedar": ORDERS // 3, "larch": 2, "walnut": ORDERS // 4, "oak": 0}


async def test_no_way_shows_a_customer_what_the_team_wrote_or_what_others_ordered(
    wood: House, way: str
) -> None:
    assert await pages(wood, ALICE, "walnut", 3) == await pages(wood, CAROL, "walnut", 3) == [[]]
    hers, others = [[*chain(*await pages(wood, who, "maple", 3))] for who in (ALICE, CAROL)]
    assert len(hers) == len(others) == ORDERS // 2
    assert not {*hers} & {*others}
    guest = await wood.guest(hers[5])
    assert await pages(wood, guest, "maple", 3) == [[hers[5]]]
    for number in others[:2]:
        assert await pages(wood, ALICE, number, 3) == [[]]


async def test_a_number_is_found_beside_what_mentions_it(wood: House, way: str) -> None:
    every = await wood.numbers(BOB)
    await wood.do(BOB, "notes.add", every[5], text=f"like {every[-1]}")
    assert await wood.numbers(BOB, q=f"#{every[-1]}") == [every[5], every[-1]]
    assert await wood.numbers(BOB, box="pending", q=f"#{every[-1]}") == [every[5], every[-1]]
    assert await wood.numbers(BOB, box="rejected", q=f"#{every[-1]}") == []


async def test_a_page_of_a_search_takes_as_many_queries_whatever_is_found(wood: House, way: str) -> None:
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(wood.db.engine.sync_engine, "before_cursor_execute", note)
    numbers = set()
    for q in ("maple", "cedar", "larch"):
        seen.clear()
        await pages(wood, BOB, q, 50)
        numbers.add(len(seen))
    assert len(numbers) == 1
