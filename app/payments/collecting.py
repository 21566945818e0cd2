"""Asking for money: a payment is opened, and an attempt is written down that the cashier carries out."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from app.author import Author
from app.db import Transaction
from app.entries import Entry
from app.orders.lifecycle import give_turn
from app.orders.model import Order
from app.payments import lifecycle
from app.payments.cards import card_for, words
from app.payments.lifecycle import By
from app.payments.model import Attempt, Card, Payment
from app.payments.recording import record

NO_CARD = "no_card"


async def open_payment(
    tx: Transaction,
    order: Order,
    kind: str,
    lines: Sequence[dict[str, Any]],
    *,
    subscription_id: int | None = None,
    cycle: int | None = None,
    text: str = "",
) -> Payment:
    """A payment of these lines that nobody was asked for yet."""
    payment = Payment(
        order_id=order.id,
        subscription_id=subscription_id,
        cycle=cycle,
        kind=kind,
        method="online",
        amount=sum(line["amount"] for line in lines),
        currency=order.currency,
        lines=list(lines),
        text=text,
        status="due",
        code="",
        seq=0,
        card="",
        refunded=0,
        receipt=None,
        received_on=None,
        created_at=tx.now,
        paid_at=None,
    )
    tx.session.add(payment)
    await tx.session.flush()
    return payment


async def collect(tx: Transaction, order: Order, payment: Payment, author: Author) -> bool:
    """Charge the order's card without its owner being there; without a card, ask. Whether there was one."""
    card = await card_for(tx.session, order, tx.shop.gateway)
    if card is None:
        payment.code = NO_CARD
        await record(tx, order, payment, author, "due", kind=payment.kind)
        return False
    await begin(tx, order, payment, card, author, by="clock", on_session=False)
    return True


async def begin(
    tx: Transaction,
    order: Order,
    payment: Payment,
    card: Card,
    author: Author,
    *,
    by: By,
    on_session: bool,
    answers: bool = False,
) -> Entry:
    """Write down an attempt with its key; after the commit the cashier carries it out."""
    await lifecycle.move(tx, payment, "pay", by, code="", card=words(card))
    tx.session.add(
        Attempt(
            payment_id=payment.id,
            key=str(uuid4()),
            gateway=card.gateway,
            card_id=card.id,
            on_session=on_session,
            person=author.person,
            ref=None,
            status="open",
            code="",
            hard=False,
            action_url="",
            error="",
            tries=0,
            due_at=tx.now,
            created_at=tx.now,
            ended_at=None,
        )
    )
    if payment.kind == "order":
        order.payment_status = "pending"
    tx.charging.append(order.id)
    return await record(
        tx, order, payment, author, "pending", new_card=False, answers=answers, card=words(card)
    )


async def withdraw(
    tx: Transaction, order: Order, payment: Payment, author: Author, *, by: By, answers: bool = False
) -> Entry:
    """Ask for it no longer."""
    await lifecycle.move(tx, payment, "withdraw", by)
    return await record(tx, order, payment, author, "withdrawn", answers=answers)


async def unpaid(tx: Transaction, order: Order, *kinds: str) -> list[Payment]:
    """What the order was asked for and has not paid, oldest first."""
    wanted = select(Payment).where(Payment.order_id == order.id, Payment.kind.in_(kinds))
    open_ones = wanted.where(Payment.status.in_(("due", "pending", "failed"))).order_by(Payment.id)
    return list(await tx.session.scalars(open_ones))


def ask_customer(tx: Transaction, order: Order) -> None:
    """A charge has failed, or waits for them: it is the customer's move."""
    give_turn(tx, order, "customer")
