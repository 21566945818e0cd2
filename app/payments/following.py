"""What an order's own verbs do to its money: confirming charges, cancelling withdraws."""

from typing import Any

from sqlalchemy import select

from app.payments.billing import owed_lines
from app.payments.collecting import collect, open_payment, withdraw
from app.payments.model import Payment
from app.payments.recording import record
from app.subscriptions import billing as subscriptions
from app.verb import Call


async def confirmed(call: Call) -> bool:
    """The price is charged, the subscription starts. Whether the customer is asked to pay themselves."""
    order, tx = call.order, call.tx
    if order.without_quote:
        return False
    lines: list[dict[str, Any]] = await owed_lines(tx.session, order)
    subscription = None
    if order.plan is not None:
        subscription, more = await subscriptions.start(tx, order, call.author)
        lines = [*lines, *more]
    if order.payment_method != "online" or not lines:
        return False
    first = any(line["part"] == "period" for line in lines)
    payment = await open_payment(
        tx,
        order,
        "order",
        lines,
        subscription_id=subscription.id if subscription else None,
        cycle=1 if first else None,
    )
    if await collect(tx, order, payment, call.author):
        return False
    await subscriptions.failed(tx, order, payment)
    return True


async def cancelled(call: Call) -> None:
    """An order that is cancelled asks for nothing any more; what was paid is refunded by its own verb."""
    subscription = await subscriptions.live_of(call.tx.session, call.order)
    if subscription is not None:
        await subscriptions.cancel(call.tx, call.order, subscription, call.author, reason="order_cancelled")
    wanted = select(Payment).where(Payment.order_id == call.order.id, Payment.status.in_(("due", "failed")))
    for payment in (await call.tx.session.scalars(wanted.order_by(Payment.id))).all():
        await withdraw(call.tx, call.order, payment, call.author, by="team")


async def method_changed(call: Call) -> None:
    """Of a confirmed order: what was asked for online is asked no longer, or is asked for now."""
    order, tx = call.order, call.tx
    if order.status != "confirmed" or order.without_quote:
        return
    wanted = select(Payment).where(Payment.order_id == order.id, Payment.kind == "order")
    for payment in (await tx.session.scalars(wanted.where(Payment.status.in_(("due", "failed"))))).all():
        await withdraw(tx, order, payment, call.author, by="team")
    order.payment_status = "unpaid"
    lines = await owed_lines(tx.session, order)
    if order.payment_method == "online" and lines:
        payment = await open_payment(tx, order, "order", lines)
        await record(tx, order, payment, call.author, "due", kind="order")
