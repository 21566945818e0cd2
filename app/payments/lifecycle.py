"""A payment's statuses, and whose they are to change; buttons, checks and tests read these tables."""

from typing import Literal

from sqlalchemy import update
from sqlalchemy.orm.attributes import set_committed_value

from app.db import Transaction
from app.entries import Side
from app.errors import Problem
from app.payments.model import Payment

By = Side | Literal["clock"]

TRANSITIONS: dict[tuple[str, str, By], str] = {
    ("due", "pay", "customer"): "pending",
    ("due", "pay", "clock"): "pending",
    ("failed", "pay", "customer"): "pending",
    ("failed", "pay", "clock"): "pending",
    ("pending", "succeed", "clock"): "succeeded",
    ("pending", "fail", "clock"): "failed",
    ("due", "withdraw", "team"): "withdrawn",
    ("due", "withdraw", "clock"): "withdrawn",
    ("failed", "withdraw", "team"): "withdrawn",
    ("failed", "withdraw", "clock"): "withdrawn",
}


def can(payment: Payment, side: Side, *, is_owner: bool = False) -> list[str]:
    """What this side may do to a payment as it stands."""
    verbs = [verb for status, verb, by in TRANSITIONS if status == payment.status and by == side]
    if verbs == ["withdraw"] and payment.kind != "request":
        verbs = []  # what an order or a plan owes is not withdrawn by hand
    if side == "team" and is_owner and payment.status == "succeeded" and payment.refunded < payment.amount:
        verbs.append("refund")
    return [f"payments.{verb}" for verb in verbs]


def require(payment: Payment, verb: str, by: By) -> str:
    """The status that `verb` leads to. Raises 409 when the table has no such way."""
    target = TRANSITIONS.get((payment.status, verb, by))
    if target is None:
        raise refuse()
    return target


def refuse() -> Problem:
    return Problem("conflict", "This is not possible as the payment stands now.")


async def move(tx: Transaction, payment: Payment, verb: str, by: By, **values: object) -> None:
    """Take a payment along the table, with what else changes; the only writer of its status."""
    target = require(payment, verb, by)
    values["status"] = target
    mine = (Payment.id == payment.id, Payment.status == payment.status)
    write = update(Payment).where(*mine).values(values)
    result = await tx.session.execute(write.execution_options(synchronize_session=False))
    if result.rowcount != 1:  # type: ignore[attr-defined]
        raise Problem("conflict", "Somebody else was faster.")
    for name, value in values.items():
        set_committed_value(payment, name, value)
