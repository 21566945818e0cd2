"""One thing done to many orders: each by its ordinary verb, by its own right, in its own transaction."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.author import Actor
from app.context import Context
from app.errors import Problem, invalid
from app.i18n import gettext
from app.orders.model import MOST_ID, Order, order_id
from app.team.model import Member

MOST = 200
PLAIN: Mapping[str, tuple[str, dict[str, Any]]] = {
    "done": ("orders.done", {}),
    "wake": ("orders.wake", {}),
    "read": ("read", {"seq": MOST_ID}),
    "unread": ("orders.unread", {}),
}
WITH_VALUE = {
    "assign": ("orders.assign", "member"),
    "label": ("labels.add", "label"),
    "unlabel": ("labels.remove", "label"),
    "snooze": ("orders.snooze", "until"),
}
BACK = {"snooze": "wake", "unread": "read"}


@dataclass(frozen=True, slots=True)
class Step:
    """`what` is to be done to an order, like "done", "assign:olga@example.org" or "snooze:monday"."""

    number: str
    what: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """`undo` takes it back; None where nothing changed or nothing can. `problem`: why it was not done."""

    number: str
    undo: str | None = None
    problem: str | None = None

    def as_dict(self) -> dict[str, str | None]:
        return {"number": self.number, "undo": self.undo, "problem": self.problem}


def steps_of(numbers: Collection[str], what: str) -> list[Step]:
    return [Step(number, what) for number in dict.fromkeys(numbers)]


def verb_of(what: str, actor: Actor) -> tuple[str, dict[str, Any]]:
    """The verb and its data. Raises 422 for what is none of these."""
    kind, colon, value = what.partition(":")
    if not colon and kind in PLAIN:
        return PLAIN[kind]
    if not colon or kind not in WITH_VALUE:
        raise invalid("do", "Please choose what to do.", "missing")
    name, field = WITH_VALUE[kind]
    if kind == "assign":
        return name, {field: actor.email if value == "me" else value or None}
    return name, {field: value}


async def perform(context: Context, actor: Actor, steps: Sequence[Step], cid: str) -> list[Outcome]:
    """Do the steps, one after the other. Raises 422 where there are none, or too many."""
    if not steps:
        raise invalid("order", "Please choose orders first.", "missing")
    if len(steps) > MOST:
        raise invalid("order", "Please choose 200 orders at most.", "too_long")
    verbs = [verb_of(step.what, actor) for step in steps]
    async with context.db.read() as session:
        before = await _assignees(session, [step.number for step in steps])
    found = []
    for step, (verb, data) in zip(steps, verbs, strict=True):
        own = str(uuid5(NAMESPACE_OID, f"{cid} {step.number} {step.what}"))
        try:
            done = await context.do(actor, verb, step.number, data, own)
        except Problem as problem:
            if problem.status in (401, 503):
                raise
            found.append(Outcome(step.number, problem=_why(problem)))
        else:
            changed = done.seq is not None or step.what == "unread"
            found.append(Outcome(step.number, _undo(step, before) if changed else None))
    return found


def _why(problem: Problem) -> str:
    return gettext(problem.errors[0].detail if problem.errors else problem.detail)


def _undo(step: Step, before: Mapping[str, str]) -> str | None:
    kind, _, value = step.what.partition(":")
    if kind == "assign":
        return f"assign:{before.get(step.number, '')}"
    if kind in ("label", "unlabel"):
        return f"{'unlabel' if kind == 'label' else 'label'}:{value}"
    return BACK.get(kind)


async def _assignees(session: AsyncSession, numbers: Collection[str]) -> dict[str, str]:
    ids = {order_id(number): number for number in numbers}
    wanted = select(Order.id, Member.email).join(Member, Member.id == Order.assignee_id)
    found = await session.execute(wanted.where(Order.id.in_([key for key in ids if key is not None])))
    return {ids[key]: email for key, email in found}
