"""An order's statuses and the only ways between them; buttons, checks and tests all read these tables."""

from collections.abc import Iterable
from typing import Protocol

from sqlalchemy import update
from sqlalchemy.orm.attributes import set_committed_value

from app.db import Transaction
from app.entries import Side
from app.errors import Problem
from app.orders.model import OPEN, STATUSES, Order

TRANSITIONS: dict[tuple[str, str, Side], str] = {
    ("pending", "open_chat", "team"): "processing",
    ("pending", "process", "team"): "processing",
    ("pending", "confirm", "team"): "confirmed",
    ("pending", "reject", "team"): "rejected",
    ("pending", "cancel", "customer"): "cancelled",
    ("processing", "open_chat", "team"): "processing",
    ("processing", "process", "team"): "processing",
    ("processing", "confirm", "team"): "confirmed",
    ("processing", "reject", "team"): "rejected",
    ("processing", "cancel", "customer"): "cancelled",
    ("confirmed", "cancel", "team"): "cancelled",
    ("rejected", "reopen", "team"): "processing",
    ("cancelled", "reopen", "team"): "processing",
}

EVERY = frozenset(STATUSES)
UNDECIDED = frozenset(OPEN)
# what changes no status, by the statuses in which it is possible
ALLOWED: dict[tuple[str, Side], frozenset[str]] = {
    ("messages.send", "team"): EVERY,
    ("messages.send", "customer"): EVERY,
    ("notes.add", "team"): EVERY,
    ("labels.add", "team"): EVERY,
    ("labels.remove", "team"): EVERY,
    ("orders.assign", "team"): EVERY,
    ("orders.done", "team"): EVERY,
    ("orders.snooze", "team"): EVERY,
    ("orders.wake", "team"): EVERY,
    ("orders.unread", "team"): EVERY,
    ("quotes.send", "team"): UNDECIDED,
    ("payments.request", "team"): EVERY,
    ("payments.record", "team"): UNDECIDED | {"confirmed"},
}
VERBS = tuple(dict.fromkeys(verb for _, verb, _ in TRANSITIONS))
METHOD_CHANGES_WHILE = frozenset({"unpaid", "failed"})


class Stands(Protocol):
    """As much of an order as its buttons depend on."""

    @property
    def status(self) -> str: ...
    @property
    def payment_method(self) -> str: ...
    @property
    def payment_status(self) -> str: ...


def can(order: Stands, side: Side, turn: str, *, snoozed: bool = False) -> list[str]:
    """What this side may do to the order as it stands, by the names of the verbs; `turn` is as shown."""
    moves = [f"orders.{verb}" for verb in VERBS if _next(order, verb, side)]
    if order.status == "processing":  # there these two do nothing, so they are no buttons
        moves = [name for name in moves if name not in ("orders.open_chat", "orders.process")]
    others = [name for (name, who), when in ALLOWED.items() if who == side and order.status in when]
    if side == "team" and may_change_method(order):
        others.append("orders.set_payment_method")
    if order.payment_method == "online":  # what the gateway collects is not noted by hand
        others = [name for name in others if name != "payments.record"]
    away = set() if turn == "team" else {"orders.done", "orders.snooze"}
    away.add("orders.snooze" if snoozed else "orders.wake")
    return moves + [name for name in others if name not in away]


def may_change_method(order: Stands) -> bool:
    return order.status in OPEN or order.payment_status in METHOD_CHANGES_WHILE


def require(order: Order, verb: str, side: Side) -> str:
    """The status that `verb` leads to. Raises 409 when the table has no such way."""
    target = TRANSITIONS.get((order.status, verb, side))
    if target is None:
        raise refuse()
    return target


def refuse() -> Problem:
    return Problem("conflict", "This is not possible as the order stands now.")


async def move(tx: Transaction, order: Order, verb: str, side: Side) -> bool:
    """Take a locked order along the table; the only writer of its status. False: it is there already."""
    before, target = order.status, require(order, verb, side)
    if before == target:
        return False
    write = update(Order).where(Order.id == order.id, Order.status == before).values(status=target)
    result = await tx.session.execute(write.execution_options(synchronize_session=False))
    if result.rowcount != 1:  # type: ignore[attr-defined]
        raise Problem("conflict", "Somebody else was faster.")
    set_committed_value(order, "status", target)
    to_the_top(tx, order)
    return True


def give_turn(tx: Transaction, order: Order, turn: str) -> None:
    """Say whose move it is. `waiting_since` starts when it becomes the team's; with it a snooze ends."""
    if order.turn == turn:
        return
    order.turn = turn
    order.waiting_since = tx.now if turn == "team" else None
    order.snoozed_at = order.snoozed_until = None
    to_the_top(tx, order)


def to_the_top(tx: Transaction, order: Order) -> None:
    """Never down: a transaction that waited for the lock began before one that it follows, and an order
    that sank in the lists would be on a second page, too.
    """
    order.sorted_at = max(order.sorted_at, tx.now)


def boxes(status: str, turn: str, awaiting: bool, snoozed: bool = False) -> Iterable[str]:
    """The boxes that an order lies in; they may overlap."""
    if turn == "team":
        yield "snoozed" if snoozed else "inbox"
    yield status
    if awaiting:
        yield "awaiting"


def _next(order: Stands, verb: str, side: Side) -> str | None:
    return TRANSITIONS.get((order.status, verb, side))
