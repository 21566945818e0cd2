"""What corrected and withdrawn messages were before: the team's record."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.messages.model import IN_TIME, KINDS, Amendment, amended
from app.orders.model import EntryRow
from app.orders.views import EntryView, VersionView


def amendable(entries: Sequence[EntryView], person: str, now: datetime) -> list[EntryView]:
    """Which of these this person may still correct or withdraw."""
    return [entry for entry in entries if entry.person == person and in_time(entry, now)]


def in_time(entry: EntryView, now: datetime) -> bool:
    return entry.kind in KINDS and "withdrawn_at" not in entry.data and now - entry.at <= IN_TIME


async def versions_of(
    session: AsyncSession, order_id: int, seqs: Collection[int]
) -> dict[int, list[VersionView]]:
    """By message, its earlier versions, the first one first. Only what the team reads may ask."""
    wanted = (
        select(Amendment.target, Amendment.text, EntryRow)
        .join(EntryRow, amended())
        .where(Amendment.order_id == order_id, Amendment.target.in_(seqs))
        .order_by(Amendment.seq)
    )
    versions: dict[int, list[VersionView]] = defaultdict(list)
    stands: dict[int, bool] = {}
    for target, text, row in await session.execute(wanted):
        stands[target] = text is not None
        if row.data.get("action") != "withdraw":
            versions[target].append(VersionView(row.at, row.data["text"], row.data.get("attachments", ())))
    # the last one is what everybody reads, unless it was withdrawn
    return {target: found[:-1] if stands[target] else found for target, found in versions.items()}
