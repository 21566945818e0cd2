"""Reading the log, the newest first, a page at a time."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.kinds import GROUPS
from app.audit.model import Record
from app.team.model import Member

COMMAND_LINE = "command-line"


async def records(
    session: AsyncSession, who: str, group: str, before: int | None, limit: int
) -> tuple[Sequence[Record], int | None]:
    """Of one person and of one group, where these are named; and where the next page goes on."""
    wanted = select(Record).order_by(Record.id.desc()).limit(limit + 1)
    if who == COMMAND_LINE:
        wanted = wanted.where(Record.member_id.is_(None))
    elif who:
        wanted = wanted.where(Record.member_id == (int(who) if _is_id(who) else 0))
    if group:
        wanted = wanted.where(Record.kind.in_(GROUPS.get(group, ())))
    if before is not None:
        wanted = wanted.where(Record.id < min(before, 2**31 - 1))
    found = (await session.scalars(wanted)).all()
    return found[:limit], found[limit - 1].id if len(found) > limit else None


async def people(session: AsyncSession) -> Sequence[Member]:
    """Everybody who is or was in the team."""
    return (await session.scalars(select(Member).order_by(Member.name, Member.id))).all()


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
