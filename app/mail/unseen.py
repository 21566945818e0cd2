"""What waits unread for whom: everybody at once, in a handful of queries, whatever their number."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, String, and_, column, func, or_, select, values
from sqlalchemy.ext.asyncio import AsyncSession

from app.attachments.views import with_files
from app.customers.model import Customer
from app.db import Transaction, among, insert_into
from app.mail.model import Notice
from app.mail.outbox import Reader, shortened
from app.mail.recipients import customer_reader, member_reader
from app.messages.model import Amendment, amended
from app.notifications.choices import choices_of
from app.notifications.recipients import team_of
from app.orders.model import EntryRow, Order
from app.shop import Shop
from app.team.queries import members
from app.unread.model import Reading

Told = Mapping[tuple[str, int], int]  # by person and order


class Place(NamedTuple):
    """In an order, what that side wrote after an entry."""

    order_id: int
    role: str
    beyond: int


class Waiting(NamedTuple):
    """`number` messages up to the entry `last`, the first of which is `first`; of the first the `texts`."""

    number: int
    first: int
    last: int
    texts: list[str]

    def cut(self, most: int) -> "Waiting":
        """With so many texts at most."""
        return self._replace(texts=self.texts[:most])


@dataclass(frozen=True, slots=True)
class Addressee:
    """Somebody for whom messages may wait, and where. `told`: their notices so far, by order."""

    person: str
    reader: Reader
    orders: dict[int, Order] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)
    told: dict[int, int] = field(default_factory=dict)

    def add(self, order: Order, role: str, read: int, told: int | None) -> None:
        self.orders[order.id] = order
        self.places.append(Place(order.id, role, max(read, told or 0)))
        if told is not None:
            self.told[order.id] = told


def said_between(since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    """Which entries are messages of that time."""
    return EntryRow.at > since, EntryRow.at <= until, EntryRow.kind == "message"


async def addressees(session: AsyncSession, shop: Shop, since: datetime, until: datetime) -> list[Addressee]:
    """Who has not read all of the orders in which something was said meanwhile, and wants mail about it."""
    ids = select(EntryRow.order_id).where(*said_between(since, until))
    orders = (await session.scalars(select(Order).where(Order.id.in_(ids)).order_by(Order.id))).all()
    wanted = select(Notice.person, Notice.order_id, Notice.seq).where(Notice.order_id.in_(ids))
    told = {(person, order): seq for person, order, seq in await session.execute(wanted)}
    customers = await _customers(session, orders, told)
    return [*customers, *await _team(session, shop, orders, told)]


async def _customers(session: AsyncSession, orders: Sequence[Order], told: Told) -> Iterable[Addressee]:
    """Who never chose a language is written to in that of each order."""
    ids = {order.customer_id for order in orders}
    people = {
        one.id: one for one in await session.scalars(select(Customer).where(among(session, Customer.id, ids)))
    }
    choices = await choices_of(session, {f"c{customer}" for customer in people})
    found: dict[tuple[str, Reader], Addressee] = {}
    for order in orders:
        person, reader = f"c{order.customer_id}", customer_reader(order, people[order.customer_id])
        if choices[person].wants("message", "mail"):
            one = found.setdefault((person, reader), Addressee(person, reader))
            one.add(order, "member", order.customer_read, told.get((person, order.id)))
    return found.values()


async def _team(
    session: AsyncSession, shop: Shop, orders: Sequence[Order], told: Told
) -> Iterable[Addressee]:
    unread = (Reading.unread, among(session, Reading.order_id, [order.id for order in orders]))
    wanted = select(Reading.member_id, Reading.order_id, Reading.seq).where(*unread)
    read = {(member, order): seq for member, order, seq in await session.execute(wanted)}
    team = await team_of(session, await members(session))
    found: dict[int, Addressee] = {}
    for order in orders:
        for member in team.mailed("message", order.assignee_id):
            if (seq := read.get((member.id, order.id))) is not None:
                person = f"m{member.id}"
                one = found.setdefault(member.id, Addressee(person, member_reader(shop, member)))
                one.add(order, "customer", seq, told.get((person, order.id)))
    return found.values()


def together(people: Iterable[Addressee], most: int) -> Iterator[list[Addressee]]:
    """Groups whose places are at most so many, but of a single person: a team's are mostly the same."""
    group: list[Addressee] = []
    places: set[Place] = set()
    for one in people:
        if group and len(places | set(one.places)) > most:
            yield group
            group, places = [], set()
        group.append(one)
        places |= set(one.places)
    if group:
        yield group


async def messages_at(session: AsyncSession, places: Collection[Place], most: int) -> dict[Place, Waiting]:
    """What waits at each place, with the first `most` texts as they read now: what was withdrawn is none."""
    if not places:
        return {}
    wanted = (
        values(column("order_id", Integer), column("role", String), column("beyond", Integer), name="wanted")
        .data(sorted(places))
        .cte()
    )
    place = wanted.c.order_id, wanted.c.role, wanted.c.beyond
    theirs = and_(
        EntryRow.order_id == wanted.c.order_id,
        EntryRow.seq > wanted.c.beyond,
        EntryRow.kind == "message",
        EntryRow.role == wanted.c.role,
    )
    said = (
        select(
            *place,
            EntryRow.seq.label("seq"),
            EntryRow.data.label("data"),
            Amendment.text.label("newest"),
            func.row_number().over(partition_by=place, order_by=EntryRow.seq).label("nth"),
            func.count().over(partition_by=place).label("number"),
            func.max(EntryRow.seq).over(partition_by=place).label("last"),
        )
        .select_from(wanted)
        .join(EntryRow, theirs)
        .outerjoin(Amendment, amended())
        .where(or_(Amendment.seq.is_(None), Amendment.text.is_not(None)))
        .subquery()
    )
    first = select(said).where(said.c.nth <= most).order_by(said.c.order_id, said.c.seq)
    found: dict[Place, Waiting] = {}
    for row in await session.execute(first):
        at = Place(row.order_id, row.role, row.beyond)
        waiting = found.setdefault(at, Waiting(row.number, row.seq, row.last, []))
        waiting.texts.append(_quoted(row.data, row.newest))
    return found


def _quoted(data: dict[str, Any], newest: str | None) -> str:
    text = data["text"] if newest is None else newest
    return with_files(shortened(text), data.get("attachments", []))


async def told_of(session: AsyncSession, person: str, orders: Collection[int]) -> dict[int, int]:
    """Up to which entry of each of these orders somebody was told; orders without a notice are left out."""
    mine = (Notice.person == person, among(session, Notice.order_id, orders))
    rows = await session.execute(select(Notice.order_id, Notice.seq).where(*mine))
    return dict(rows.all())


async def note_told(tx: Transaction, person: str, told: Mapping[int, int]) -> None:
    """By order, up to which entry."""
    insert = insert_into(tx.session, Notice)
    newest = insert.on_conflict_do_update(
        index_elements=["person", "order_id"], set_={"seq": insert.excluded.seq}
    )
    rows = [{"person": person, "order_id": order, "seq": seq} for order, seq in told.items()]
    await tx.session.execute(newest, rows)
