"""What the lists and pages of orders say of their subscriptions: what is charged again, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalogue.views import PlanView, kept_plan
from app.money import Money
from app.subscriptions.model import LIVE, Subscription
from app.subscriptions.periods import start_of


@dataclass(frozen=True, slots=True)
class Recurring:
    """`plan` is the one of the next charge, `price` what that will be, credit taken off.

    `next_on` is its day in the shop's calendar; None when there is none to come or a retry is next.
    """

    id: int
    state: str
    plan: PlanView
    price: Money
    next_on: date | None
    ends_at: datetime | None


def recurring(subscription: Subscription) -> Recurring:
    plan = kept_plan(subscription.next_plan or subscription.plan)
    assert plan is not None
    price = Money(max(0, plan.price.amount - subscription.credit), plan.price.currency)
    ends_at = subscription.cancel_at or subscription.ends_at
    return Recurring(subscription.id, subscription.state, plan, price, next_day(subscription), ends_at)


def next_day(subscription: Subscription) -> date | None:
    """The day of the next regular charge in the shop's calendar."""
    stops = subscription.cancel_at or subscription.ends_at
    if subscription.state not in ("scheduled", "active") or stops or subscription.next_charge_at is None:
        return None
    return start_of(subscription, subscription.period)


async def recurring_of(session: AsyncSession, orders: Sequence[int]) -> dict[int, Recurring]:
    """By order: its subscription that lives, else its last one."""
    wanted = select(Subscription).where(Subscription.order_id.in_(orders))
    found: dict[int, Subscription] = {}
    for subscription in await session.scalars(wanted.order_by(Subscription.id)):
        before = found.get(subscription.order_id)
        if before is None or before.state not in LIVE:
            found[subscription.order_id] = subscription
    return {order_id: recurring(subscription) for order_id, subscription in found.items()}
