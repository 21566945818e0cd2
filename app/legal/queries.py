"""Reading the shop's texts."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import Transaction
from app.errors import Problem, invalid, unavailable
from app.legal.model import LegalText
from app.shop import Fact

TERMS_CHANGED = "terms_changed"


async def text_of(session: AsyncSession, kind: str, key: int | None = None) -> LegalText:
    """The version of this number, else the one in force. Raises 404, also for one that was taken back."""
    if key is None:
        found = next(iter(await versions(session, kind, limit=1)), None)
    else:
        found = await session.get(LegalText, key) if 0 < key < 2**31 else None
    if found is None or found.kind != kind or found.empty:
        raise Problem("not_found", "There is no such text.")
    return found


async def following(session: AsyncSession, text: LegalText) -> LegalText | None:
    """The version that took its place; None for the one in force."""
    wanted = select(LegalText).where(LegalText.kind == text.kind, LegalText.id > text.id)
    return await session.scalar(wanted.order_by(LegalText.id).limit(1))


async def versions(session: AsyncSession, kind: str, limit: int = 50) -> Sequence[LegalText]:
    """The latest ones, the newest first."""
    wanted = select(LegalText).where(LegalText.kind == kind).order_by(LegalText.id.desc())
    return (await session.scalars(wanted.limit(limit))).all()


async def agreed_terms(tx: Transaction, said: int | None) -> int | None:
    """The terms in force, for an order that is being placed; neither they nor the currency change meanwhile.

    `said`: what the customer has read. Raises 422 when that is no longer in force, 503 when this process has
    not yet heard of another currency.
    """
    wanted = select(Fact.name, Fact.value).where(Fact.name.in_(("currency", "terms")))
    rows = (await tx.session.execute(wanted.with_for_update(read=True))).all()
    found = {name: value for name, value in rows}  # noqa: C416 - rows are not tuples to mypy
    if found["currency"] != tx.shop.currency:
        raise unavailable()
    now = int(found["terms"]) if found.get("terms") else None
    if said is not None and said != now:
        why = "The terms have changed since this page was opened. Please read them again, then order."
        raise invalid("agreed_terms", why, TERMS_CHANGED)
    return now
