"""Reading the team."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.team.model import Member


async def member_by_email(session: AsyncSession, email: str) -> Member | None:
    if "\x00" in email:
        return None  # PostgreSQL knows no such text
    wanted = select(Member).where(Member.email == email.strip().lower(), Member.removed_at.is_(None))
    return await session.scalar(wanted)


async def members(session: AsyncSession) -> Sequence[Member]:
    wanted = select(Member).where(Member.removed_at.is_(None)).order_by(Member.name, Member.id)
    return (await session.scalars(wanted)).all()
