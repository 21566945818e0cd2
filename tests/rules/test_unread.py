"""What is unread, for each person by themselves."""

from typing import Any

import pytest

from app.unread.queries import total
from tests.cast import ALICE, BOB, CAROL, OLGA
from tests.rules.house import House, Who
from tests.rules.lives import awaiting, processing


async def unread(house: House, number: str, *who: Who) -> list[int]:
    return [(await house.order(reader, number))["unread"] for reader in who]


async def orders_with_news(house: House, who: Who) -> int:
    async with house.db.read() as session:
        return await total(session, house.actor(who))


async def test_a_placed_order_is_unread_for_every_member_and_not_for_its_customer(house: House) -> None:
    number = await house.place(ALICE)
    assert await unread(house, number, ALICE, BOB, OLGA) == [0, 1, 1]


async def test_what_a_member_places_is_unread_for_the_others(house: House) -> None:
    number = await house.place(BOB, customer={"email": ALICE.email})
    assert await unread(house, number, ALICE, BOB, OLGA) == [0, 0, 1]


@pytest.mark.parametrize(
    ("who", "verb", "data", "adds"),
    [  # what it adds for Alice, Bob, Olga
        (ALICE, "messages.send", {"text": "Hi"}, [0, 1, 1]),
        (ALICE, "quotes.approve", {"version": 1}, [0, 1, 1]),
        (ALICE, "quotes.reject", {"version": 1}, [0, 1, 1]),
        (ALICE, "quotes.counter", {"version": 1, "amount": 1}, [0, 1, 1]),
        (ALICE, "orders.cancel", {}, [0, 0, 0]),
        (BOB, "messages.send", {"text": "Hi"}, [1, 0, 0]),
        (BOB, "quotes.send", {"amount": 1}, [1, 0, 0]),
        (BOB, "quotes.approve", {"version": 1, "on_behalf": True}, [0, 0, 1]),
        (BOB, "quotes.cancel", {"version": 1}, [0, 0, 0]),
        (BOB, "orders.reject", {}, [1, 0, 0]),
        (BOB, "orders.done", {}, [0, 0, 0]),
        (BOB, "orders.assign", {"member": OLGA.email}, [0, 0, 0]),
        (BOB, "orders.set_payment_method", {"payment_method": "cash"}, [0, 0, 0]),
        (BOB, "notes.add", {"text": "Hi"}, [0, 0, 0]),
        (BOB, "labels.add", {"label": "proof-needed"}, [0, 0, 0]),
    ],
)
async def test_what_counts_for_whom(
    house: House, who: Who, verb: str, data: dict[str, Any], adds: list[int]
) -> None:
    number = await house.place(ALICE)
    await awaiting(house, number)
    before = await unread(house, number, ALICE, BOB, OLGA)
    await house.do(who, verb, number, **data)
    after = await unread(house, number, ALICE, BOB, OLGA)
    assert [now - was for was, now in zip(before, after, strict=True)] == adds


async def test_one_member_reading_leaves_it_unread_for_the_other(house: House) -> None:
    number = await house.place(ALICE)
    await house.do(ALICE, "messages.send", number, text="Hello?")
    await house.do(BOB, "read", number, seq=2)
    assert await unread(house, number, BOB, OLGA) == [0, 2]
    await house.do(ALICE, "messages.send", number, text="Anybody?")
    assert await unread(house, number, BOB, OLGA) == [1, 3]
    assert [await orders_with_news(house, who) for who in (ALICE, BOB, OLGA, CAROL)] == [0, 1, 1, 0]


async def test_answering_reads_nothing(house: House) -> None:
    number = await house.place(ALICE)
    await house.do(BOB, "messages.send", number, text="Hello")
    assert await unread(house, number, BOB) == [1]


async def test_positions_only_move_forward(house: House) -> None:
    number = await house.place(ALICE)
    await processing(house, number)
    for text in ("one", "two"):
        await house.do(ALICE, "messages.send", number, text=text)
        await house.do(OLGA, "messages.send", number, text=text)
    for seq, left in ((4, [1, 2]), (2, [1, 2]), (0, [1, 2]), (6, [0, 1]), (1, [0, 1])):
        for who in (ALICE, BOB):
            await house.do(who, "read", number, seq=seq)
        view = await house.view(BOB, number)
        assert await unread(house, number, BOB, ALICE) == [left[0], left[1]], seq
        assert view.head == 7


async def test_beyond_the_head_is_the_head(house: House) -> None:
    number = await house.place(ALICE)
    await processing(house, number)
    for who in (ALICE, BOB):
        await house.do(who, "read", number, seq=2**62)
        assert await unread(house, number, who) == [0]
    await house.do(BOB, "messages.send", number, text="Hello")
    await house.do(ALICE, "messages.send", number, text="Hello")
    assert await unread(house, number, ALICE, BOB) == [1, 1]


async def test_a_new_member_starts_at_the_heads(house: House) -> None:
    old = await house.place(ALICE)
    await house.do(ALICE, "messages.send", old, text="Hello?")
    newcomer = await house.new_member("nils@example.org")
    assert await unread(house, old, newcomer, BOB) == [0, 2]
    assert await orders_with_news(house, newcomer) == 0
    await house.do(ALICE, "messages.send", old, text="Still there?")
    new = await house.place(CAROL)
    assert await unread(house, old, newcomer, BOB) == [1, 3]
    assert await unread(house, new, newcomer, BOB) == [1, 1]
    assert await orders_with_news(house, newcomer) == 2


async def test_a_decision_is_exactly_one_unread_entry(house: House) -> None:
    number = await house.place(ALICE)
    await awaiting(house, number)
    for who in (BOB, OLGA):
        await house.do(who, "read", number, seq=99)
    await house.do(ALICE, "quotes.approve", number, version=1)
    assert await unread(house, number, BOB, OLGA) == [1, 1]
    assert await house.numbers(BOB, "inbox") == [number]


async def test_a_guest_and_the_customer_of_an_order_read_as_one(house: House) -> None:
    number = await house.place(ALICE)
    guest = await house.guest(number)
    await house.do(BOB, "messages.send", number, text="Hello")
    assert await unread(house, number, ALICE, guest) == [2, 2]
    await house.do(guest, "read", number, seq=99)
    assert await unread(house, number, ALICE, guest) == [0, 0]


@pytest.mark.parametrize("seq", [-1, "1", 1.5, True, None, [1]])
async def test_a_position_is_a_whole_number(house: House, seq: Any) -> None:
    number = await house.place(ALICE)
    problem = await house.refused(BOB, "read", number, seq=seq)
    assert (problem.code, [error.field for error in problem.errors]) == ("invalid", ["seq"])


async def test_marked_unread_it_is_one_for_that_member_alone(house: House) -> None:
    number = await house.place(ALICE)
    head = (await house.order(BOB, number))["last_seq"]
    for member in (BOB, OLGA):
        await house.do(member, "read", number, seq=head)
    before = await house.state(number)
    assert (await house.do(BOB, "orders.unread", number)).seq is None
    assert await unread(house, number, ALICE, BOB, OLGA) == [0, 1, 0]
    assert [await orders_with_news(house, who) for who in (BOB, OLGA)] == [1, 0]
    assert (await house.state(number))["entries"] == before["entries"]


async def test_reading_again_takes_the_mark_away(house: House) -> None:
    number = await house.place(ALICE)
    head = (await house.order(BOB, number))["last_seq"]
    await house.do(BOB, "read", number, seq=head)
    await house.do(BOB, "orders.unread", number)
    assert (await house.view(BOB, number)).read == head - 1
    await house.do(BOB, "read", number, seq=head - 1)  # of before
    assert await unread(house, number, BOB) == [1]
    await house.do(BOB, "read", number, seq=head)
    assert await unread(house, number, BOB) == [0]
    assert await orders_with_news(house, BOB) == 0


async def test_what_comes_after_a_mark_is_counted_and_not_the_mark(house: House) -> None:
    number = await house.place(ALICE)
    await house.do(BOB, "read", number, seq=99)
    await house.do(BOB, "orders.unread", number)
    for n in range(2):
        await house.do(ALICE, "messages.send", number, text=f"{n}")
    assert await unread(house, number, BOB, OLGA) == [2, 3]
    assert await orders_with_news(house, BOB) == 1
    await house.do(BOB, "read", number, seq=99)
    assert await unread(house, number, BOB, OLGA) == [0, 3]


async def test_what_was_never_opened_can_be_marked_by_a_new_member(house: House) -> None:
    number = await house.place(ALICE)
    nora = await house.new_member("nora@example.org")
    assert await unread(house, number, nora) == [0]
    await house.do(nora, "orders.unread", number)
    await house.do(nora, "orders.unread", number)
    assert await unread(house, number, nora, BOB) == [1, 1]
