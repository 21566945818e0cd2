"""Orders and quotes brought to each state they can be in, and what a verb then does to them."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from app.errors import Problem
from app.verb import Done
from app.verbs import VERBS
from tests.cast import ALICE, BOB, OLGA
from tests.rules.house import House, Who

Steps = Callable[[House, str], Awaitable[Any]]


async def pending(house: House, number: str) -> None:
    await house.do(OLGA, "labels.add", number, label="rush")  # so that there is one to take off


async def processing(house: House, number: str) -> None:
    await pending(house, number)
    await house.do(OLGA, "orders.open_chat", number)


async def talking(house: House, number: str) -> None:
    await processing(house, number)
    await house.do(OLGA, "messages.send", number, text="How large?")


async def awaiting(house: House, number: str) -> None:
    await processing(house, number)
    await house.do(OLGA, "quotes.send", number, amount=50_000)


async def approved(house: House, number: str) -> None:
    await awaiting(house, number)
    await house.do(ALICE, "quotes.approve", number, version=1)


async def confirmed(house: House, number: str) -> None:
    await approved(house, number)
    await house.do(OLGA, "orders.confirm", number)


async def rejected(house: House, number: str) -> None:
    await pending(house, number)
    await house.do(OLGA, "orders.reject", number)


async def cancelled(house: House, number: str) -> None:
    await pending(house, number)
    await house.do(ALICE, "orders.cancel", number)


STATES: Final[dict[str, Steps]] = {
    "pending": pending, "processing": processing, "talking": talking, "awaiting": awaiting,
    "approved": approved, "confirmed": confirmed, "rejected": rejected, "cancelled": cancelled,
}  # fmt: skip
DATA: Final[dict[str, dict[str, Any]]] = {
    "messages.send": {"text": "Hello"},
    "notes.add": {"text": "Careful"},
    "messages.correct": {"seq": 1, "text": "Hallo"},
    "messages.withdraw": {"seq": 1},
    "labels.add": {"label": "proof-needed"},
    "labels.remove": {"label": "rush"},
    "quotes.send": {"amount": 60_000},
    "quotes.approve": {"version": 1, "on_behalf": True},
    "quotes.reject": {"version": 1, "on_behalf": True},
    "quotes.cancel": {"version": 1},
    "quotes.counter": {"version": 1, "amount": 45_000, "text": "That is what I have."},
    "orders.set_payment_method": {"payment_method": "cash"},
    "orders.assign": {"member": BOB.email},
    "read": {"seq": 1_000},
    "payments.pay": {"payment": 1},
    "payments.request": {"amount": 2_500, "text": "Express"},
    "payments.record": {"amount": 1_000},
    "payments.withdraw": {"payment": 1},
    "payments.refund": {"payment": 1, "reason": "Too much"},
    "subscriptions.change_plan": {"id": 1, "plan": 1, "when": "now"},
    "subscriptions.cancel": {"id": 1, "when": "now"},
}
ON_ORDER = tuple(name for name, verb in VERBS.items() if verb.on_order)
ELSEWHERE = ("quotes.a", "quotes.r", "quotes.c", "payments.", "messages.c", "messages.w")
"""These have tables of their own."""
ORDER_VERBS = tuple(name for name in ON_ORDER if not name.startswith(ELSEWHERE))
MONEY = frozenset({"payment", "subscription"})  # what follows from a verb, see tests/payments


class Lives:
    """Hands out orders in a state; one that a verb left as it was is handed out again."""

    def __init__(self, house: House, states: dict[str, Steps]) -> None:
        self.house = house
        self.states = states
        self._spare: dict[str, str] = {}

    async def effect(self, state: str, verb: str, who: Who | None, **data: Any) -> str:
        """What `verb` does there, in words; what is refused changes nothing. Who None: a guest of it."""
        number = await self.order(state)
        actor = await self.house.guest(number) if who is None else self.house.actor(who)
        was, before = await self.house.order(BOB, number), await self.house.state(number)
        try:
            done = await self.house.do(actor, verb, number, **(DATA.get(verb, {}) | data))
        except Problem as problem:
            assert await self.house.state(number) == before, f"{verb} was refused and changed something"
            return problem.code
        after = await self.house.state(number)
        if after == before:
            assert done.seq is None
            return "nothing"
        del self._spare[state]
        return await self._said(number, done, was)

    async def order(self, state: str) -> str:
        if state not in self._spare:
            number = await self.house.place(ALICE)
            await self.states[state](self.house, number)
            self._spare[state] = number
        return self._spare[state]

    async def _said(self, number: str, done: Done, was: dict[str, Any]) -> str:
        order = await self.house.order(BOB, number)
        news = await self.house.entries(number, after=was["last_seq"])
        own = [entry for entry in news if entry.kind not in MONEY and entry.data.get("verb") != "quote_seen"]
        assert done.seq == (own[-1].seq if own else None), "the answer names the verb's own entry"
        assert [entry.seq for entry in news] == [was["last_seq"] + n + 1 for n in range(len(news))]
        names = {"status": "", "turn": "turn ", "awaiting_response": "awaiting "}
        changed = [f"{word}{order[name]}" for name, word in names.items() if order[name] != was[name]]
        kinds = " + ".join(entry.kind for entry in own) or "no entry"
        return ", ".join([*changed, kinds])


async def table(lives: Lives, verbs: Sequence[str], who: Who | None, **data: Any) -> str:
    """What each verb does in each state, a line each; a verb that does the same everywhere has one line."""
    lines = []
    for verb in verbs:
        said = {state: await lives.effect(state, verb, who, **data) for state in lives.states}
        same = len(set(said.values())) == 1
        rows = {"every state": said[next(iter(said))]} if same else said
        lines += [f"{verb:25} {state:11} {what}".rstrip() for state, what in rows.items()]
    return "\n".join(lines)
