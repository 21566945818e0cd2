"""Writing down who did what, in the transaction that did it, and forgetting it after a year."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select

from app.audit.model import Record
from app.author import Actor
from app.db import Database, Transaction

KEPT = timedelta(days=365)


def record(tx: Transaction, actor: Actor | None, kind: str, subject: str = "", **data: Any) -> None:
    """Somebody did this; None: the command line. Neither `subject` nor `data` may hold a secret.

    Of customers only their number is kept, which says nothing any more once they are deleted.
    """
    who = actor if actor and actor.member_id else None
    if actor and actor.customer_id:
        data["customer"] = actor.customer_id
    tx.session.add(
        Record(
            at=tx.now,
            kind=kind,
            member_id=who.member_id if who else None,
            name=(who.name or who.email)[:254] if who else "",
            subject=subject[:254],
            data=data,
        )
    )


async def forget(db: Database, now: datetime) -> None:
    """What is older than a year."""
    old = Record.at < now - KEPT
    async with db.read() as session:
        found = await session.scalar(select(Record.id).where(old).limit(1))
    if found is not None:
        async with db.transaction(now) as tx:
            await tx.session.execute(delete(Record).where(old))
