"""What an attempt came to, written down once: the payment, the order, the subscription, entries and mail."""

from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm.attributes import set_committed_value

from app.author import CLOCK, Author
from app.db import Transaction
from app.mail import money_letters as letters
from app.orders.lifecycle import give_turn
from app.orders.model import Order
from app.payments import lifecycle
from app.payments.collecting import ask_customer
from app.payments.gateway import Outcome
from app.payments.model import Attempt, Payment
from app.payments.recording import record
from app.shop import Fact
from app.subscriptions import billing as subscriptions

APPROVAL_LASTS = timedelta(minutes=30)
NOT_APPROVED = "authentication_required"


async def settle(tx: Transaction, order: Order, payment: Payment, attempt: Attempt, outcome: Outcome) -> bool:
    """Write down what became of an attempt of a locked order. False: it was written down before."""
    if attempt.status not in ("open", "action"):
        return False
    if (outcome.amount, outcome.currency) != (payment.amount, payment.currency):
        return await _suspicious(tx, attempt, outcome)
    if outcome.status == "succeeded":
        await _end(tx, attempt, "succeeded", outcome)
        await _succeeded(tx, order, payment, attempt)
    elif outcome.status == "failed":
        await _end(tx, attempt, "failed", outcome)
        await _failed(tx, order, payment, attempt)
    elif outcome.status == "action":
        await _wait_for_approval(tx, order, payment, attempt, outcome)
    else:
        return False
    return True


async def next_receipt(tx: Transaction) -> int:
    """The number after the last receipt. The payments of a shop queue here, so that none is left out."""
    fact = await tx.session.get_one(Fact, "receipts", with_for_update=True, populate_existing=True)
    fact.value = str(int(fact.value) + 1)
    await tx.session.flush()
    return int(fact.value)


async def _suspicious(tx: Transaction, attempt: Attempt, outcome: Outcome) -> bool:
    """The gateway speaks of another amount: nothing is settled, and the team is told to look."""
    attempt.error = f"The bank reports {outcome.amount} {outcome.currency}: please check with it."
    attempt.due_at = tx.now + timedelta(hours=1)
    return False


async def _end(tx: Transaction, attempt: Attempt, status: str, outcome: Outcome) -> None:
    values: dict[str, object] = {
        "status": status,
        "due_at": None,
        "ended_at": tx.now,
        "action_url": "",
        "error": "",
    }
    values |= {"code": outcome.code[:60], "hard": outcome.hard, "ref": outcome.ref or attempt.ref}
    mine = (Attempt.id == attempt.id, Attempt.status == attempt.status)
    write = update(Attempt).where(*mine).values(values).execution_options(synchronize_session=False)
    result = await tx.session.execute(write)
    assert result.rowcount == 1, "the order is locked"  # type: ignore[attr-defined]
    for name, value in values.items():
        set_committed_value(attempt, name, value)


async def _succeeded(tx: Transaction, order: Order, payment: Payment, attempt: Attempt) -> None:
    receipt = await next_receipt(tx)
    await lifecycle.move(tx, payment, "succeed", "clock", paid_at=tx.now, receipt=receipt)
    if payment.kind == "order":
        order.payment_status = "paid"
    if order.turn == "customer" and not order.is_open:
        give_turn(tx, order, "none")
    author = _author(order, attempt)
    entry = await record(tx, order, payment, author, "succeeded", card=payment.card)
    await subscriptions.charged(tx, order, payment)
    await letters.payment_received(tx, order, author, payment, entry.seq)


async def _failed(tx: Transaction, order: Order, payment: Payment, attempt: Attempt) -> None:
    await lifecycle.move(tx, payment, "fail", "clock", code=attempt.code)
    if payment.kind == "order":
        order.payment_status = "failed"
    ask_customer(tx, order)
    entry = await record(tx, order, payment, CLOCK, "failed", reason=attempt.code, card=payment.card)
    await letters.payment_failed(tx, order, payment, entry.seq)
    await subscriptions.failed(tx, order, payment, hard=attempt.hard, automatic=not attempt.on_session)


async def _wait_for_approval(
    tx: Transaction, order: Order, payment: Payment, attempt: Attempt, outcome: Outcome
) -> None:
    first = attempt.status == "open"
    attempt.status, attempt.action_url, attempt.ref = "action", outcome.action_url, outcome.ref
    attempt.due_at = max(attempt.created_at + APPROVAL_LASTS, tx.now + timedelta(seconds=30))
    if first:
        await record(tx, order, payment, CLOCK, "action")


def _author(order: Order, attempt: Attempt) -> Author:
    if attempt.person == f"c{order.customer_id}":
        return Author(attempt.person, "customer", order.customer_name)
    return CLOCK


async def note_refunded(tx: Transaction, order: Order) -> None:
    """Something of the order's price was given back: all of what was paid, or a part."""
    sums = select(func.coalesce(func.sum(Payment.amount), 0), func.coalesce(func.sum(Payment.refunded), 0))
    mine = (Payment.order_id == order.id, Payment.kind == "order", Payment.status == "succeeded")
    paid, back = (await tx.session.execute(sums.where(*mine))).one()
    order.payment_status = "refunded" if back >= paid else "partially_refunded"
