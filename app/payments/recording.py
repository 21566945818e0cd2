"""What happens to a payment, written down: its entry, and which entry shows the card with the buttons."""

from typing import Any

from app import log
from app.author import Author
from app.db import Transaction
from app.entries import Entry
from app.money import Money
from app.orders.model import Order
from app.payments.model import Payment

CARDS = frozenset({"due", "pending", "failed", "action"})


async def record(
    tx: Transaction,
    order: Order,
    payment: Payment,
    author: Author,
    event: str,
    *,
    amount: int | None = None,
    new_card: bool = True,
    answers: bool = False,
    **data: Any,
) -> Entry:
    """Append the entry of `event`. The first one and what asks for something show a card; the card before
    it is told.

    `event` is due, pending, action, succeeded, failed, withdrawn, refunding, refunded or refund_failed;
    `amount` (minor units) is the payment's own unless given.
    """
    shown = {"payment": payment.id, "status": event}
    shown["amount"] = Money(payment.amount if amount is None else amount, payment.currency).as_dict()
    if payment.seq:
        shown["before"] = payment.seq
    shown |= {name: value for name, value in data.items() if value}
    entry = await log.append(tx, order, author, "payment", shown, answers=answers)
    if not payment.seq or (event in CARDS and new_card):
        payment.seq = entry.seq
    return entry
