"""Reading quotes."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.orders.model import Order
from app.quotes.model import Quote, QuoteTemplate


async def next_version(session: AsyncSession, order_id: int) -> int:
    latest = await session.scalar(select(func.max(Quote.version)).where(Quote.order_id == order_id))
    return (latest or 0) + 1


async def decision_waits(session: AsyncSession, order: Order) -> bool:
    """Whether it is the team's turn because of a decision: it has been theirs ever since the latest one."""
    if order.turn != "team" or order.waiting_since is None:
        return False
    wanted = select(Quote.status, Quote.decided_at).where(Quote.order_id == order.id)
    latest = (await session.execute(wanted.order_by(Quote.version.desc()).limit(1))).first()
    if latest is None or latest.status not in ("approved", "rejected"):
        return False
    return bool(order.waiting_since <= latest.decided_at)


async def current_templates(session: AsyncSession) -> list[QuoteTemplate]:
    """What a quote can start from, by name."""
    wanted = select(QuoteTemplate).where(QuoteTemplate.archived_at.is_(None))
    return list(await session.scalars(wanted.order_by(QuoteTemplate.name, QuoteTemplate.id)))
