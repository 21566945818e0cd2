"""*You have new messages*: one collected mail to whoever has not seen them for two minutes.

The log itself is the queue: messages between the last look and two minutes ago are looked at once, and
whoever has read them by then is not written to. So a message costs nothing extra when it is sent.

A push that was delivered keeps no mail back: that a telephone has shown something does not say that anybody
saw it. Only reading does.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.attachments.views import with_files
from app.customers.model import Customer
from app.db import Database, Transaction
from app.i18n import gettext as _
from app.i18n import ngettext, speaking
from app.mail.model import MailOrder, Notice
from app.mail.outbox import Letter, Reader, post, shortened
from app.mail.recipients import customer_reader, desk_link, member_reader, names
from app.messages.model import Amendment, amended
from app.notifications.choices import choices_of
from app.notifications.recipients import team_of
from app.orders.model import EntryRow, Order
from app.shop import Fact, remember
from app.team.model import Member
from app.team.queries import members
from app.unread.model import Reading

PATIENCE = timedelta(minutes=2)
LOOKS_BACK = timedelta(days=2)
MOST_TEXTS = 20
LOOKED = "noticed_until"


@dataclass(frozen=True, slots=True)
class Unseen:
    """What waits for somebody in one order: `number` messages, the first of them as `texts`."""

    order: Order
    number: int
    texts: list[str]
    link: str

    @property
    def quoted(self) -> str:
        more = self.number - len(self.texts)
        rest = [ngettext("… and %(num)s more", "… and %(num)s more", more) % {"num": more}] if more else []
        return "\n\n".join([*self.texts, *rest])


Waiting = dict[tuple[Reader, str], list[Unseen]]


async def notify(db: Database, now: datetime) -> int:
    """Write the mails that are due; answers how many."""
    until = now - PATIENCE
    async with db.read() as session:
        since = await _looked_until(session, now)
        if not await _any_message(session, since, until):
            return 0
    async with db.transaction(now) as tx:
        since = await _locked(tx, since)
        if since >= until:
            return 0
        waiting = await _waiting(tx, since, until)
        # a clock that was set ahead must not hide what is written from now on
        looked = max(since, min(until, datetime.now(UTC) - PATIENCE))
        await tx.session.merge(Fact(name=LOOKED, value=looked.isoformat()))
        for (reader, _person), orders in waiting.items():
            await _write(tx, reader, orders)
    return len(waiting)


async def _looked_until(session: AsyncSession, now: datetime) -> datetime:
    fact = await session.get(Fact, LOOKED)
    return datetime.fromisoformat(fact.value) if fact else now - LOOKS_BACK


async def _locked(tx: Transaction, since: datetime) -> datetime:
    """Up to where was looked, held until this transaction ends: of two workers one looks."""
    await remember(tx.session, {LOOKED: since.isoformat()})
    fact = await tx.session.get_one(Fact, LOOKED, with_for_update=True)
    return datetime.fromisoformat(fact.value)


def _messages(since: datetime, until: datetime) -> Any:
    return (EntryRow.at > since, EntryRow.at <= until, EntryRow.kind == "message")


async def _any_message(session: AsyncSession, since: datetime, until: datetime) -> bool:
    wanted = select(EntryRow.seq).where(*_messages(since, until)).limit(1)
    return await session.scalar(wanted) is not None


async def _waiting(tx: Transaction, since: datetime, until: datetime) -> Waiting:
    ids = select(EntryRow.order_id).where(*_messages(since, until))
    team = await team_of(tx.session, await members(tx.session))
    waiting: Waiting = defaultdict(list)
    orders = (await tx.session.scalars(select(Order).where(Order.id.in_(ids)).order_by(Order.id))).all()
    customers = await choices_of(tx.session, {f"c{order.customer_id}" for order in orders})
    for order in orders:
        if customers[f"c{order.customer_id}"].wants("message", "mail"):
            await _customer(tx, order, waiting)
        for member in team.mailed("message", order.assignee_id):
            await _member(tx, order, member, waiting)
    return waiting


async def _customer(tx: Transaction, order: Order, waiting: Waiting) -> None:
    customer = await tx.session.get_one(Customer, order.customer_id)
    person = f"c{customer.id}"
    found = await _unseen(tx, order, person, order.customer_read, "member")
    if found:
        number, texts, seq = found
        unseen = Unseen(order, number, texts, tx.shop.order_link(order.id, seq))
        waiting[customer_reader(order, customer), person].append(unseen)


async def _member(tx: Transaction, order: Order, member: Member, waiting: Waiting) -> None:
    reading = await tx.session.get(Reading, (member.id, order.id))
    if reading is None or not reading.unread:
        return
    person = f"m{member.id}"
    found = await _unseen(tx, order, person, reading.seq, "customer")
    if found:
        number, texts, seq = found
        unseen = Unseen(order, number, texts, desk_link(tx, order, seq))
        waiting[member_reader(tx, member), person].append(unseen)


async def _unseen(
    tx: Transaction, order: Order, person: str, read: int, role: str
) -> tuple[int, list[str], int] | None:
    """Messages beyond what the person read and was told of: how many, the first texts, the first's entry.

    As they read now: what was withdrawn is none.
    """
    notice = await tx.session.get(Notice, (person, order.id))
    beyond = max(read, notice.seq if notice else 0)
    theirs = (EntryRow.order_id == order.id, EntryRow.kind == "message", EntryRow.role == role)
    said = (*theirs, EntryRow.seq > beyond, or_(Amendment.seq.is_(None), Amendment.text.is_not(None)))
    wanted = select(EntryRow, Amendment.text).outerjoin(Amendment, amended()).where(*said)
    rows = (await tx.session.execute(wanted.order_by(EntryRow.seq).limit(MOST_TEXTS))).all()
    if not rows:
        return None
    counted = select(func.count(), func.max(EntryRow.seq)).outerjoin(Amendment, amended()).where(*said)
    number, last = (await tx.session.execute(counted)).one()
    await tx.session.merge(Notice(person=person, order_id=order.id, seq=last))
    texts = [(row.data["text"] if newest is None else newest, row.data) for row, newest in rows]
    quoted = [with_files(shortened(text), data.get("attachments", [])) for text, data in texts]
    return number, quoted, rows[0][0].seq


async def _write(tx: Transaction, reader: Reader, waiting: Sequence[Unseen]) -> None:
    """One mail for all that waits: orders with their unread texts and a link to each."""
    with speaking(reader.language):
        number = sum(unseen.number for unseen in waiting)
        subject = ngettext("You have a new message", "You have %(num)s new messages", number)
        letter = Letter("new_messages", subject % {"num": number}, [])
        if len(waiting) == 1:
            _about_one(letter, waiting[0])
            post(tx, reader, letter, waiting[0].order.id)
            return
        for unseen in waiting:
            heading = _("Order %(number)s: %(title)s") % names(unseen.order)
            letter.sections.append((heading, unseen.quoted, unseen.link))
        mail = post(tx, reader, letter, None)
    if mail is not None:
        await tx.session.flush()  # for its id
        tx.session.add_all(MailOrder(mail_id=mail.id, order_id=unseen.order.id) for unseen in waiting)


def _about_one(letter: Letter, unseen: Unseen) -> None:
    letter.body = [_("Order %(number)s: %(title)s") % names(unseen.order)]
    letter.button, letter.link, letter.quoted = _("Read and answer"), unseen.link, unseen.quoted
