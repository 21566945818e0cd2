"""Which browsers may be woken, and for whom."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import among
from app.push.model import PushSubscription
from app.team.model import Member, Session


def living(*columns: Any) -> Select[Any]:
    """Of browsers whose session still opens something, and whose member is still one."""
    wanted = select(*(columns or (PushSubscription,))).select_from(PushSubscription)
    wanted = wanted.join(Session, Session.id == PushSubscription.session_id)
    wanted = wanted.outerjoin(Member, Member.id == Session.member_id)
    valid = (Session.revoked_at.is_(None), Session.expires_at > datetime.now(UTC))
    return wanted.where(*valid, Member.removed_at.is_(None))


async def reachable(session: AsyncSession, persons: Collection[str]) -> set[str]:
    """Who of these has a browser that a push would reach."""
    if not persons:
        return set()
    wanted = living(PushSubscription.person).where(among(session, PushSubscription.person, persons))
    return set(await session.scalars(wanted.distinct()))


async def browsers_of(session: AsyncSession, person: str) -> Sequence[PushSubscription]:
    """Somebody's, the newest first."""
    mine = living().where(PushSubscription.person == person).order_by(PushSubscription.id.desc())
    return (await session.scalars(mine)).all()
