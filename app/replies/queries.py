"""Reading canned replies."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.replies.model import CannedReply


async def canned_replies(session: AsyncSession, *, archived: bool = False) -> Sequence[CannedReply]:
    """By name; those in use, or the archived ones."""
    gone = CannedReply.archived_at
    wanted = select(CannedReply).where(gone.is_not(None) if archived else gone.is_(None))
    return (await session.scalars(wanted.order_by(CannedReply.name))).all()
