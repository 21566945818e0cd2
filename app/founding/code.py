"""The one-time code that lets whoever sees the console set the shop up. Only its hash is kept.

Every start of `serve` makes another while nobody has set the shop up: the one printed last counts, in all
processes. Nothing opens without it, so that nobody who finds the address first becomes the owner.
"""

import secrets
from hmac import compare_digest
from typing import Final

from sqlalchemy import delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import digest
from app.db import Database
from app.settings import Settings
from app.shop import Fact
from app.team.model import Member

NAME: Final = "setup_code"
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # none of them is taken for another
READ_AS: Final = str.maketrans("OIL", "011")


async def anybody(session: AsyncSession) -> bool:
    """Whether somebody is, or was, in the team: then the shop is set up, for good."""
    return bool(await session.scalar(select(exists().where(Member.id.is_not(None)))))


async def code_for_start(settings: Settings) -> str | None:
    """A new code, which is the one that counts from now on; None where the shop is set up."""
    db = Database(settings.database_url)
    try:
        async with db.fresh() as session:
            return await renew(session)
    finally:
        await db.close()


async def renew(session: AsyncSession) -> str | None:
    if await anybody(session):
        return None
    code = "".join(secrets.choice(ALPHABET) for _ in range(12))
    await session.merge(Fact(name=NAME, value=digest(code)))
    return "-".join(code[at : at + 4] for at in (0, 4, 8))


async def fits(session: AsyncSession, typed: str, *, lock: bool = False) -> bool:
    """Whether this is the code; `lock`ed, nobody else finds out until the transaction ends."""
    wanted = select(Fact).where(Fact.name == NAME)
    fact = await session.scalar(wanted.with_for_update() if lock else wanted)
    return compare_digest(fact.value if fact else "", digest(_read(typed)))


async def use_up(session: AsyncSession) -> None:
    await session.execute(delete(Fact).where(Fact.name == NAME))


def _read(typed: str) -> str:
    """What people type for it: in small letters, with or without dashes, an O for a 0."""
    return "".join(typed[:100].upper().translate(READ_AS).replace("-", " ").split())
