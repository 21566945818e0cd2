"""The audit log has of customers their number alone, and an address that was tried at the desk's door."""

from sqlalchemy import delete, select

from app.audit.model import Record
from app.privacy.holding import Asking, Erasing, Holding, Told, plain


async def person(asking: Asking) -> Told:
    wanted = select(Record).where(Record.subject.in_(asking.subject.addresses)).order_by(Record.id)
    records = [plain(row, "id", "member_id", "name") for row in await asking.session.scalars(wanted)]
    return {"tried_at_the_desk": records} if asking.team else {}


async def erase(erasing: Erasing) -> None:
    mine = Record.subject.in_(erasing.subject.addresses)
    await erasing.tx.session.execute(delete(Record).where(mine, Record.member_id.is_(None)))


HELD = Holding((Record,), erase, person)
