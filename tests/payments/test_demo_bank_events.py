"""The demo bank's webhooks: signed, brought again until they are taken, twice when so wished."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from sqlalchemy import select

from app.demo_bank.faults import switch_on
from app.demo_bank.gateway import DemoBank
from app.demo_bank.model import BankEvent
from app.demo_bank.webhooks import HEADER, MOST_TRIES, PAUSES, deliver_due, read_event, sign
from app.payments.gateway import BadSignature, Event
from tests.payments.test_demo_bank import PAYS, REQUEST, charged, give_card, prepared
from tests.rules.house import SECRET

NOW = datetime(2030, 4, 1, 12, tzinfo=UTC)
BODY = orjson.dumps({"id": "event_1", "kind": "charge", "ref": "charge_1", "at": 1_900_000_000})
Receive = Callable[[bytes, dict[str, str]], Awaitable[int]]


class Post:
    """Takes events as a shop would; `answers` are said first, then 200."""

    def __init__(self, bank: DemoBank, *answers: int | BaseException) -> None:
        self.bank = bank
        self.answers = list(answers)
        self.taken: list[Event] = []
        self.now = bank.db.clock()

    async def __call__(self, body: bytes, headers: dict[str, str]) -> int:
        event = self.bank.read_event(body, headers, self.now)
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, BaseException):
            raise answer
        if answer == 200:
            self.taken.append(event)
        return answer

    async def deliver(self, after: timedelta = timedelta()) -> int:
        self.now += after
        return await deliver_due(self.bank.db, SECRET, self.now, self)


async def stored(bank: DemoBank) -> list[BankEvent]:
    async with bank.db.read() as session:
        return list(await session.scalars(select(BankEvent)))


# Signatures


def read(body: bytes, headers: dict[str, str], now: datetime = NOW) -> Event:
    return read_event(SECRET, body, headers, now)


def test_a_signed_event_is_read() -> None:
    expected = Event("event_1", "charge", "charge_1", datetime.fromtimestamp(1_900_000_000, UTC))
    headers = sign(SECRET, BODY, NOW)
    assert read(BODY, headers) == expected
    assert read(BODY, {name.lower(): value for name, value in headers.items()}) == expected
    for seconds in (-300, 300):
        assert read(BODY, headers, NOW + timedelta(seconds=seconds)) == expected
    rolled = {HEADER: headers[HEADER].replace(",", f",v0=x,v1={'0' * 64},")}
    assert read(BODY, rolled) == expected, "one good signature is enough"


def test_what_was_tampered_with_is_not_read() -> None:
    stamp, signature = sign(SECRET, BODY, NOW)[HEADER].split(",")
    for said in (
        "", "nonsense", stamp, signature, f"{stamp},v1=", f"{stamp},v1=é", f"{stamp},v0={signature[3:]}",
        f"{stamp},{signature[:-1]}", f"t=x,{signature}", f"t=,{signature}", f"t={'9' * 40},{signature}",
        f"t=١,{signature}", f"t={int(stamp[2:]) + 1},{signature}", f"{stamp},{stamp},{signature}",
    ):  # fmt: skip
        with pytest.raises(BadSignature):
            read(BODY, {HEADER: said})
    for body in (BODY + b" ", b"", BODY.replace(b"charge_1", b"charge_2")):
        with pytest.raises(BadSignature):
            read(body, sign(SECRET, BODY, NOW))
    for headers in ({}, sign("another secret", BODY, NOW)):
        with pytest.raises(BadSignature):
            read(BODY, headers)


def test_a_stale_event_is_not_read() -> None:
    for seconds in (-301, 301, 10**6):
        with pytest.raises(BadSignature):
            read(BODY, sign(SECRET, BODY, NOW), NOW + timedelta(seconds=seconds))


# Delivery


async def test_everything_that_happens_is_told(bank: DemoBank) -> None:
    setup = await bank.setup(REQUEST)
    await give_card(bank, setup.ref)
    outcome = await charged(bank)
    refund = await bank.refund(outcome.ref, 1, "r")
    post = Post(bank)
    assert await post.deliver() == 3
    found = {(event.kind, event.ref) for event in post.taken}
    assert found == {("setup", setup.ref), ("charge", outcome.ref), ("refund", refund.ref)}
    assert await post.deliver() == 0


@pytest.mark.parametrize("answer", [500, 400, 302, OSError("no route"), TimeoutError()])
async def test_what_was_not_taken_comes_again(bank: DemoBank, answer: int | Exception) -> None:
    outcome = await charged(bank)
    post = Post(bank, answer)
    assert await post.deliver() == 1
    assert await post.deliver() == 0, "not at once"
    assert await post.deliver(PAUSES[0]) == 1
    assert [event.ref for event in post.taken] == [outcome.ref]


async def test_after_ten_tries_it_is_given_up(bank: DemoBank) -> None:
    await charged(bank)
    post = Post(bank, *[500] * 20)
    tries = [await post.deliver(pause) for pause in (timedelta(), *PAUSES)]
    assert tries == [1] * MOST_TRIES == [1] * 10
    assert await post.deliver(timedelta(days=30)) == 0
    (event,) = await stored(bank)
    assert (event.tries, event.due_at, event.delivered_at, event.copies) == (10, None, None, 1)


def test_pauses_grow() -> None:
    assert sorted(set(PAUSES)) == PAUSES


async def test_a_duplicate_is_brought_twice(bank: DemoBank) -> None:
    await switch_on(bank.db, "duplicate")
    first, second = await charged(bank), await charged(bank)
    post = Post(bank, 200, 500)
    await post.deliver()
    await post.deliver(PAUSES[1])
    assert Counter(event.ref for event in post.taken) == {first.ref: 2, second.ref: 1}
    assert len({event.id for event in post.taken}) == 2
    assert all(event.delivered_at for event in await stored(bank))


async def test_a_slow_charge_is_told_when_it_is_there(bank: DemoBank) -> None:
    ref = await prepared(bank)
    await switch_on(bank.db, "slow", seconds=30)
    await bank.charge(ref, "a", None)
    post = Post(bank)
    assert await post.deliver(timedelta(seconds=15)) == 0
    assert await post.deliver(timedelta(seconds=15)) == 1
    assert [event.ref for event in post.taken] == [ref]
    assert (await bank.look_up(ref)).status == "succeeded"


async def test_a_slow_refund_is_told_when_it_is_there(bank: DemoBank) -> None:
    outcome = await charged(bank)
    await switch_on(bank.db, "slow", seconds=30)
    refund = await bank.refund(outcome.ref, 1, "r")
    post = Post(bank)
    assert await post.deliver() == 1
    assert await post.deliver(timedelta(seconds=30)) == 1
    assert post.taken[-1].ref == refund.ref


async def test_workers_share_the_work(bank: DemoBank) -> None:
    for _ in range(6):
        await charged(bank)
    posts = [Post(bank), Post(bank), Post(bank)]
    assert sum(await asyncio.gather(*[post.deliver() for post in posts])) == 6
    assert len({event.id for post in posts for event in post.taken}) == 6


async def test_what_a_dead_worker_held_is_brought_by_another(bank: DemoBank) -> None:
    await charged(bank)
    dead = Post(bank, asyncio.CancelledError())
    with pytest.raises(asyncio.CancelledError):
        await dead.deliver()
    post = Post(bank)
    assert await post.deliver() == 0
    assert await post.deliver(timedelta(seconds=60)) == 1


async def test_the_receiver_may_ask_the_bank(bank: DemoBank) -> None:
    outcome = await charged(bank, PAYS)
    said = []

    async def ask(body: bytes, headers: dict[str, str]) -> int:
        event = bank.read_event(body, headers, bank.db.clock())
        said.append(await bank.look_up(event.ref))
        return 204

    assert await deliver_due(bank.db, SECRET, bank.db.clock(), ask) == 1
    assert said == [outcome]
