"""Reading payments, cards and what a confirmation would do."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalogue.views import kept_plan
from app.money import Money
from app.money_settings import money_settings
from app.orders.model import Order
from app.orders.views import OrderView
from app.payments.billing import owed_lines
from app.payments.cards import card_for
from app.payments.model import Attempt, Payment
from app.payments.views import CardView, PaymentView, Preview, card_view, payment_view
from app.shop import Shop
from app.subscriptions.calendar import Interval, first_period, period_start
from app.subscriptions.model import Subscription


async def payments_of(session: AsyncSession, order_id: int) -> list[PaymentView]:
    """All payments of an order, oldest first; three queries."""
    wanted = select(Payment).where(Payment.order_id == order_id).order_by(Payment.id)
    return await _views(session, (await session.scalars(wanted)).all())


async def payments_of_subscription(session: AsyncSession, key: int) -> list[PaymentView]:
    """The payments of a subscription that were not withdrawn, oldest first."""
    mine = (Payment.subscription_id == key, Payment.status != "withdrawn")
    return await _views(
        session, (await session.scalars(select(Payment).where(*mine).order_by(Payment.id))).all()
    )


async def add_money(session: AsyncSession, view: OrderView, order: Order, shop: Shop) -> None:
    """What its page shows of payments: what was paid, what confirming would do, where a transfer goes."""
    view.payments = await payments_of(session, order.id)
    if order.payment_method == "online":
        view.card = card_view(await card_for(session, order, shop.gateway))
        view.preview = await preview(session, order, shop, datetime.now(UTC), view.card)
        return
    owed = sum(line["amount"] for line in await owed_lines(session, order))
    view.owed = Money(owed, order.currency) if owed > 0 else None
    if order.payment_method == "bank_transfer":
        view.bank_details = (await money_settings(session)).bank_details


async def preview(
    session: AsyncSession, order: Order, shop: Shop, now: datetime, card: CardView | None
) -> Preview | None:
    """What confirming would charge; None when nothing is to be charged by itself."""
    if not order.is_open or order.payment_method != "online":
        return None
    lines = await owed_lines(session, order)
    amount = sum(line["amount"] for line in lines)
    plan = kept_plan(order.plan)
    first = following = None
    if plan is not None:
        today = shop.today(now)
        first = following = first_period(order.starts_on, today)
        amount += plan.upfront_fee.amount if plan.upfront_fee else 0
        if first <= today:
            amount += plan.price.amount
            following = period_start(first, Interval(plan.every, plan.unit), 1)  # type: ignore[arg-type]
            if plan.cycles == 1:
                following = None
    return Preview(Money(amount, order.currency) if amount else None, card, plan, first, following)


async def _views(session: AsyncSession, payments: Sequence[Payment]) -> list[PaymentView]:
    if not payments:
        return []
    ids = [payment.id for payment in payments]
    running = select(Attempt).where(Attempt.payment_id.in_(ids), Attempt.status.in_(("open", "action")))
    waits = {attempt.payment_id: _waits(attempt) for attempt in await session.scalars(running)}
    keys = {payment.subscription_id for payment in payments if payment.subscription_id}
    retries = await _retries(session, keys) if keys else {}
    return [
        payment_view(
            payment,
            waits=waits.get(payment.id, ""),
            retry_at=retries.get(payment.subscription_id or 0)
            if payment.status in ("due", "failed")
            else None,
        )
        for payment in payments
    ]


def _waits(attempt: Attempt) -> str:
    if attempt.status == "action":
        return "action"
    return "unknown" if attempt.error else ""


async def _retries(session: AsyncSession, keys: set[int]) -> dict[int, datetime | None]:
    """When the next try of each overdue subscription is; none is tried after a hard decline."""
    wanted = select(Subscription.id, Subscription.next_charge_at).where(
        Subscription.id.in_(keys), Subscription.state == "overdue", Subscription.hard.is_(False)
    )
    return {key: moment for key, moment in await session.execute(wanted)}  # noqa: C416
