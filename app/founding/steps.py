"""What is left to do after the first start: a short list on the owner's desk, until all of it is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalogue.model import Product
from app.context import Context
from app.db import Transaction
from app.shop import Fact, put
from app.team.model import Invitation, Member

FACT: Final = "first_steps"
OVER: Final = "over"
STEPS: Final = ("product", "team", "mail", "payment", "doctor")


@dataclass(frozen=True, slots=True)
class Step:
    """`by_hand`: the owner says that it is done, or not needed."""

    name: str
    done: bool
    by_hand: bool


async def open_steps(context: Context, session: AsyncSession) -> Sequence[Step]:
    """All steps, or none once each of them is done. One query."""
    ticked = context.first_steps
    if ticked is None or ticked == OVER:
        return ()
    done = await _done(context, session)
    steps = [Step(name, name in done or name in ticked.split(","), name not in done) for name in STEPS]
    return () if all(step.done for step in steps) else steps


async def tick(tx: Transaction, name: str) -> None:
    """This step is done, or is not to be; an unknown name is none. OVER puts the whole list away."""
    fact = await tx.session.get_one(Fact, FACT, with_for_update=True)
    ticked = {each for each in fact.value.split(",") if each in STEPS}
    over = name == OVER or fact.value == OVER
    await put(tx.session, {FACT: OVER if over else ",".join(sorted(ticked | {name} & set(STEPS))) or "shown"})


async def _done(context: Context, session: AsyncSession) -> frozenset[str]:
    settings = context.settings
    team = select(func.count()).where(Member.removed_at.is_(None)).scalar_subquery()
    bank = select(Fact.value).where(Fact.name == "bank_details").scalar_subquery()
    wanted = select(
        exists().where(Product.archived_at.is_(None)), exists().where(Invitation.id.is_not(None)), team, bank
    )
    product, invited, members, details = (await session.execute(wanted)).one()
    found = {
        "product": product,
        "team": invited or members > 1,
        "mail": settings.smtp_url is not None,
        "payment": settings.stripe_secret_key is not None or bool(details),
    }
    return frozenset(name for name, done in found.items() if done)
