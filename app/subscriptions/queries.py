"""Reading subscriptions, each through the door of its order."""

import base64
from collections import defaultdict
from typing import Any

import orjson
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import access
from app.analytics.reports import subscription_counts
from app.author import Actor
from app.customers.model import Customer
from app.errors import Problem, invalid
from app.orders import search
from app.orders.model import FIRST, MOST_ID, Order
from app.orders.queries import theirs
from app.payments.model import Payment
from app.payments.queries import payments_of_subscription
from app.payments.views import payment_view
from app.subscriptions.model import Subscription
from app.subscriptions.views import SubscriptionView, subscription_view

FILTERS: dict[str, tuple[str, ...]] = {
    "active": ("active",),
    "scheduled": ("scheduled",),
    "overdue": ("overdue",),
    "inactive": ("cancelled", "ended"),
}
PAGE = 50


async def subscription_for(session: AsyncSession, actor: Actor, number: object) -> SubscriptionView:
    """One subscription with its payments. Raises 404 for what the caller may not see."""
    key = number if isinstance(number, int) and 0 < number <= MOST_ID else 0
    found = await session.get(Subscription, key)
    if found is None:
        raise Problem("not_found", "There is no such subscription.")
    order = await access.order_for(session, actor, str(found.order_id + FIRST))
    customer = await session.get_one(Customer, order.customer_id)
    view = subscription_view(found, order, customer.email)
    view.payments = await payments_of_subscription(session, found.id)
    return view


async def page(
    session: AsyncSession, actor: Actor, state: str | None, q: str = "", cursor: str = "", limit: int = PAGE
) -> tuple[list[SubscriptionView], str | None]:
    """A page of a filter, the newest first; and the cursor of the next page. Three queries."""
    conditions = [theirs(actor), search.matches(session, q, actor.side), _beyond(cursor)]
    if state is not None:
        conditions.append(Subscription.state.in_(FILTERS[state]))
    wanted = select(Subscription, Order, Customer.email).join(Order, Order.id == Subscription.order_id)
    wanted = wanted.join(Customer, Customer.id == Order.customer_id)
    wanted = wanted.where(*(condition for condition in conditions if condition is not None))
    found = (await session.execute(wanted.order_by(Subscription.id.desc()).limit(limit + 1))).all()
    views = [subscription_view(row[0], row[1], row[2]) for row in found[:limit]]
    await _add_payments(session, views)
    return views, _cursor(views[-1]) if len(found) > limit else None


async def counts(session: AsyncSession, actor: Actor) -> dict[str, int]:
    """How many subscriptions each filter holds; for the team, without counting them."""
    mine = theirs(actor)
    found = await subscription_counts(session) if mine is None else await _own_counts(session, mine)
    return {name: sum(found.get(state, 0) for state in states) for name, states in FILTERS.items()}


async def _own_counts(session: AsyncSession, mine: ColumnElement[bool]) -> dict[str, int]:
    wanted = select(Subscription.state, func.count()).join(Order, Order.id == Subscription.order_id)
    found = await session.execute(wanted.where(mine).group_by(Subscription.state))
    return {state: number for state, number in found}  # noqa: C416 - rows are not tuples to mypy


async def _add_payments(session: AsyncSession, views: list[SubscriptionView]) -> None:
    ids = [view.id for view in views]
    if not ids:
        return
    by_key: dict[int, list[Any]] = defaultdict(list)
    mine = (Payment.subscription_id.in_(ids), Payment.status != "withdrawn")
    for payment in await session.scalars(select(Payment).where(*mine).order_by(Payment.id)):
        by_key[payment.subscription_id or 0].append(payment_view(payment))
    for view in views:
        view.payments = by_key[view.id]


def _cursor(view: SubscriptionView) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(view.id)).decode().rstrip("=")


def _beyond(cursor: str) -> ColumnElement[bool] | None:
    if not cursor:
        return None
    try:
        key = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        key = None
    if not isinstance(key, int) or isinstance(key, bool) or not 0 < key <= MOST_ID:
        raise invalid("cursor", "This is not a cursor of ours.")
    return Subscription.id < key
