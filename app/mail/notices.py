"""*You have new messages*: one collected mail to whoever has not seen them for two minutes.

The log itself is the queue: messages between the last look and two minutes ago are looked at once, and
whoever has read them by then is not written to. So a message costs nothing extra when it is sent.
Each mail is a transaction of its own, with the notices that keep it from being written again: hundreds that
are due at once hold nobody up, and a look that was broken off is done again without telling anything twice.

A push that was delivered keeps no mail back: that a telephone has shown something does not say that anybody
saw it. Only reading does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import Database, Transaction
from app.i18n import gettext as _
from app.i18n import ngettext, speaking
from app.mail.model import MailOrder
from app.mail.outbox import Letter, Reader, post
from app.mail.recipients import desk_link, names
from app.mail.unseen import (
    Addressee,
    Place,
    Waiting,
    addressees,
    messages_at,
    note_told,
    said_between,
    together,
    told_of,
)
from app.orders.model import EntryRow, Order
from app.shop import Fact, remember

PATIENCE = timedelta(minutes=2)
LOOKS_BACK = timedelta(days=2)
MOST_TEXTS = 20  # of one order
MOST_TEXTS_OF_ALL = 100  # of one mail; but one of each order
AT_ONCE = 500  # places in orders that are read together
LOOKED = "noticed_until"


@dataclass(frozen=True, slots=True)
class Unseen:
    """What waits for somebody in one order."""

    order: Order
    waiting: Waiting
    link: str

    @property
    def quoted(self) -> str:
        more = self.waiting.number - len(self.waiting.texts)
        rest = [ngettext("… and %(num)s more", "… and %(num)s more", more) % {"num": more}] if more else []
        return "\n\n".join([*self.waiting.texts, *rest])


async def notify(db: Database, now: datetime) -> int:
    """Write the mails that are due; answers how many."""
    until = now - PATIENCE
    assert db.shop is not None, "the shop is loaded before the first job"
    async with db.read() as session:
        since = await _looked_until(session, now)
        if not await _any_message(session, since, until):
            return 0
        everybody = await addressees(session, db.shop, since, until)
    async with db.transaction(now) as tx:
        await remember(tx.session, {LOOKED: since.isoformat()})
    told: list[bool | None] = []
    for group in together(everybody, AT_ONCE):
        async with db.read() as session:
            found = await messages_at(session, {place for one in group for place in one.places}, MOST_TEXTS)
        told += [await _tell(db, now, one, found) for one in group]
    if None not in told:
        await _looked(db, now, until)
    return sum(one is not False for one in told)


async def _looked_until(session: AsyncSession, now: datetime) -> datetime:
    fact = await session.get(Fact, LOOKED)
    return datetime.fromisoformat(fact.value) if fact else now - LOOKS_BACK


async def _any_message(session: AsyncSession, since: datetime, until: datetime) -> bool:
    wanted = select(EntryRow.seq).where(*said_between(since, until)).limit(1)
    return await session.scalar(wanted) is not None


async def _looked(db: Database, now: datetime, until: datetime) -> None:
    """Remember it, but not that a clock was set ahead: that would hide what is written from now on."""
    until = min(until, datetime.now(UTC) - PATIENCE)
    async with db.transaction(now) as tx:
        fact = await _locked(tx)
        if datetime.fromisoformat(fact.value) < until:
            fact.value = until.isoformat()


async def _locked(tx: Transaction) -> Fact:
    """Up to where was looked, held until this transaction ends: of two workers one writes."""
    return await tx.session.get_one(Fact, LOOKED, with_for_update=True)


async def _tell(db: Database, now: datetime, one: Addressee, found: Mapping[Place, Waiting]) -> bool | None:
    """Whether there was something to tell; None: another worker was faster, and there may be more."""
    places = [place for place in one.places if place in found]
    if not places:
        return False
    async with db.transaction(now) as tx:
        await _locked(tx)
        if await told_of(tx.session, one.person, one.orders) != one.told:
            return None
        await note_told(tx, one.person, {place.order_id: found[place].last for place in places})
        each = max(1, MOST_TEXTS_OF_ALL // len(places))
        unseen = [_unseen(tx, one.orders[place.order_id], place, found[place].cut(each)) for place in places]
        await _write(tx, one.reader, unseen)
    return True


def _unseen(tx: Transaction, order: Order, place: Place, waiting: Waiting) -> Unseen:
    theirs = place.role == "member"  # what members wrote, customers read
    link = tx.shop.order_link(order.id, waiting.first) if theirs else desk_link(tx, order, waiting.first)
    return Unseen(order, waiting, link)


async def _write(tx: Transaction, reader: Reader, unseen: Sequence[Unseen]) -> None:
    """One mail for all that waits: orders with their unread texts and a link to each."""
    with speaking(reader.language):
        number = sum(each.waiting.number for each in unseen)
        subject = ngettext("You have a new message", "You have %(num)s new messages", number)
        letter = Letter("new_messages", subject % {"num": number}, [])
        if len(unseen) == 1:
            _about_one(letter, unseen[0])
            post(tx, reader, letter, unseen[0].order.id)
            return
        for each in unseen:
            heading = _("Order %(number)s: %(title)s") % names(each.order)
            letter.sections.append((heading, each.quoted, each.link))
        mail = post(tx, reader, letter, None)
    if mail is not None:
        await tx.session.flush()  # for its id
        tx.session.add_all(MailOrder(mail_id=mail.id, order_id=each.order.id) for each in unseen)


def _about_one(letter: Letter, unseen: Unseen) -> None:
    letter.body = [_("Order %(number)s: %(title)s") % names(unseen.order)]
    letter.button, letter.link, letter.quoted = _("Read and answer"), unseen.link, unseen.quoted
