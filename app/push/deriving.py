"""From the log to what is to be pushed: the log is the queue, so a message costs nothing when it is sent.

Ten seconds after an entry was written, whoever it concerns and who has not read it is to be told. Entries are
found by their time: those ten seconds are longer than any transaction waits for a lock (app.db), so that none
is written behind our back. What nobody would be woken for is not even looked at.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import Database, Transaction, among
from app.notifications.choices import Choices, choices_of
from app.notifications.events import KINDS, for_member, topic_of
from app.orders.model import EntryRow, Order
from app.push.model import Push, PushPosition, PushSubscription
from app.push.queries import living
from app.shop import Fact, remember
from app.unread.model import Reading

PATIENCE = timedelta(seconds=10)
LOOKS_BACK = timedelta(hours=12)
AT_ONCE = 500  # entries in one look
LOOKED = "pushed_until"
Told = dict[tuple[str, int], tuple[int, str]]  # (person, order) → (entry, event)


async def derive(db: Database, now: datetime) -> int:
    """Write down what is to be pushed; answers how much that is, or 1 while there is more to look at."""
    until = now - PATIENCE
    async with db.read() as session:
        browsers = (await session.scalars(living())).all()
        if not browsers:
            return 0
        since = await _since(session, browsers, until)
        entries, last = await _entries(session, since, until)
        if not entries:
            return 0
        found = await Look(session, browsers, entries).found()
    moved = await _write(db, now, since, last, browsers, found)
    return max(len(found), last < until) if moved else 0


async def _since(session: AsyncSession, browsers: Sequence[PushSubscription], until: datetime) -> datetime:
    """Nobody is told of what was before they asked to be told."""
    fact = await session.get(Fact, LOOKED)
    looked = datetime.fromisoformat(fact.value) if fact else until - LOOKS_BACK
    return max(looked, until - LOOKS_BACK, min(browser.created_at for browser in browsers))


async def _entries(
    session: AsyncSession, since: datetime, until: datetime
) -> tuple[Sequence[EntryRow], datetime]:
    """The first of those written meanwhile, and up to when these are all; one moment is never split."""
    within = (EntryRow.at > since, EntryRow.at <= until, EntryRow.kind.in_(KINDS))
    edge = select(EntryRow.at).where(*within).order_by(EntryRow.at).offset(AT_ONCE - 1).limit(1)
    until = await session.scalar(edge) or until
    wanted = select(EntryRow).where(EntryRow.at > since, EntryRow.at <= until, EntryRow.kind.in_(KINDS))
    return (await session.scalars(wanted.order_by(EntryRow.order_id, EntryRow.seq))).all(), until


class Look:
    """One look at some entries, for all who may be woken: a handful of queries, however many they are."""

    def __init__(
        self, session: AsyncSession, browsers: Sequence[PushSubscription], entries: Sequence[EntryRow]
    ) -> None:
        self.session = session
        self.entries = entries
        self.since = _earliest(browsers)
        self.members = sorted({int(person[1:]) for person in self.since if person.startswith("m")})
        self.ids = sorted({entry.order_id for entry in entries})
        self.orders: dict[int, Order] = {}
        self.read: dict[tuple[str, int], int] = {}
        self.choices: dict[str, Choices] = {}

    async def found(self) -> Told:
        """By person and order the newest entry that they are to be told of."""
        wanted = select(Order).where(among(self.session, Order.id, self.ids))
        self.orders = {order.id: order for order in await self.session.scalars(wanted)}
        self.choices = await choices_of(self.session, list(self.since))
        await self._read()
        told: Told = {}
        for entry in self.entries:  # in the order of their numbers, so that the newest stays
            for person, event in self._concerned(entry):
                if self._new(person, entry) and self.choices[person].wants(event, "push"):
                    told[person, entry.order_id] = (entry.seq, event)
        return told

    async def _read(self) -> None:
        """Up to where everybody has read, or was told."""
        mine = (Reading.member_id.in_(self.members), among(self.session, Reading.order_id, self.ids))
        rows = await self.session.execute(
            select(Reading.member_id, Reading.order_id, Reading.seq).where(*mine)
        )
        self.read = {(f"m{member}", order): seq for member, order, seq in rows}
        self.read |= {(f"c{one.customer_id}", one.id): one.customer_read for one in self.orders.values()}
        about = among(self.session, PushPosition.order_id, self.ids)
        for row in await self.session.scalars(select(PushPosition).where(about)):
            key = (row.person, row.order_id)
            self.read[key] = max(self.read.get(key, 0), row.seq)

    def _concerned(self, entry: EntryRow) -> list[tuple[str, str]]:
        """(person, event) of those who may be woken and may see it; nobody for what they did themselves."""
        order = self.orders[entry.order_id]
        found = []
        if topic := topic_of(entry.kind, entry.role, entry.data, "team"):
            events = ((f"m{key}", for_member(topic, order.assignee_id, key)) for key in self.members)
            found += [(person, event) for person, event in events if event]
        customer = f"c{order.customer_id}"
        if customer in self.since and entry.audience == "everyone":
            topic = topic_of(entry.kind, entry.role, entry.data, "customer")
            found += [(customer, topic)] if topic else []
        return [(person, event) for person, event in found if person != entry.person]

    def _new(self, person: str, entry: EntryRow) -> bool:
        return entry.at > self.since[person] and entry.seq > self.read.get((person, entry.order_id), 0)


def _earliest(browsers: Sequence[PushSubscription]) -> dict[str, datetime]:
    """By person since when one of their browsers may be woken."""
    since: dict[str, datetime] = {}
    for browser in browsers:
        since[browser.person] = min(browser.created_at, since.get(browser.person, browser.created_at))
    return since


async def _write(
    db: Database,
    now: datetime,
    since: datetime,
    until: datetime,
    browsers: Sequence[PushSubscription],
    found: Told,
) -> bool:
    """Of two workers that looked at the same, one writes. Whether this one did, and got further."""
    async with db.transaction(now) as tx:
        await remember(tx.session, {LOOKED: since.isoformat()})
        fact = await tx.session.get_one(Fact, LOOKED, with_for_update=True)
        if datetime.fromisoformat(fact.value) > since:
            return False
        # a clock that was set ahead must not hide what is written from now on
        looked = max(since, min(until, datetime.now(UTC) - PATIENCE))
        fact.value = looked.isoformat()
        await _raise_positions(tx, found)
        await _queue(tx, browsers, found)
    return bool(found) or looked > since


async def _raise_positions(tx: Transaction, found: Told) -> None:
    rows = [{"person": who, "order_id": order, "seq": seq} for (who, order), (seq, _) in found.items()]
    if rows:
        insert = _insert(tx, PushPosition)
        newer = {"seq": func.greatest(PushPosition.seq, insert.excluded.seq)}
        if tx.session.get_bind().dialect.name != "postgresql":
            newer = {"seq": func.max(PushPosition.seq, insert.excluded.seq)}
        keys = ["person", "order_id"]
        await tx.session.execute(insert.on_conflict_do_update(index_elements=keys, set_=newer), rows)


async def _queue(tx: Transaction, browsers: Sequence[PushSubscription], found: Told) -> None:
    """To each browser of theirs; what waits there already is about the newer entry now."""
    rows = [
        {"subscription_id": browser.id, "order_id": order, "seq": seq, "event": event}
        | {"attempts": 0, "due_at": tx.now}
        for (person, order), (seq, event) in found.items()
        for browser in browsers
        if browser.person == person
    ]
    if rows:
        insert = _insert(tx, Push)
        newer = {name: insert.excluded[name] for name in ("seq", "event", "attempts", "due_at")}
        keys = ["subscription_id", "order_id"]
        await tx.session.execute(insert.on_conflict_do_update(index_elements=keys, set_=newer), rows)


def _insert(tx: Transaction, table: Any) -> Any:
    dialect: Any = postgresql if tx.session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(table)
