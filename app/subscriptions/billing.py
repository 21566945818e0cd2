"""A subscription's life in money: it starts with its order, is charged, fails, recovers and ends.

Everything here runs in a transaction that has locked the order.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.author import CLOCK, Author
from app.db import Transaction
from app.mail import money_letters as letters
from app.money_settings import retry_days
from app.orders.model import Line, Order
from app.payments.billing import highest_rate
from app.payments.collecting import open_payment, withdraw
from app.payments.model import Payment
from app.payments.recording import record
from app.subscriptions import lifecycle
from app.subscriptions.calendar import first_period
from app.subscriptions.model import LIVE, Subscription
from app.subscriptions.periods import cycles_over, due_at, fee_line, period_line
from app.subscriptions.recording import note


async def start(tx: Transaction, order: Order, author: Author) -> tuple[Subscription, list[dict[str, Any]]]:
    """The subscription of an order that is confirmed, and what it adds to the order's payment now."""
    assert order.plan is not None
    anchor = first_period(order.starts_on, tx.shop.today(tx.now))
    lines = list(
        await tx.session.scalars(select(Line).where(Line.order_id == order.id, Line.plan.is_not(None)))
    )
    subscription = Subscription(
        order_id=order.id,
        customer_id=order.customer_id,
        plan=order.plan,
        next_plan=None,
        title=order.title,
        tax_rate=highest_rate([line for line in lines if line.plan]),
        state="scheduled",
        starts_on=anchor,
        anchor=anchor,
        period=0,
        cycle=0,
        plan_cycle=0,
        credit=0,
        next_charge_at=None,
        cancel_at=None,
        ends_at=None,
        failed_at=None,
        retries=0,
        hard=False,
        created_at=tx.now,
        ended_at=None,
    )
    tx.session.add(subscription)
    await tx.session.flush()
    now = [fee_line(subscription)] if order.plan["upfront_fee"] else []
    if anchor <= tx.shop.today(tx.now):
        now.append(period_line(subscription))
    else:
        subscription.next_charge_at = due_at(subscription, 0, tx.shop.zone)
    await note(tx, order, subscription, author, "started")
    return subscription, now


async def live_of(session: AsyncSession, order: Order) -> Subscription | None:
    """The order's subscription that still runs."""
    mine = (Subscription.order_id == order.id, Subscription.state.in_(LIVE))
    return await session.scalar(select(Subscription).where(*mine))


async def charged(tx: Transaction, order: Order, payment: Payment) -> None:
    """A payment has succeeded: the period it was for is paid, and what was overdue no longer is."""
    subscription = await _of(tx, payment)
    if subscription is None:
        return
    if payment.cycle is not None:
        subscription.cycle = payment.cycle
        subscription.period += 1
        subscription.plan_cycle += 1
    if subscription.state not in LIVE or (payment.cycle is None and payment.kind == "order"):
        return
    was = subscription.state
    await lifecycle.move(tx, subscription, "charged", "clock", retries=0, hard=False)
    plan_next(tx, subscription)
    if was == "overdue":
        await note(tx, order, subscription, CLOCK, "recovered")


def plan_next(tx: Transaction, subscription: Subscription) -> None:
    """Say when the next period is charged, or when the last one is over."""
    if cycles_over(subscription) and subscription.next_plan is None:
        subscription.next_charge_at = None
        subscription.ends_at = due_at(subscription, subscription.period, tx.shop.zone)
        return
    subscription.ends_at = None
    subscription.next_charge_at = due_at(subscription, subscription.period, tx.shop.zone)


async def failed(
    tx: Transaction, order: Order, payment: Payment, *, hard: bool = False, automatic: bool = True
) -> None:
    """A charge has failed: overdue until it is paid, retried on the shop's schedule, then cancelled."""
    subscription = await _of(tx, payment)
    if subscription is None or subscription.state not in LIVE:
        return
    if payment.cycle is None and payment.kind == "order":
        return
    days, first = await retry_days(tx.session), subscription.state != "overdue"
    if first:
        await lifecycle.move(tx, subscription, "failed", "clock", failed_at=tx.now, retries=0, hard=hard)
    elif automatic:
        subscription.hard = hard
    if not days or (subscription.retries >= len(days)):
        await cancel(tx, order, subscription, CLOCK, reason="payment_failed")
        return
    # after a hard decline nothing is tried again: the customer has until the last day of the schedule
    wait = days[-1] if subscription.hard else days[subscription.retries]
    assert subscription.failed_at is not None
    subscription.next_charge_at = subscription.failed_at + timedelta(days=wait)
    if first:
        await note(tx, order, subscription, CLOCK, "overdue")


async def cancel(
    tx: Transaction,
    order: Order,
    subscription: Subscription,
    author: Author,
    *,
    reason: str = "",
    answers: bool = False,
) -> int:
    """End it now; the entry's seq. What it asked for is asked no longer; what the order owes stays."""
    by: lifecycle.By = {"member": "team", "customer": "customer"}.get(author.role, "clock")  # type: ignore[assignment]
    await lifecycle.move(tx, subscription, "cancel", by, next_charge_at=None, cancel_at=None, ends_at=None)
    seq = await note(tx, order, subscription, author, "cancelled", answers=answers, reason=reason)
    await _release(tx, order, subscription)
    await letters.subscription_cancelled(tx, order, subscription, author, reason, seq)
    return seq


async def end(tx: Transaction, order: Order, subscription: Subscription) -> None:
    """Its cycles are done."""
    await lifecycle.move(tx, subscription, "end", "clock", next_charge_at=None, cancel_at=None, ends_at=None)
    await note(tx, order, subscription, CLOCK, "ended")


async def open_payments(session: AsyncSession, subscription: Subscription) -> list[Payment]:
    """What it was asked for and is not paid, oldest first."""
    wanted = select(Payment).where(Payment.subscription_id == subscription.id)
    unpaid = wanted.where(Payment.status.in_(("due", "pending", "failed"))).order_by(Payment.id)
    return list(await session.scalars(unpaid))


async def _of(tx: Transaction, payment: Payment) -> Subscription | None:
    if payment.subscription_id is None:
        return None
    return await tx.session.get_one(Subscription, payment.subscription_id, populate_existing=True)


async def _release(tx: Transaction, order: Order, subscription: Subscription) -> None:
    for payment in await open_payments(tx.session, subscription):
        if payment.status == "pending":
            continue
        rest = [line for line in payment.lines if line["part"] in ("order", "fee")]
        if len(rest) == len(payment.lines):
            continue
        await withdraw(tx, order, payment, CLOCK, by="clock")
        if rest:
            again = await open_payment(tx, order, "order", rest)
            await record(tx, order, again, CLOCK, "due", kind="order")
