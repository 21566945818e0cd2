"""Reading quotes."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.quotes.model import Quote


async def next_version(session: AsyncSession, order_id: int) -> int:
    latest = await session.scalar(select(func.max(Quote.version)).where(Quote.order_id == order_id))
    return (latest or 0) + 1
