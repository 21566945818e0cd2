"""*You have new messages*: one collected mail to whoever has not seen them for two minutes.

The log itself is the queue: messages between the last look and two minutes ago are looked at once, and
whoever has read them by then is not written to. So a message costs nothing extra when it is sent.
"""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.customers.model import Customer
from app.db import Database, Transaction
from app.mail import letters
from app.mail.model import Notice
from app.mail.outbox import Reader
from app.orders.model import EntryRow, Order
from app.shop import Fact
from app.team.model import Member
from app.team.queries import members
from app.unread.model import Reading

PATIENCE = timedelta(minutes=2)
LOOKS_BACK = timedelta(days=2)
MOST_TEXTS = 20
LOOKED = "noticed_until"
Waiting = dict[tuple[Reader, str], list[tuple[Order, list[str], str]]]


async def notify(db: Database, now: datetime) -> int:
    """Write the mails that are due; answers how many."""
    until = now - PATIENCE
    async with db.read() as session:
        since = await _looked_until(session, now)
        if not await _any_message(session, since, until):
            return 0
    async with db.transaction(now) as tx:
        fact = await tx.session.get(Fact, LOOKED, with_for_update=True)
        since = datetime.fromisoformat(fact.value) if fact else since
        if since >= until:
            return 0
        waiting = await _waiting(tx, since, until)
        # a clock that was set ahead must not hide what is written from now on
        looked = min(until, datetime.now(UTC))
        await tx.session.merge(Fact(name=LOOKED, value=looked.isoformat()))
        for (reader, _person), orders in waiting.items():
            letters.new_messages(tx, reader, orders)
    return len(waiting)


async def _looked_until(session: AsyncSession, now: datetime) -> datetime:
    fact = await session.get(Fact, LOOKED)
    return datetime.fromisoformat(fact.value) if fact else now - LOOKS_BACK


async def _any_message(session: AsyncSession, since: datetime, until: datetime) -> bool:
    between = (EntryRow.at > since, EntryRow.at <= until, EntryRow.kind == "message")
    return await session.scalar(select(EntryRow.seq).where(*between).limit(1)) is not None


async def _waiting(tx: Transaction, since: datetime, until: datetime) -> Waiting:
    between = (EntryRow.at > since, EntryRow.at <= until, EntryRow.kind == "message")
    ids = (await tx.session.scalars(select(EntryRow.order_id).where(*between).distinct())).all()
    team = await members(tx.session)
    waiting: Waiting = defaultdict(list)
    for order in await tx.session.scalars(select(Order).where(Order.id.in_(ids)).order_by(Order.id)):
        await _customer(tx, order, waiting)
        for member in team:
            if not any(one.id == order.assignee_id for one in team) or order.assignee_id == member.id:
                await _member(tx, order, member, waiting)
    return waiting


async def _customer(tx: Transaction, order: Order, waiting: Waiting) -> None:
    customer = await tx.session.get_one(Customer, order.customer_id)
    person = f"c{customer.id}"
    texts, seq = await _unseen(tx, order, person, order.customer_read, "member")
    if texts:
        reader = Reader(customer.email, customer.language or order.language)
        waiting[reader, person].append((order, texts, tx.shop.order_link(order.id, seq)))


async def _member(tx: Transaction, order: Order, member: Member, waiting: Waiting) -> None:
    reading = await tx.session.get(Reading, (member.id, order.id))
    if reading is None or not reading.unread:
        return
    person = f"m{member.id}"
    texts, seq = await _unseen(tx, order, person, reading.seq, "customer")
    if texts:
        link = f"{tx.shop.public_url}/desk/orders/{order.number}#e-{order.number}-{seq}"
        waiting[letters.member_reader(tx, member), person].append((order, texts, link))


async def _unseen(tx: Transaction, order: Order, person: str, read: int, role: str) -> tuple[list[str], int]:
    """Texts beyond what the person read and was told of, and the first one's entry."""
    notice = await tx.session.get(Notice, (person, order.id))
    told = notice.seq if notice else 0
    mine = (EntryRow.order_id == order.id, EntryRow.seq > max(read, told))
    wanted = select(EntryRow).where(*mine, EntryRow.kind == "message", EntryRow.role == role)
    rows = (await tx.session.scalars(wanted.order_by(EntryRow.seq).limit(MOST_TEXTS))).all()
    if not rows:
        return [], 0
    await tx.session.merge(Notice(person=person, order_id=order.id, seq=order.last_seq))
    return [row.data["text"] for row in rows], rows[0].seq
