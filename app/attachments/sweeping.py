"""Uploads that nobody sent: their files go, then their rows."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from app.attachments.model import Attachment
from app.db import Database
from app.storage import Storage

MARGIN = timedelta(minutes=5)  # a message that is just being sent with one was in time
AT_ONCE = 100


async def sweep(db: Database, files: Storage, now: datetime) -> int:
    """Take away what expired; answers how many. A row outlives its file, so nothing is ever forgotten."""
    over = (Attachment.seq.is_(None), Attachment.expires_at < now - MARGIN)
    async with db.read() as session:
        found = (await session.scalars(select(Attachment).where(*over).limit(AT_ONCE))).all()
    for each in found:
        await files.delete(each.key)
        if each.preview:
            await files.delete(each.preview_key)
    if found:
        async with db.transaction(now) as tx:
            gone = delete(Attachment).where(Attachment.id.in_([each.id for each in found]), *over)
            await tx.session.execute(gone)
    return len(found)
