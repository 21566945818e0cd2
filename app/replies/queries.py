"""Reading canned replies."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.replies.model import CannedReply


async def canned_replies(session: AsyncSession) -> Sequence[CannedReply]:
    """Those in use, by name."""
    wanted = select(CannedReply).where(CannedReply.archived_at.is_(None))
    return (await session.scalars(wanted.order_by(CannedReply.name))).all()


async def all_replies(session: AsyncSession) -> Sequence[CannedReply]:
    """By name, the archived ones, too."""
    return (await session.scalars(select(CannedReply).order_by(CannedReply.name))).all()
