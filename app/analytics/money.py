"""What payments bring into `collected` and `recovered`, and when."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.analytics.tallies import Move
from app.payments.model import Attempt, Payment, Refund
from app.shop import Shop
from app.subscriptions.model import Subscription


def price_part(payment: Payment) -> int:
    """How much of a payment was for the order's price, in minor units."""
    if payment.kind != "order":
        return 0
    return sum(line["amount"] for line in payment.lines if line["part"] == "order")


async def received(session: AsyncSession, payment: Payment, shop: Shop) -> list[Move]:
    """A payment that has succeeded."""
    assert payment.paid_at is not None
    day = payment.received_on or shop.today(payment.paid_at)
    moves = [Move(day, "collected", payment.amount, 0, payment.currency)]
    if await _had_failed(session, payment):
        moves.append(Move(day, "recovered", payment.amount, 0, payment.currency))
    return moves


def returned(amount: int, currency: str, day: date) -> list[Move]:
    """A refund that has succeeded, in minor units."""
    return [Move(day, "collected", -amount, 0, currency)]


async def all_collected(session: AsyncSession, order_id: int, shop: Shop) -> list[Move]:
    """All that an order's payments and refunds have moved so far."""
    mine = (Payment.order_id == order_id, Payment.status == "succeeded")
    moves: list[Move] = []
    for payment in await session.scalars(select(Payment).where(*mine)):
        moves += await received(session, payment, shop)
    refunds = select(Refund.amount, Refund.ended_at, Payment.currency).join(Payment)
    ended = refunds.where(*mine, Refund.status == "succeeded", Refund.ended_at.is_not(None))
    for amount, at, currency in await session.execute(ended):
        moves += returned(amount, currency, shop.today(at)) if at else []
    return moves


async def _had_failed(session: AsyncSession, payment: Payment) -> bool:
    """Whether a subscription's payment was declined before, or could not even be tried for want of a card."""
    if payment.subscription_id is None:
        return False
    subscription = await session.get_one(Subscription, payment.subscription_id)
    if subscription.state == "overdue":
        return True
    declined = select(Attempt.id).where(Attempt.payment_id == payment.id, Attempt.status == "failed")
    return await session.scalar(declined.limit(1)) is not None
