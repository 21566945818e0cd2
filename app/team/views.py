"""The team as the owner's page and the API show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.team.invitations import invitations
from app.team.model import Member
from app.team.queries import members


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation that waits; `over`: its week has passed."""

    id: int
    email: str
    role: str
    sent_at: datetime
    expires_at: datetime
    over: bool


async def team(session: AsyncSession, now: datetime) -> tuple[Sequence[Member], list[Invited]]:
    """Members by name, and open invitations."""
    waiting = [
        Invited(each.id, each.email, each.role, each.sent_at, each.expires_at, each.expires_at <= now)
        for each in await invitations(session)
    ]
    return await members(session), waiting


def member_dict(member: Member) -> dict[str, Any]:
    """What programs are told: enough to name somebody, and to assign an order to them."""
    return {"email": member.email, "name": member.name, "role": member.role}
