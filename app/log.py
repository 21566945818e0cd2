"""An order's log: the only writer of entries, and the reads that catching up is made of."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.analytics.observing import observe
from app.author import CLOCK, Author
from app.db import Transaction, among
from app.entries import Audience, Entry, Head, Side, reworded, words_now
from app.erased import erased
from app.messages.model import Amendment, amended
from app.orders.model import EntryRow, Order, OrderText
from app.orders.words import words
from app.unread import actions as unread
from app.webhooks.queueing import queue

TEAM_ONLY = frozenset({"note", "label", "assigned"})
DECIDED = frozenset({"approved", "rejected"})
OUTCOMES = frozenset({"succeeded", "failed"})
CUSTOMER_COUNTS = frozenset({"message", "quote", "status", "payment"})


async def append(
    tx: Transaction,
    order: Order,
    author: Author,
    kind: str,
    data: dict[str, Any],
    *,
    audience: Audience = "everyone",
    answers: bool = True,
) -> Entry:
    """Write the next entry of a locked order. The one that `answers` a request carries its cid."""
    audience = "team" if kind in TEAM_ONLY else audience
    counts_team, counts_customer = _counts(kind, author, data, audience)
    if order.snoozed_at is not None and (counts_team or _wakes(kind, author, audience)):
        order.snoozed_at = order.snoozed_until = None
    order.last_seq += 1
    order.team_count += counts_team
    order.customer_count += counts_customer
    cid, digest = (tx.cid, tx.digest) if answers else (None, None)
    row = EntryRow(
        order_id=order.id,
        seq=order.last_seq,
        prev_everyone=order.customer_seq,
        kind=kind,
        audience=audience,
        at=tx.now,
        role=author.role,
        name=author.name,
        person=author.person,
        cid=cid,
        digest=digest,
        team_count=order.team_count,
        customer_count=order.customer_count,
        data=data,
    )
    tx.session.add(row)
    if audience == "everyone":
        order.customer_seq = order.last_seq
    if counts_team:
        await unread.spread(tx, order, author)
    tx.heads[order.id] = Head(order.last_seq, order.customer_seq)
    entry = entry_of(row)
    tx.entries.append(entry)
    await observe(tx, order, entry)
    queue(tx)
    return entry


async def erase(tx: Transaction, order: Order) -> None:
    """The one change that entries ever see: of a deleted customer's order nothing is left that was typed.

    The entry that says so makes every process forget what it holds of the others (realtime.stream).
    """
    await tx.session.flush()
    for row in await tx.session.scalars(select(EntryRow).where(EntryRow.order_id == order.id)):
        row.data = erased(row.kind, row.data, tx.now)
        row.cid = row.digest = None
        if row.role == "customer":
            row.name = ""
    for table in (Amendment, OrderText):
        await tx.session.execute(delete(table).where(table.order_id == order.id))
    searchable(tx, order, f"{order.number} {order.title}")
    data = {"seq": order.last_seq + 1, "action": "erase"}
    await append(tx, order, CLOCK, "edit", data, answers=False)


def searchable(tx: Transaction, order: Order, text: str, audience: Audience = "everyone") -> None:
    """Let search find the order by this text."""
    tx.session.add(OrderText(order_id=order.id, audience=audience, text=" ".join(words(text))))


async def search_instead(
    tx: Transaction, order: Order, before: str, after: str | None, audience: Audience
) -> None:
    """Let search find the order by other words than before, or (None) no longer by these."""
    old = (OrderText.order_id == order.id, OrderText.audience == audience)
    wanted = select(OrderText).where(*old, OrderText.text == " ".join(words(before))).limit(1)
    found = await tx.session.scalar(wanted)
    if found is not None:
        await tx.session.delete(found)
    if after is not None:
        searchable(tx, order, after, audience)


async def answered(tx: Transaction, person: str, cid: str) -> EntryRow | None:
    """The entry that this person's request already led to."""
    wanted = select(EntryRow).where(EntryRow.person == person, EntryRow.cid == cid)
    return await tx.session.scalar(wanted)


async def read_after(session: AsyncSession, order_id: int, after: int, limit: int, side: Side) -> list[Entry]:
    """Entries beyond `after` that this side may see, oldest first."""
    wanted = _visible(order_id, side).where(EntryRow.seq > after).order_by(EntryRow.seq).limit(limit)
    return [_newest(row) for row in await session.execute(wanted)]


async def read_some(session: AsyncSession, order_id: int, seqs: Collection[int], side: Side) -> list[Entry]:
    """Which of these entries this side may see."""
    wanted = _visible(order_id, side).where(EntryRow.seq.in_(seqs)).order_by(EntryRow.seq)
    return [_newest(row) for row in await session.execute(wanted)]


async def read_before(
    session: AsyncSession, order_id: int, before: int, limit: int, side: Side
) -> list[Entry]:
    """The last `limit` entries below `before` that this side may see, oldest first."""
    wanted = _visible(order_id, side).where(EntryRow.seq < before)
    rows = await session.execute(wanted.order_by(EntryRow.seq.desc()).limit(limit))
    return [_newest(row) for row in reversed(rows.all())]


async def heads(session: AsyncSession, orders: Collection[int]) -> dict[int, Head]:
    wanted = select(Order.id, Order.last_seq, Order.customer_seq).where(among(session, Order.id, orders))
    return {number: Head(team, customer) for number, team, customer in await session.execute(wanted)}


async def changed_since(session: AsyncSession, moment: datetime, most: int = 2000) -> dict[int, Head]:
    """Orders that got an entry since `moment`, with their heads."""
    lately = select(EntryRow.order_id).where(EntryRow.at >= moment - timedelta(seconds=1)).distinct()
    ids = (await session.scalars(lately.limit(most))).all()
    return await heads(session, ids) if ids else {}


async def counts_at(session: AsyncSession, order_id: int, seq: int) -> tuple[int, int]:
    """The order's counters (team, customer) as of `seq`."""
    wanted = select(EntryRow.team_count, EntryRow.customer_count)
    row = (await session.execute(wanted.where(EntryRow.order_id == order_id, EntryRow.seq == seq))).first()
    return (row[0], row[1]) if row else (0, 0)


def entry_of(row: EntryRow, data: dict[str, Any] | None = None) -> Entry:
    """The entry; with other `data` than it was written with where that was amended."""
    return Entry(
        order=row.order_id,
        seq=row.seq,
        prev_everyone=row.prev_everyone,
        kind=row.kind,
        audience=row.audience,  # type: ignore[arg-type]
        at=row.at,
        role=row.role,
        name=row.name,
        person=row.person,
        cid=row.cid,
        data=row.data if data is None else data,
    )


def amended_data(data: dict[str, Any], text: str | None, at: datetime | None) -> dict[str, Any]:
    """An entry's data with the newest words; `at` is None where these are the first."""
    return data if at is None else reworded(data, words_now(text, at))


def _newest(found: Any) -> Entry:
    row, text, at = found
    return entry_of(row, amended_data(row.data, text, at))


def _visible(order_id: int, side: Side) -> Any:
    """Entries with what became of their words, in one look."""
    wanted = select(EntryRow, Amendment.text, Amendment.at).outerjoin(Amendment, amended())
    wanted = wanted.where(EntryRow.order_id == order_id)
    return wanted if side == "team" else wanted.where(EntryRow.audience == "everyone")


def _wakes(kind: str, author: Author, audience: Audience) -> bool:
    """Whether a snoozed order is back in the Inbox: the customer did something, or a quote is over."""
    if author.role == "customer":
        return audience == "everyone"  # to have looked at a quote is no answer
    return kind == "quote_decision" and author.role != "member"


def _counts(kind: str, author: Author, data: dict[str, Any], audience: Audience) -> tuple[int, int]:
    """Whether an entry counts as unread for the team and for the customer (DESIGN §2)."""
    by_customer = author.role == "customer"
    decided = kind == "quote_decision" and (data.get("status") in DECIDED or "decision" in data)
    paid = kind == "payment" and author.role != "member" and data.get("status") in OUTCOMES
    team = kind == "placed" or decided or paid or (by_customer and kind == "message")
    starts = kind == "payment" and data.get("status") == "pending"  # the outcome is what one waits for
    customer = kind in CUSTOMER_COUNTS and not by_customer and audience == "everyone" and not starts
    return int(team), int(customer)
