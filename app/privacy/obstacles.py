"""Why a customer cannot be deleted yet: what is still going on between them and the shop."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.money import Money
from app.orders.model import FIRST, Order
from app.payments.model import Payment, Refund
from app.privacy.holding import Subject
from app.subscriptions.model import LIVE, Subscription

OWED = ("unpaid", "pending", "failed")
MOST = 50


@dataclass(frozen=True, slots=True)
class Obstacle:
    """`number` is the order's; `id` the subscription's, which ends first."""

    kind: Literal["subscription", "owed", "moving"]
    number: str
    what: str
    amount: Money | None = None
    id: int = 0


async def obstacles(session: AsyncSession, subject: Subject) -> list[Obstacle]:
    """Three queries. Open orders are none: they are cancelled with the deletion."""
    mine = Order.customer_id == subject.customer_id
    return [
        *await _subscriptions(session, subject.customer_id),
        *await _owed(session, mine),
        *await _moving(session, mine),
    ]


async def _subscriptions(session: AsyncSession, customer_id: int) -> list[Obstacle]:
    live = (Subscription.customer_id == customer_id, Subscription.state.in_(LIVE))
    found = await session.scalars(select(Subscription).where(*live).order_by(Subscription.id).limit(MOST))
    return [Obstacle("subscription", str(row.order_id + FIRST), row.title, id=row.id) for row in found]


async def _owed(session: AsyncSession, mine: ColumnElement[bool]) -> list[Obstacle]:
    """Confirmed orders whose price has not come in, and what was asked for beside it."""
    asked = select(Payment.order_id).where(Payment.status.in_(("due", "failed")))
    price = Order.payment_status.in_(OWED) & (Order.total > 0) & Order.without_quote.is_(False)
    open_ = or_((Order.status == "confirmed") & price, Order.id.in_(asked))
    rows = await session.scalars(select(Order).where(mine, open_).order_by(Order.id).limit(MOST))
    return [
        Obstacle("owed", row.number, row.title, Money(row.total, row.currency) if row.total else None)
        for row in rows
    ]


async def _moving(session: AsyncSession, mine: ColumnElement[bool]) -> list[Obstacle]:
    """Money that is on its way in or back."""
    charging = select(Payment.order_id).where(Payment.status == "pending")
    back = (
        select(Payment.order_id).join(Refund, Refund.payment_id == Payment.id).where(Refund.status == "open")
    )
    moving = or_(Order.id.in_(charging), Order.id.in_(back))
    rows = await session.scalars(select(Order).where(mine, moving).order_by(Order.id).limit(MOST))
    return [Obstacle("moving", row.number, row.title) for row in rows]
