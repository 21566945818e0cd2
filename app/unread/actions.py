"""Reading positions. They only move forward; what is unread is one counter minus another.

A message must not cost a write per member, so it only raises the order's counter. Rows are touched when
the first entry after somebody's reading arrives ("spread") and when somebody reads. Marking an order unread
moves no position: the mark stands beside it, and reading takes it away.
"""

from typing import cast

from sqlalchemy import func, literal, select
from sqlalchemy.sql import Executable

from app.author import Author
from app.db import Transaction, insert_into
from app.orders.model import EntryRow, Order
from app.team.model import Member
from app.unread.model import Reading

KEY = ["member_id", "order_id"]


async def spread(tx: Transaction, order: Order, author: Author) -> None:
    """An entry that counts for the team was added: let every member have it unread, but its author."""
    if order.settled:
        await tx.session.execute(_unread_for_all(tx, order))
        order.settled = False
    if author.member_id is not None:
        await _count_as_own(tx, order, author.member_id)


async def read_by_member(tx: Transaction, order: Order, member_id: int, seq: int) -> None:
    """Move a member's position forward to `seq` (beyond the head: the head)."""
    reading = await tx.session.get(Reading, (member_id, order.id))
    seq = min(seq, order.last_seq)
    if reading is None:
        return
    if reading.marked is not None and seq >= reading.marked:
        reading.marked = None
        tx.read_by.append((f"m{member_id}", order.id))
    if seq <= reading.seq:
        return
    reading.seq = seq
    reading.count = await _count_at(tx, order, seq) + await _own_after(tx, order, member_id, seq)
    _settle(order, reading)
    tx.read_by.append((f"m{member_id}", order.id))


async def mark_unread(tx: Transaction, order: Order, member_id: int) -> None:
    """Let the order be unread for this member alone, until they have read as far as its head of now."""
    fresh = {"seq": order.last_seq, "count": order.team_count, "unread": False, "marked": order.last_seq}
    row = insert_into(tx.session, Reading).values(member_id=member_id, order_id=order.id, **fresh)
    marked = {"marked": order.last_seq}
    await tx.session.execute(row.on_conflict_do_update(index_elements=KEY, set_=marked))
    tx.read_by.append((f"m{member_id}", order.id))


async def read_by_customer(tx: Transaction, order: Order, seq: int) -> None:
    """Move the customer's position forward; entries that they may not see do not count."""
    seq = min(seq, order.customer_seq)
    if seq <= order.customer_read:
        return
    order.customer_read = seq
    wanted = select(func.max(EntryRow.customer_count))
    below = wanted.where(EntryRow.order_id == order.id, EntryRow.seq <= seq)
    order.customer_read_count = await tx.session.scalar(below) or 0
    tx.read_by.append((f"c{order.customer_id}", order.id))


def _unread_for_all(tx: Transaction, order: Order) -> Executable:
    columns = [*KEY, "seq", "count", "unread"]
    before = (literal(order.last_seq - 1), literal(order.team_count - 1), literal(True))
    members = select(Member.id, literal(order.id), *before).where(Member.removed_at.is_(None))
    rows = insert_into(tx.session, Reading).from_select(columns, members)
    return cast(Executable, rows.on_conflict_do_update(index_elements=KEY, set_={"unread": True}))


async def _count_as_own(tx: Transaction, order: Order, member_id: int) -> None:
    reading = await tx.session.get(Reading, (member_id, order.id), populate_existing=True)
    if reading is not None:
        reading.count += 1
        _settle(order, reading)


def _settle(order: Order, reading: Reading) -> None:
    reading.unread = reading.count < order.team_count
    if not reading.unread:
        order.settled = True


async def _count_at(tx: Transaction, order: Order, seq: int) -> int:
    wanted = select(EntryRow.team_count).where(EntryRow.order_id == order.id, EntryRow.seq == seq)
    return await tx.session.scalar(wanted) or 0


async def _own_after(tx: Transaction, order: Order, member_id: int, seq: int) -> int:
    """How many entries beyond `seq` raised the team's counter although this member wrote them."""
    own = EntryRow.person == f"m{member_id}"
    kinds = EntryRow.kind.in_(("placed", "quote_decision"))
    wanted = select(EntryRow.kind, EntryRow.data)
    rows = await tx.session.execute(
        wanted.where(EntryRow.order_id == order.id, EntryRow.seq > seq, own, kinds)
    )
    return sum(kind == "placed" or data["status"] in ("approved", "rejected") for kind, data in rows)
