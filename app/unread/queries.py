"""How much is unread."""

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.author import Actor
from app.orders.model import FIRST, Order
from app.orders.queries import theirs
from app.unread.model import UNREAD, Reading

MOST_ORDERS = 50


async def total(session: AsyncSession, actor: Actor) -> int:
    """The number of orders with something unread for this reader."""
    if actor.side == "team":
        return (await totals(session, [actor.member_id or 0])).get(actor.member_id or 0, 0)
    mine = theirs(actor)
    assert mine is not None
    waiting = Order.customer_count > Order.customer_read_count
    return await session.scalar(select(func.count()).select_from(Order).where(mine, waiting)) or 0


async def unread_by_order(session: AsyncSession, actor: Actor) -> dict[str, int]:
    """Unread entries of a customer's or guest's newest orders, by number."""
    mine = theirs(actor)
    assert mine is not None
    counted = select(Order.id, Order.customer_count - Order.customer_read_count).where(mine)
    found = await session.execute(counted.order_by(Order.id.desc()).limit(MOST_ORDERS))
    return {str(order_id + FIRST): count for order_id, count in found}


async def totals(session: AsyncSession, member_ids: Collection[int]) -> dict[int, int]:
    """The same for several members, in one query."""
    wanted = select(Reading.member_id, func.count()).where(UNREAD, Reading.member_id.in_(member_ids))
    return {member: number for member, number in await session.execute(wanted.group_by(Reading.member_id))}  # noqa: C416
