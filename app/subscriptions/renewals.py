"""What time does to subscriptions: a period is charged, a failed charge tried again, an end comes."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select

from app import access
from app.author import CLOCK
from app.db import Database, Transaction
from app.mail import money_letters as letters
from app.money_settings import retry_days
from app.orders.model import Order
from app.payments.collecting import ask_customer, collect, open_payment
from app.payments.model import Payment
from app.subscriptions import billing, lifecycle
from app.subscriptions.model import LIVE, Subscription
from app.subscriptions.periods import interval_of, less_credit, period_line, start_of
from app.subscriptions.recording import note

MOST = 100
STUCK = timedelta(hours=1)


async def run_due(db: Database, now: datetime) -> int:
    """One step for each subscription that has something due; answers how many."""
    columns = (Subscription.next_charge_at, Subscription.cancel_at, Subscription.ends_at)
    due = or_(*(column <= now for column in columns))
    wanted = select(Subscription.id, Subscription.order_id).where(Subscription.state.in_(LIVE), due)
    async with db.read() as session:
        found = (await session.execute(wanted.order_by(Subscription.id).limit(MOST))).all()
    for key, order_id in found:
        async with db.transaction(now) as tx:
            order = await access.lock(tx, order_id)
            await step(tx, order, await tx.session.get_one(Subscription, key, populate_existing=True))
    return len(found)


async def step(tx: Transaction, order: Order, subscription: Subscription) -> None:
    """Do what has been due for longest; an end comes before a charge of the same moment."""
    if subscription.state not in LIVE:
        return
    moments = (subscription.cancel_at, subscription.ends_at, subscription.next_charge_at)
    due = [(moment, rank) for rank, moment in enumerate(moments) if moment is not None and moment <= tx.now]
    if not due:
        return
    _, rank = min(due)
    if rank == 0:
        await billing.cancel(tx, order, subscription, CLOCK, reason="period_end")
    elif rank == 1:
        await billing.end(tx, order, subscription)
    elif subscription.state == "overdue":
        await _retry(tx, order, subscription)
    else:
        await _renew(tx, order, subscription)


def switch_plan(subscription: Subscription) -> None:
    """The plan that was chosen for the renewal takes over with the period that begins."""
    assert subscription.next_plan is not None
    if interval_of(subscription.next_plan) != interval_of(subscription.plan):
        subscription.anchor, subscription.period = start_of(subscription, subscription.period), 0
    subscription.plan, subscription.next_plan = subscription.next_plan, None
    subscription.plan_cycle = 0


async def _renew(tx: Transaction, order: Order, subscription: Subscription) -> None:
    if subscription.next_plan is not None:
        switch_plan(subscription)
        await note(tx, order, subscription, CLOCK, "plan_changed")
    lines, used = less_credit(subscription, [period_line(subscription)])
    subscription.credit -= used
    if sum(line["amount"] for line in lines) == 0:
        return await _renew_by_credit(tx, order, subscription)
    subscription.next_charge_at = None
    cycle = subscription.cycle + 1
    payment = await open_payment(
        tx,
        order,
        "renewal",
        lines,
        subscription_id=subscription.id,
        cycle=cycle,
        text=subscription.plan["name"],
    )
    await _collect(tx, order, payment)


async def _renew_by_credit(tx: Transaction, order: Order, subscription: Subscription) -> None:
    subscription.cycle += 1
    subscription.period += 1
    subscription.plan_cycle += 1
    await lifecycle.move(tx, subscription, "charged", "clock", retries=0, hard=False)
    billing.plan_next(tx, subscription)
    await note(tx, order, subscription, CLOCK, "renewed")


async def _retry(tx: Transaction, order: Order, subscription: Subscription) -> None:
    """Retries that nobody made because no worker ran are made up for by one."""
    assert subscription.failed_at is not None
    days = await retry_days(tx.session)
    passed = sum(subscription.failed_at + timedelta(days=day) <= tx.now for day in days)
    unpaid = await billing.open_payments(tx.session, subscription)
    if subscription.hard or not unpaid:
        return await _give_up(tx, order, subscription)
    if unpaid[0].status == "pending":
        subscription.next_charge_at = tx.now + STUCK
        return
    subscription.retries = max(subscription.retries + 1, passed)
    subscription.next_charge_at = None
    await _collect(tx, order, unpaid[0])


async def _give_up(tx: Transaction, order: Order, subscription: Subscription) -> None:
    await billing.cancel(tx, order, subscription, CLOCK, reason="payment_failed")


async def _collect(tx: Transaction, order: Order, payment: Payment) -> None:
    if await collect(tx, order, payment, CLOCK):
        return
    ask_customer(tx, order)
    await letters.payment_failed(tx, order, payment, payment.seq)
    await billing.failed(tx, order, payment)
