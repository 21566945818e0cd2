"""Messages that share a transaction do to their orders exactly what each would have done on its own."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import RowMapping, func, select
from sqlalchemy.exc import OperationalError

from app import access
from app.author import Actor
from app.db import Base
from app.errors import Problem
from app.messages import in_postgresql, in_sqlite
from app.messages.together import Message
from app.orders.model import FIRST, BoxTally
from app.team.model import Member
from app.verbs import perform
from app.writer import Writer
from tests.cast import ALICE, BOB, CAROL, OLGA
from tests.rules.house import House, Who

# (who, verb, data): what a customer and a team do, most of it writing
DEEDS: tuple[tuple[Who, str, dict[str, Any]], ...] = (
    *(3 * [(ALICE, "messages.send", {"text": "  When will it\nbe ready?  "})]),
    *(3 * [(BOB, "messages.send", {"text": "Soon, see https://example.org"})]),
    (OLGA, "messages.send", {"text": "É vero: on Monday."}),
    (BOB, "notes.add", {"text": "She is in a hurry."}),
    (ALICE, "read", {"seq": 99}),
    (BOB, "read", {"seq": 99}),
    (OLGA, "read", {"seq": 99}),
    (BOB, "orders.done", {}),
    (BOB, "orders.snooze", {}),
    (OLGA, "orders.snooze", {"until": "tomorrow"}),
    (BOB, "orders.unread", {}),
    (BOB, "orders.process", {}),
    (BOB, "quotes.send", {"amount": 5_000}),
    (OLGA, "quotes.send", {"amount": 6_000, "valid_until": "2030-01-05"}),
    (ALICE, "quotes.approve", {"version": 1}),
    (ALICE, "quotes.reject", {"version": 2}),
    (ALICE, "quotes.counter", {"version": 2, "amount": 4_000}),
    (BOB, "quotes.cancel", {"version": 1}),
    (OLGA, "orders.reject", {}),
    (OLGA, "orders.reopen", {}),
)


@pytest.mark.parametrize("seed", range(6))
async def test_a_message_does_the_same_either_way(house: House, seed: int) -> None:
    rng, taken = random.Random(seed), Taken(house.context.writer)
    now = datetime(2030, 1, 1, tzinfo=UTC)
    house.db.clock = lambda: now
    together, alone = await house.place(ALICE), await house.place(ALICE)
    for _ in range(60):
        now += timedelta(hours=rng.choice((0, 1, 9)))
        who, verb, data = rng.choice(DEEDS)
        answers = [
            await _answer(house, who, verb, together, data, taken.writer),
            await _answer(house, who, verb, alone, data, None),
        ]
        assert answers[0] == answers[1], (who, verb, data)
        assert await _all_of(house, together) == await _all_of(house, alone), (who, verb, data)
    assert taken.stored > 5
    order = await house.order(BOB, alone)
    assert await _inbox(house) == 2 * (order["turn"] == "team" and not order["snoozed"])


@pytest.mark.parametrize("heard", [True, False])
async def test_how_long_messages_gather_goes_by_whether_other_processes_hear_of_them(
    house: House, heard: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, never = await house.place(ALICE), 1e6
    monkeypatch.setattr("app.writer.ALONE", never if heard else 0.001)
    monkeypatch.setattr("app.writer.HEARD", 0.001 if heard else never)
    house.context.writer.heard = lambda: heard
    said = (house.do(ALICE, "messages.send", number, text=text) for text in ("one", "two", "three"))
    async with asyncio.timeout(30):
        await asyncio.gather(*said)


async def test_many_at_once_are_all_stored_in_the_order_sent(house: House) -> None:
    numbers = [await house.place(ALICE) for _ in range(5)]
    for number in numbers:
        await house.do(BOB, "messages.send", number, text="Hello")
    sent = [(number, f"{n}") for n in range(20) for number in numbers]
    dones = await asyncio.gather(*(house.do(ALICE, "messages.send", on, text=text) for on, text in sent))
    for number in numbers:
        entries = await house.entries(number)
        assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
        said = [
            entry.data["text"] for entry in entries if entry.role == "customer" and entry.kind == "message"
        ]
        assert said == [text for on, text in sent if on == number]
        at = {entry.seq: entry.data.get("text") for entry in entries}
        for (on, text), done in zip(sent, dones, strict=True):
            assert on != number or at[done.seq or 0] == text


async def test_the_same_cid_is_stored_once(house: House) -> None:
    number, cid = await house.place(ALICE), str(uuid4())
    twice = await asyncio.gather(
        *(house.do(ALICE, "messages.send", number, cid, text="Hello") for _ in range(5))
    )
    assert len({done.seq for done in twice}) == 1
    refused = await house.refused(ALICE, "messages.send", number, cid, text="Something else")
    assert refused.code == "cid_reused"
    assert sum(entry.kind == "message" for entry in await house.entries(number)) == 1


async def test_whoever_may_not_write_is_refused_among_others(house: House) -> None:
    number, writer = await house.place(ALICE), house.context.writer
    stranger = asyncio.create_task(house.refused(CAROL, "messages.send", number, text="Let me in"))
    await house.do(ALICE, "messages.send", number, text="Mine")
    assert (await stranger).code == "not_found"
    gone = await house.new_member("gone@example.org")
    async with house.db.transaction() as tx:
        member = await tx.session.get_one(Member, gone.member_id)
        member.removed_at = tx.now
    assert (await house.refused(gone, "messages.send", number, text="Still here?")).code == "unauthenticated"
    assert await writer.store(_message(house.actor(CAROL), number)) is None
    texts = [entry.data["text"] for entry in await house.entries(number) if entry.kind == "message"]
    assert texts == ["Mine"]


async def test_a_guest_writes_to_the_order_that_was_granted(house: House) -> None:
    number, other = await house.place(ALICE), await house.place(ALICE)
    guest, taken = await house.guest(number), Taken(house.context.writer)
    await perform(house.db, guest, "messages.send", number, {"text": "It is me"}, writer=taken.writer)
    assert (await house.refused(guest, "messages.send", other, text="And this one?")).code == "not_found"
    assert taken.stored == 1
    assert (await house.entries(number))[-1].name == "Alice Ahrens"


async def test_who_has_the_order_holds_up_nobody_else(postgres_house: House) -> None:
    house = postgres_house
    held, free = await house.place(ALICE), await house.place(ALICE)
    async with house.db.transaction() as tx:
        await access.lock(tx, int(held) - FIRST)
        waits = asyncio.create_task(house.do(ALICE, "messages.send", held, text="I wait"))
        await house.do(ALICE, "messages.send", free, text="I do not")
        assert not waits.done()
    await waits


async def test_a_poisoned_message_takes_no_other_with_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [await house.place(ALICE) for _ in range(3)]
    for way in (in_sqlite, in_postgresql):
        monkeypatch.setattr(way, "store", _poisoned(way.store))
    texts = ("before", "poison", "after")
    both = zip(numbers, texts, strict=True)
    await asyncio.gather(*(house.do(ALICE, "messages.send", number, text=text) for number, text in both))
    for number, text in zip(numbers, texts, strict=True):
        assert [entry.data.get("text") for entry in await house.entries(number)][1:] == [text]


@pytest.mark.parametrize(
    "error",
    [OperationalError("INSERT", {}, Exception("disk full")), asyncpg.AdminShutdownError("57P01"), OSError()],
    ids=["disk full", "shut down", "unreachable"],
)
async def test_while_the_database_is_away_one_is_told_to_try_again(
    house: House, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    number, cid = await house.place(ALICE), str(uuid4())
    with monkeypatch.context() as broken:
        for way in (in_sqlite, in_postgresql):
            broken.setattr(way, "store", _raises(error))
        refused = await house.refused(ALICE, "messages.send", number, cid, text="Hello")
    assert (refused.code, refused.retry_after) == ("unavailable", 1)
    done = await house.do(ALICE, "messages.send", number, cid, text="Hello")
    assert done.seq == 2


async def test_no_more_wait_than_there_is_room_for(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    number = await house.place(ALICE)
    monkeypatch.setattr("app.writer.MOST_WAITING", 3)
    sent = (house.do(ALICE, "messages.send", number, text=str(n)) for n in range(9))
    answers = await asyncio.gather(*sent, return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, Problem)]
    assert {problem.code for problem in refused} == {"unavailable"}
    stored = [entry for entry in await house.entries(number) if entry.kind == "message"]
    assert len(stored) + len(refused) == 9
    assert len(stored) >= 3


class Taken:
    """Counts what a writer stored itself."""

    def __init__(self, writer: Writer) -> None:
        self.writer, self.stored, self._store = writer, 0, writer.store
        writer.store = self._counted  # type: ignore[method-assign]

    async def _counted(self, message: Message) -> int | None:
        seq = await self._store(message)
        self.stored += seq is not None
        return seq


async def _answer(
    house: House, who: Who, verb: str, number: str, data: dict[str, Any], writer: Writer | None
) -> object:
    try:
        done = await perform(house.db, house.actor(who), verb, number, data, str(uuid4()), writer=writer)
    except Problem as problem:
        return problem.code
    return done.seq


async def _all_of(house: House, number: str) -> dict[str, list[dict[str, Any]]]:
    """Everything that is stored of an order, but for the names that no two share."""
    mine, found = int(number) - FIRST, {}
    async with house.db.read() as session:
        for table in Base.metadata.sorted_tables:
            key = table.c.get("order_id") if table.name != "orders" else table.c.id
            if key is not None and table.name != "mails":
                rows = (await session.execute(select(table).where(key == mine))).mappings()
                found[table.name] = [_neutral(row, number) for row in rows]
    return {table: sorted(rows, key=repr) for table, rows in found.items()}


def _neutral(row: RowMapping, number: str) -> dict[str, Any]:
    same = {name: value for name, value in row.items() if name not in ("id", "order_id", "cid", "digest")}
    if "text" in same:
        same["text"] = same["text"].replace(number, "")
    return same


async def _inbox(house: House) -> int:
    async with house.db.read() as session:
        wanted = select(func.sum(BoxTally.moved)).where(BoxTally.box == "inbox")
        return int(await session.scalar(wanted) or 0)


def _message(actor: Actor, number: str) -> Message:
    return Message(actor, int(number) - FIRST, "Hello", str(uuid4()), "0" * 64)


def _poisoned(store: Any) -> Any:
    def checked(place: Any, messages: Any, *rest: Any) -> Any:
        if any(message.text == "poison" for message in messages):
            raise ValueError("poison")
        return store(place, messages, *rest)

    return checked


def _raises(error: Exception) -> Any:
    def away(*_: Any) -> None:
        raise error

    return away
