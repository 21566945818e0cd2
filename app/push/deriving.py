"""From the log to what is to be pushed: the log is the queue, so a message costs nothing when it is sent.

Ten seconds after an entry was written, whoever it concerns and who has not read it is to be told. Entries are
found by their time: those ten seconds are longer than any transaction waits for a lock (app.db), so that none
is written behind our back. While nobody may be woken, or nothing is new, it costs a row or two to see that.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import Database, Transaction, among, insert_into
from app.notifications.events import KINDS
from app.notifications.looking import Look, News, Position
from app.orders.model import EntryRow, Order
from app.push.model import Push, PushPosition, PushSubscription
from app.push.queries import living
from app.shop import Fact, remember
from app.team.queries import members

PATIENCE = timedelta(seconds=10)
LOOKS_BACK = timedelta(hours=12)
AT_ONCE = 500  # entries in one look
LOOKED = "pushed_until"
Told = Mapping[Position, News]
Browsers = dict[str, list[PushSubscription]]


async def derive(db: Database, now: datetime) -> int:
    """Write down what is to be pushed; answers how much that is, or 1 while there is more to look at."""
    until = now - PATIENCE
    async with db.read() as session:
        since = await _since(session, until)
        if since is None:
            return 0
        entries, last = await _entries(session, since, until)
        if not entries:
            return 0
        browsers = await _browsers(session, entries)
        found = await _news(session, entries, browsers)
    moved = await _write(db, now, since, last, browsers, found)
    return max(len(found), last < until) if moved else 0


async def _since(session: AsyncSession, until: datetime) -> datetime | None:
    """Up to where it was looked; not at what was before anybody asked to be told. None: nobody did."""
    oldest = select(PushSubscription.created_at).order_by(PushSubscription.id).limit(1)
    asked = await session.scalar(oldest)
    if asked is None:
        return None
    fact = await session.get(Fact, LOOKED)
    looked = datetime.fromisoformat(fact.value) if fact else until - LOOKS_BACK
    return max(looked, until - LOOKS_BACK, asked)


async def _entries(
    session: AsyncSession, since: datetime, until: datetime
) -> tuple[Sequence[EntryRow], datetime]:
    """The first of those written meanwhile, and up to when these are all; one moment is never split."""
    within = (EntryRow.at > since, EntryRow.at <= until, EntryRow.kind.in_(KINDS))
    edge = select(EntryRow.at).where(*within).order_by(EntryRow.at).offset(AT_ONCE - 1).limit(1)
    until = await session.scalar(edge) or until
    wanted = select(EntryRow).where(EntryRow.at > since, EntryRow.at <= until, EntryRow.kind.in_(KINDS))
    return (await session.scalars(wanted.order_by(EntryRow.order_id, EntryRow.seq))).all(), until


async def _browsers(session: AsyncSession, entries: Sequence[EntryRow]) -> Browsers:
    """By person, of the team and of these orders' customers: who else there is does not matter."""
    about = among(session, Order.id, {entry.order_id for entry in entries})
    customers = await session.scalars(select(Order.customer_id).where(about).distinct())
    persons = [f"c{customer}" for customer in customers]
    persons += [f"m{member.id}" for member in await members(session)]
    found: Browsers = {}
    for browser in await session.scalars(living().where(among(session, PushSubscription.person, persons))):
        found.setdefault(browser.person, []).append(browser)
    return found


async def _news(session: AsyncSession, entries: Sequence[EntryRow], browsers: Browsers) -> Told:
    """For nobody from before one of their browsers may be woken."""
    since = {person: min(browser.created_at for browser in theirs) for person, theirs in browsers.items()}
    return await Look(session, since, entries, "push").found(await _told(session, entries)) if since else {}


async def _told(session: AsyncSession, entries: Sequence[EntryRow]) -> dict[Position, int]:
    """Up to where anybody was told of these orders."""
    about = among(session, PushPosition.order_id, {entry.order_id for entry in entries})
    rows = await session.scalars(select(PushPosition).where(about))
    return {(row.person, row.order_id): row.seq for row in rows}


async def _write(
    db: Database, now: datetime, since: datetime, until: datetime, browsers: Browsers, found: Told
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
        insert = insert_into(tx.session, PushPosition)
        newer = {"seq": func.greatest(PushPosition.seq, insert.excluded.seq)}
        if tx.session.get_bind().dialect.name != "postgresql":
            newer = {"seq": func.max(PushPosition.seq, insert.excluded.seq)}
        keys = ["person", "order_id"]
        await tx.session.execute(insert.on_conflict_do_update(index_elements=keys, set_=newer), rows)


async def _queue(tx: Transaction, browsers: Browsers, found: Told) -> None:
    """To each browser of theirs; what waits there already is about the newer entry now."""
    rows = [
        {"subscription_id": browser.id, "order_id": order, "seq": seq, "event": event}
        | {"attempts": 0, "due_at": tx.now}
        for (person, order), (seq, event) in found.items()
        for browser in browsers[person]
    ]
    if rows:
        insert = insert_into(tx.session, Push)
        newer = {name: insert.excluded[name] for name in ("seq", "event", "attempts", "due_at")}
        keys = ["subscription_id", "order_id"]
        await tx.session.execute(insert.on_conflict_do_update(index_elements=keys, set_=newer), rows)
