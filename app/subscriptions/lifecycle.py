"""A subscription's states and the only ways between them (DESIGN §2)."""

from typing import Literal

from sqlalchemy import update
from sqlalchemy.orm.attributes import set_committed_value

from app.analytics.observing import count_subscription
from app.db import Transaction
from app.entries import Side
from app.errors import Problem
from app.subscriptions.model import LIVE, Subscription

By = Side | Literal["clock"]

TRANSITIONS: dict[tuple[str, str, By], str] = {
    ("scheduled", "charged", "clock"): "active",
    ("scheduled", "failed", "clock"): "overdue",
    ("active", "charged", "clock"): "active",
    ("active", "failed", "clock"): "overdue",
    ("overdue", "charged", "clock"): "active",
    ("overdue", "failed", "clock"): "overdue",
    ("active", "end", "clock"): "ended",
    **{(state, "cancel", by): "cancelled" for state in LIVE for by in ("team", "customer", "clock")},
}
# what changes no state at once, by the states in which it is possible
ALLOWED: dict[str, frozenset[str]] = {
    "change_plan": frozenset(LIVE),
    "cancel": frozenset(LIVE),
}


def refuse() -> Problem:
    return Problem("conflict", "This is not possible as the subscription stands now.")


def can(state: str, side: Side, *, customers_may_cancel: bool) -> list[str]:
    """What this side may do to a subscription in this state."""
    verbs = [verb for verb, states in ALLOWED.items() if state in states]
    if side == "customer":
        verbs = [verb for verb in verbs if verb == "cancel" and customers_may_cancel]
    return [f"subscriptions.{verb}" for verb in verbs]


def require(subscription: Subscription, verb: str, by: By) -> str:
    """The state that `verb` leads to. Raises 409 when the table has no such way."""
    target = TRANSITIONS.get((subscription.state, verb, by))
    if target is None:
        raise refuse()
    return target


async def move(tx: Transaction, subscription: Subscription, verb: str, by: By, **values: object) -> None:
    """Take a subscription along the table, with what else changes; the only writer of its state."""
    target = require(subscription, verb, by)
    values |= {"state": target, "ended_at": None if target in LIVE else tx.now}
    if target != "overdue":
        values["failed_at"] = None
    mine = (Subscription.id == subscription.id, Subscription.state == subscription.state)
    write = update(Subscription).where(*mine).values(values)
    result = await tx.session.execute(write.execution_options(synchronize_session=False))
    if result.rowcount != 1:  # type: ignore[attr-defined]
        raise Problem("conflict", "Somebody else was faster.")
    for name, value in values.items():
        set_committed_value(subscription, name, value)
    await count_subscription(tx, subscription)
