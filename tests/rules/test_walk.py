"""A random walk through the verbs: after it, every number equals what counting by hand gives."""

import random
from dataclasses import dataclass, field
from typing import Any

from app.author import Actor
from app.entries import Entry
from app.errors import Problem
from app.orders.boxes import NAMES, counts
from app.orders.lifecycle import boxes
from app.orders.model import FIRST, Order
from app.unread.queries import total
from tests.cast import ALICE, BOB, CAROL, OLGA, Person
from tests.rules.house import House

STEPS = 300
DATA: dict[str, Any] = {
    "messages.send": lambda r: {"text": r.choice(["Hello", "How much?", "Fine"])},
    "notes.add": lambda r: {"text": "hm"},
    "labels.add": lambda r: {"label": r.choice(["rush", "proof-needed"])},
    "labels.remove": lambda r: {"label": r.choice(["rush", "proof-needed"])},
    "quotes.send": lambda r: {"amount": r.randint(1, 10_000)},
    "quotes.approve": lambda r: {"version": r.randint(1, 3), "on_behalf": True},
    "quotes.reject": lambda r: {"version": r.randint(1, 3), "on_behalf": True},
    "quotes.counter": lambda r: {"version": r.randint(1, 3), "amount": r.randint(1, 10_000)},
    "quotes.cancel": lambda r: {"version": r.randint(1, 3)},
    "orders.set_payment_method": lambda r: {"payment_method": r.choice(["cash", "invoice"])},
    "orders.assign": lambda r: {"member": r.choice([BOB.email, None])},
    "orders.confirm": lambda r: {"without_quote": r.random() < 0.5},
    "read": lambda r: {"seq": r.randint(0, 30)},
    **{f"orders.{verb}": lambda r: {} for verb in
       ("open_chat", "process", "reject", "cancel", "reopen", "done")},
}  # fmt: skip
WEIGHTS = {"messages.send": 6, "read": 6, "quotes.send": 3, "quotes.approve": 3, "orders.reject": 0.3}


@dataclass
class Walk:
    """Acts at random, and keeps every person's position as a human would: the largest seq they said."""

    house: House
    random: random.Random
    members: dict[str, Actor] = field(default_factory=dict)
    started: dict[str, dict[str, int]] = field(default_factory=dict)
    read: dict[tuple[str, str], int] = field(default_factory=dict)
    numbers: list[str] = field(default_factory=list)
    worked: int = 0

    async def join(self, name: str, actor: Actor) -> None:
        """A member, who starts at today's heads."""
        self.members[name] = actor
        self.started[name] = {n: (await self.house.order(BOB, n))["last_seq"] for n in self.numbers}

    async def step(self) -> None:
        if len(self.numbers) < 3 or self.random.random() < 0.02:
            self.numbers.append(await self.house.place(self.random.choice([ALICE, CAROL])))
            return
        verb = self.random.choices(list(DATA), [WEIGHTS.get(verb, 1) for verb in DATA])[0]
        number, who = self.random.choice(self.numbers), self._somebody()
        data = DATA[verb](self.random)
        try:
            await self.house.do(who, verb, number, **data)
        except Problem as problem:
            assert problem.code != "invalid", (verb, data, problem.errors)
            return
        self.worked += 1
        if verb == "read":
            await self._remember(who, number, data["seq"])

    def _somebody(self) -> Actor:
        people = [*self.members.values(), self.house.actor(ALICE), self.house.actor(CAROL)]
        return self.random.choice(people)

    async def _remember(self, who: Actor, number: str, seq: int) -> None:
        position = min(seq, (await self.house.order(who, number))["last_seq"])
        key = (who.key, number)
        self.read[key] = max(self.read.get(key, 0), position)

    def unread_by_hand(self, who: Actor, name: str, number: str, log: list[Entry]) -> int:
        after = self.read.get((who.key, number), 0)
        after = max(after, self.started.get(name, {}).get(number, 0))
        counts = _counts_for_team if who.side == "team" else _counts_for_customer
        return sum(counts(e) and e.person != who.key and e.seq > after for e in log)


def _counts_for_team(entry: Entry) -> bool:
    if "decision" in entry.data:
        return True
    if entry.kind == "quote_decision":
        return entry.data["status"] in ("approved", "rejected")
    return entry.kind == "placed" or (entry.kind == "message" and entry.role == "customer")


def _counts_for_customer(entry: Entry) -> bool:
    visible = entry.audience == "everyone" and entry.role != "customer"
    starts = entry.kind == "payment" and entry.data["status"] == "pending"
    return visible and not starts and entry.kind in ("message", "quote", "status", "payment")


async def test_after_a_random_walk_every_number_is_what_counting_gives(house: House) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    walk = Walk(house, random.Random(seed))
    for person in (BOB, OLGA):
        await walk.join(person.email, house.actor(person))
    for n in range(STEPS):
        if n == STEPS // 2:
            await walk.join("nils", await house.new_member("nils@example.org"))
        await walk.step()
    assert walk.worked > STEPS / 4
    logs = {number: await house.entries(number) for number in walk.numbers}
    for name, actor in walk.members.items():
        await _check_unread(walk, name, actor, logs)
    for person in (ALICE, CAROL):
        mine = {n: log for n, log in logs.items() if log[0].person == house.actor(person).key}
        await _check_unread(walk, "", house.actor(person), mine)
    await _check_boxes(house, walk.numbers)
    for number, log in logs.items():
        await _check_log(house, number, log)


async def _check_unread(walk: Walk, name: str, who: Actor, logs: dict[str, list[Entry]]) -> None:
    by_hand = {n: walk.unread_by_hand(who, name, n, log) for n, log in logs.items()}
    shown = {n: (await walk.house.order(who, n))["unread"] for n in logs}
    assert shown == by_hand, who.email
    async with walk.house.db.read() as session:
        assert await total(session, who) == sum(n > 0 for n in by_hand.values())


async def _check_boxes(house: House, numbers: list[str]) -> None:
    async with house.db.read() as session:
        orders = [await session.get_one(Order, int(number) - FIRST) for number in numbers]
        counted = await counts(session, house.today())
    lie = [set(boxes(o.status, o.turn, o.open_quote is not None)) | {"all"} for o in orders]
    by_hand = {box: sum(box in where for where in lie) for box in NAMES}
    assert counted == by_hand
    assert {box: len(await house.numbers(BOB, box)) for box in NAMES} == by_hand


async def _check_log(house: House, number: str, log: list[Entry]) -> None:
    """No gap for the team, none for the customer by `prev`, and the heads are the last entries."""
    assert [entry.seq for entry in log] == list(range(1, len(log) + 1))
    customer: Person = ALICE if log[0].person == house.actor(ALICE).key else CAROL
    shown = await house.entries(number, "customer")
    assert [entry.prev("customer") for entry in shown] == [0, *(entry.seq for entry in shown)][:-1]
    assert (await house.order(BOB, number))["last_seq"] == log[-1].seq
    assert (await house.order(customer, number))["last_seq"] == shown[-1].seq
    await _check_quote(house, number, log)


async def _check_quote(house: House, number: str, log: list[Entry]) -> None:
    sent = [version for version, status in (await house.quotes(number)).items() if status == "sent"]
    order = await house.order(BOB, number)
    assert sent == ([order["quote"]["version"]] if order["quote"] else [])
    approved = [e.data["version"] for e in log if e.data.get("status") == "approved"]
    assert (order["total"] is not None) == bool(approved)
