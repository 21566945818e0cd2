"""The one door to a file: through its order, and then through the message that it came with."""

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import access
from app.attachments.model import Attachment
from app.author import Actor
from app.errors import Problem
from app.messages.model import Amendment
from app.orders.model import EntryRow


async def file_for(session: AsyncSession, actor: Actor, number: object, id: int) -> Attachment:
    """The file, if `actor` may have it: what a message of theirs to read came with, or their own upload.

    A note's is for the team; a withdrawn message's, too, as the message itself is. Raises 404.
    """
    order = await access.order_for(session, actor, number)
    entry = and_(EntryRow.order_id == Attachment.order_id, EntryRow.seq == Attachment.seq)
    amendment = and_(Amendment.order_id == Attachment.order_id, Amendment.seq == Attachment.seq)
    wanted = (
        select(Attachment, EntryRow.audience, Amendment.seq, Amendment.text)
        .outerjoin(EntryRow, entry)
        .outerjoin(Amendment, amendment)
        .where(Attachment.id == id, Attachment.order_id == order.id, Attachment.ready)
    )
    found = (await session.execute(wanted)).first()
    if found is None:
        raise _nothing()
    attachment, audience, amended, newest = found
    if attachment.seq is None:
        visible = attachment.person == actor.as_author(order).person
    else:
        withdrawn = amended is not None and newest is None
        visible = actor.side == "team" or (audience == "everyone" and not withdrawn)
    if not visible:
        raise _nothing()
    return attachment


def _nothing() -> Problem:
    return Problem("not_found", "There is no such file.")
