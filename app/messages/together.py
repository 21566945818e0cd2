"""What a message does to an order, decided from one row: the rules of `messages.send` for many at once.

Whatever is not plain (a first answer, a late quote, a snoozed order, a repeated cid, somebody who may not) is
left to the verb itself, which is the one to say why. So these rules only have to be right about what they
accept, and tests/rules/test_together.py holds them against the verb. PostgreSQL has them in a statement of
its own (app.messages.in_postgresql).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from app.author import Actor
from app.entries import Entry, Standing
from app.orders.model import OPEN
from app.orders.words import words
from app.quotes.views import is_over

PREVIEW = 160


@dataclass(slots=True)
class Message:
    """A message that waits to be stored; `digest` is of the request that its `cid` stands for."""

    actor: Actor
    order: int
    text: str
    cid: str | None
    digest: str | None

    @property
    def ticket(self) -> tuple[str | None, str | None]:
        """The keys of the session or of the token that it was sent with."""
        kind, _, key = self.actor.ticket.partition(":")
        return key if kind == "s" else None, key if kind == "t" else None


class State(NamedTuple):
    """The order of a message, and who asks, as one query reads them (see app.messages.in_sqlite)."""

    n: int
    customer_id: int
    customer_name: str
    status: str
    turn: str
    waiting_since: datetime | None
    open_quote: int | None
    quote_until: date | None
    payment_method: str
    payment_status: str
    last_seq: int
    customer_seq: int
    team_count: int
    customer_count: int
    settled: bool
    sorted_at: datetime
    member_id: int | None
    member_name: str | None
    is_customer: int | None
    granted: bool
    answered: bool
    unreplied: bool
    decided_at: datetime | None
    webhooks: bool
    snoozed: bool


@dataclass(slots=True)
class Change:
    """An order after a message, and the entry."""

    entry: Entry
    digest: str | None
    settled: bool
    team_count: int
    customer_count: int
    spread: bool
    turn: str
    waiting_since: datetime | None
    sorted_at: datetime
    inbox: int


def preview(text: str) -> str:
    """What lists show of a message."""
    return " ".join(text.split())[:PREVIEW]


def searchable(text: str) -> str:
    """What search finds a message by."""
    return " ".join(words(text))


def decide(message: Message, state: State, now: datetime, today: date) -> Change | None:
    """What storing this message changes; None when it is not plain."""
    if not _may(message.actor, state) or state.answered or state.webhooks or _is_first_answer(message, state):
        return None
    if is_over(state.quote_until, today) or state.snoozed:
        return None
    by_team = message.actor.side == "team"
    turn = _turn_after(state, by_team=by_team)
    turned = turn != state.turn
    waiting_since = (now if turn == "team" else None) if turned else state.waiting_since
    return Change(
        entry=_entry(message, state, now, _standing(state, turn, waiting_since)),
        digest=message.digest if message.cid else None,
        settled=state.settled and by_team,
        team_count=state.team_count + (not by_team),
        customer_count=state.customer_count + by_team,
        spread=state.settled and not by_team,
        turn=turn,
        waiting_since=waiting_since,
        sorted_at=max(state.sorted_at, now) if turned else state.sorted_at,
        inbox=(turn == "team") - (state.turn == "team"),
    )


def _may(actor: Actor, state: State) -> bool:
    if actor.side == "team":
        return state.member_id is not None and state.member_id == actor.member_id
    return state.is_customer == state.customer_id or state.granted


def _is_first_answer(message: Message, state: State) -> bool:
    """It takes the order into work, or is counted in the analytics."""
    return message.actor.side == "team" and (state.status == "pending" or state.unreplied)


def _turn_after(state: State, *, by_team: bool) -> str:
    if not by_team:
        return "team"
    return "customer" if state.status in OPEN and not _decision_waits(state) else state.turn


def _decision_waits(state: State) -> bool:
    """As app.quotes.queries.decision_waits: it has been the team's turn ever since the latest decision."""
    if state.turn != "team" or state.waiting_since is None or state.decided_at is None:
        return False
    return state.waiting_since <= state.decided_at


def _entry(message: Message, state: State, now: datetime, standing: Standing | None) -> Entry:
    member = message.actor.member_id
    return Entry(
        order=message.order,
        seq=state.last_seq + 1,
        prev_everyone=state.customer_seq,
        kind="message",
        audience="everyone",
        at=now,
        role="member" if member else "customer",
        name=state.member_name or "" if member else state.customer_name,
        person=f"m{member}" if member else f"c{state.customer_id}",
        cid=message.cid,
        data={"text": message.text},
        standing=standing,
    )


def _standing(state: State, turn: str, waiting_since: datetime | None) -> Standing | None:
    """What pages show of the order besides the message, where that can be told without reading more."""
    if state.open_quote is not None:
        return None
    turned = turn != state.turn
    return Standing(turned, turn, waiting_since, state.status, state.payment_method, state.payment_status)
