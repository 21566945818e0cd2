"""What people do to a subscription: change its plan, cancel it."""

from datetime import datetime
from typing import Any, Literal

from app import access
from app.catalogue.model import Plan
from app.catalogue.views import plan_view
from app.errors import Problem, invalid
from app.mail import money_letters as letters
from app.money import Money
from app.money_settings import money_settings
from app.orders.model import FIRST, MOST_ID, Order
from app.payments.billing import bill_line
from app.payments.collecting import collect, open_payment
from app.subscriptions import billing, lifecycle
from app.subscriptions.calendar import change_now, days_left
from app.subscriptions.model import LIVE, Subscription
from app.subscriptions.periods import due_at, interval_of, less_credit
from app.subscriptions.recording import note
from app.verb import EVERYBODY, TEAM, Call, Data, Done, Verb, Whole


class ChangePlan(Data):
    id: Whole
    plan: Whole
    when: Literal["now", "renewal"]


class Cancel(Data):
    id: Whole
    when: Literal["now", "period_end"]


async def change_plan(call: Call) -> Done:
    """Another plan, now and prorated to the day, or from the next period on."""
    order, subscription = await _locked(call)
    plan = await _plan(call, subscription, call.data.when)
    if call.data.when == "renewal" and subscription.state != "scheduled":
        return await _at_renewal(call, order, subscription, plan)
    return await _at_once(call, order, subscription, plan)


async def cancel(call: Call) -> Done:
    """Now, or when the period that was paid for is over."""
    order, subscription = await _locked(call)
    if call.actor.side == "customer" and not (await money_settings(call.tx.session)).customers_may_cancel:
        raise Problem("forbidden", "Please ask the shop to cancel this subscription.")
    author = call.actor.as_author(order)
    if call.data.when == "now" or subscription.state == "scheduled":
        seq = await billing.cancel(call.tx, order, subscription, author, answers=True)
        return Done(seq, order.id)
    subscription.cancel_at = await _period_end(call, subscription)
    at = subscription.cancel_at.isoformat()
    seq = await note(call.tx, order, subscription, author, "will_cancel", answers=True, at=at)
    await letters.subscription_cancelled(call.tx, order, subscription, author, "", seq)
    return Done(seq, order.id)


def owed_for(subscription: Subscription, plan: dict[str, Any], today: Any) -> int:
    """What changing to `plan` on this day owes, in minor units; negative is a credit."""
    if subscription.state == "scheduled":
        return 0
    old, new = interval_of(subscription.plan), interval_of(plan)
    left, whole = days_left(subscription.anchor, old, max(subscription.period - 1, 0), today)
    return change_now(subscription.plan["price"], plan["price"], left, whole, same_interval=old == new)


async def _at_renewal(call: Call, order: Order, subscription: Subscription, plan: dict[str, Any]) -> Done:
    same = plan["id"] == subscription.plan["id"]
    subscription.next_plan = None if same else plan
    if subscription.state == "active" and not await _charging(call, subscription):
        billing.plan_next(call.tx, subscription)
    author = call.actor.as_author(order)
    chosen = subscription.next_plan or plan
    seq = await note(call.tx, order, subscription, author, "plan_will_change", answers=True, next_plan=chosen)
    await letters.plan_changed(call.tx, order, subscription, plan, seq)
    return Done(seq, order.id)


async def _at_once(call: Call, order: Order, subscription: Subscription, plan: dict[str, Any]) -> Done:
    if subscription.state == "overdue" or await _charging(call, subscription):
        raise Problem("conflict", "A payment of this subscription is open: it has to be settled first.")
    today = call.tx.shop.today(call.tx.now)
    owed = owed_for(subscription, plan, today)
    _apply(subscription, plan, today)
    subscription.credit += max(0, -owed)
    if subscription.state == "active":
        billing.plan_next(call.tx, subscription)
    author = call.actor.as_author(order)
    money = Money(owed, order.currency).as_dict()
    seq = await note(call.tx, order, subscription, author, "plan_changed", answers=True, owed=money)
    await letters.plan_changed(call.tx, order, subscription, plan, seq)
    if owed > 0:
        await _charge(call, order, subscription, owed)
    return Done(seq, order.id)


def _apply(subscription: Subscription, plan: dict[str, Any], today: Any) -> None:
    if subscription.state == "active":
        if interval_of(plan) != interval_of(subscription.plan):
            subscription.anchor, subscription.period = today, 1
        subscription.plan_cycle = 1
    subscription.plan, subscription.next_plan = plan, None


async def _charge(call: Call, order: Order, subscription: Subscription, owed: int) -> None:
    name, rate = subscription.plan["name"], subscription.tax_rate
    lines, used = less_credit(subscription, [bill_line(name, owed, rate, "change")])
    subscription.credit -= used
    if used == owed:
        return
    key, author = subscription.id, call.actor.as_author(order)
    payment = await open_payment(call.tx, order, "change", lines, subscription_id=key, text=name)
    if not await collect(call.tx, order, payment, author):
        await letters.payment_failed(call.tx, order, payment, payment.seq)
        await billing.failed(call.tx, order, payment)


async def _locked(call: Call) -> tuple[Order, Subscription]:
    """The subscription and its order, locked, if the caller may see them. Raises 404, 409 when it is over."""
    number = call.data.id
    found = await call.tx.session.get(Subscription, number) if 0 < number <= MOST_ID else None
    if found is None:
        raise Problem("not_found", "There is no such subscription.")
    order = await access.locked_order_for(call.tx, call.actor, str(found.order_id + FIRST))
    await call.tx.session.refresh(found)
    if found.state not in LIVE:
        raise lifecycle.refuse()
    return order, found


async def _plan(call: Call, subscription: Subscription, when: str) -> dict[str, Any]:
    number = call.data.plan
    same = number == subscription.plan["id"]
    if same and when == "renewal" and subscription.next_plan is not None:
        return subscription.plan  # what was chosen is taken back, even where the plan is retired by now
    plan = await call.tx.session.get(Plan, number) if 0 < number <= MOST_ID else None
    if plan is None or plan.retired_at is not None or plan.currency != subscription.plan["currency"]:
        raise invalid("plan", "There is no such plan.", "unknown")
    if same:
        raise invalid("plan", "This is the plan already.", "same")
    return plan_view(plan).snapshot()


async def _charging(call: Call, subscription: Subscription) -> bool:
    return bool(await billing.open_payments(call.tx.session, subscription))


async def _period_end(call: Call, subscription: Subscription) -> datetime:
    """When the period that is paid, or about to be, is over."""
    unpaid = await billing.open_payments(call.tx.session, subscription)
    running = any(payment.cycle is not None for payment in unpaid)
    return due_at(subscription, subscription.period + running, call.tx.shop.zone)


def _verb(name: str, who: Any, run: Any, schema: type[Data]) -> Verb:
    path = f"/subscriptions/{{id}}/{name}"
    return Verb(f"subscriptions.{name}", path, who, run, schema, on_order=False, shows="subscription")


VERBS = (
    _verb("change_plan", TEAM, change_plan, ChangePlan),
    _verb("cancel", EVERYBODY, cancel, Cancel),
)
