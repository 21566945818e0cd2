"""Files of a customer's orders: whoever sent them, they are part of what was said there."""

from collections.abc import Sequence

from sqlalchemy import and_, delete, or_, select

from app.attachments.model import Attachment
from app.attachments.views import described
from app.messages.model import Amendment
from app.orders.model import EntryRow, Order
from app.privacy.holding import Asking, Erasing, Holding, Told


async def order(asking: Asking, row: Order) -> Told:
    """What came with messages, and where it is in the export."""
    found = await _sent(asking, row)
    return {"files": [described(each) | {"message": each.seq, "path": _path(row, each)} for each in found]}


async def files(asking: Asking, row: Order) -> Sequence[tuple[str, str]]:
    return [(_path(row, each), each.key) for each in await _sent(asking, row)]


async def erase(erasing: Erasing) -> None:
    session = erasing.tx.session
    theirs = select(Order.id).where(Order.customer_id == erasing.subject.customer_id)
    for each in await session.scalars(select(Attachment).where(Attachment.order_id.in_(theirs))):
        erasing.files += [each.key, *([each.preview_key] if each.preview else [])]
    await session.execute(delete(Attachment).where(Attachment.order_id.in_(theirs)))


async def _sent(asking: Asking, row: Order) -> Sequence[Attachment]:
    """What the asking side may read: see app.attachments.queries."""
    entry = and_(EntryRow.order_id == Attachment.order_id, EntryRow.seq == Attachment.seq)
    amendment = and_(Amendment.order_id == Attachment.order_id, Amendment.seq == Attachment.seq)
    wanted = select(Attachment).join(EntryRow, entry).outerjoin(Amendment, amendment)
    wanted = wanted.where(Attachment.order_id == row.id).order_by(Attachment.id)
    if not asking.team:
        still = or_(Amendment.seq.is_(None), Amendment.text.is_not(None))
        wanted = wanted.where(EntryRow.audience == "everyone", still)
    return (await asking.session.scalars(wanted)).all()


def _path(row: Order, each: Attachment) -> str:
    return f"files/{row.number}/{each.id} {each.name}"


HELD = Holding((Attachment,), erase, order=order, files=files)
