"""Where in a conversation a search hit: the newest entry that says it, and the words around.

The index knows texts and not their entries: a message would cost a column more to say which it is. Texts and
entries of an order were written in the same order, though, so the text that is the n-th from the end belongs
to an entry near the n-th from the end; corrections move a few. Those around are read and the one that says it
is taken, so that a hit may have no place, but never a wrong one.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import CTE, Subquery, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.entries import Side
from app.messages.model import KINDS, Amendment, amended
from app.orders.model import EntryRow, OrderText
from app.orders.search import MOST_WORDS, says
from app.orders.words import words

AROUND = 16  # entries to look at on either side
BEFORE, LONGEST = 40, 140  # characters of a snippet: before the first hit, and all
TOKEN = re.compile(r"[^\W_]+")
TEXTS = (*sorted(KINDS), "placed")


@dataclass(frozen=True, slots=True)
class Found:
    """The entry, and its words in parts: (text, whether it was searched for)."""

    seq: int
    note: bool
    parts: Sequence[tuple[str, bool]]


async def found_in(session: AsyncSession, q: str, side: Side, orders: Collection[int]) -> dict[int, Found]:
    """By order, where `q` hits in what was written there; one query."""
    wanted = words(q)[:MOST_WORDS]
    if not wanted or not orders:
        return {}
    places = _places(session, wanted, side, orders)
    lined = _lined_up(side, places)
    near = lined.c.n.between(places.c.n - AROUND, places.c.n + AROUND)
    text = (
        select(EntryRow, Amendment.text, lined.c.n - places.c.n)
        .join(lined, and_(lined.c.order_id == EntryRow.order_id, lined.c.seq == EntryRow.seq))
        .join(places, places.c.order_id == EntryRow.order_id)
        .outerjoin(Amendment, amended())
        .where(near, EntryRow.kind.in_(KINDS))
    )
    candidates: dict[int, list[tuple[int, EntryRow, str]]] = defaultdict(list)
    for row, newer, off in await session.execute(text):
        said = row.data["text"] if newer is None else newer
        if _says(said, wanted):
            candidates[row.order_id].append((abs(off), row, said))
    return {order: _found(*min(near, key=_rank)[1:], wanted) for order, near in candidates.items()}


def snippet(text: str, wanted: Sequence[str]) -> list[tuple[str, bool]]:
    """Some words around the first hit, in parts."""
    hits = list(_hits(text, wanted))
    first = hits[0][0] if hits else 0
    start = 0 if first <= BEFORE else text.rfind(" ", 0, first - BEFORE // 2) + 1
    end = min(len(text), start + LONGEST)
    parts, at = [("…", False)] if start else [], start
    for begin, over in hits:
        if over > end:
            break
        parts += [(text[at:begin], False), (text[begin:over], True)]
        at = over
    parts.append((text[at:end] + ("…" if end < len(text) else ""), False))
    return [(" ".join(part.split("\n")), marked) for part, marked in parts if part]


def _places(session: AsyncSession, wanted: list[str], side: Side, orders: Collection[int]) -> CTE:
    """Of each order its newest text that says it: the how manieth from the end."""
    mine = OrderText.order_id.in_(orders)
    hits = select(OrderText.order_id, func.max(OrderText.id).label("id")).where(
        mine, says(session, wanted, side)
    )
    hit = hits.group_by(OrderText.order_id).cte("hit")
    later = and_(OrderText.order_id == hit.c.order_id, OrderText.id >= hit.c.id)
    if side == "customer":
        later = and_(later, OrderText.audience == "everyone")
    counted = select(hit.c.order_id, func.count().label("n")).join(OrderText, later)
    return counted.group_by(hit.c.order_id).cte("places")


def _lined_up(side: Side, places: CTE) -> Subquery:
    """What was written in these orders, the newest first, without what was withdrawn."""
    n = func.row_number().over(partition_by=EntryRow.order_id, order_by=EntryRow.seq.desc())
    lined = select(EntryRow.order_id, EntryRow.seq, n.label("n")).outerjoin(Amendment, amended())
    stands = or_(Amendment.at.is_(None), Amendment.text.is_not(None))
    there = EntryRow.order_id.in_(select(places.c.order_id))
    lined = lined.where(there, EntryRow.kind.in_(TEXTS), stands)
    return (lined if side == "team" else lined.where(EntryRow.audience == "everyone")).subquery("lined")


def _rank(near: tuple[int, EntryRow, str]) -> tuple[int, int]:
    return near[0], -near[1].seq


def _found(row: EntryRow, said: str, wanted: Sequence[str]) -> Found:
    return Found(row.seq, row.kind == "note", snippet(said, wanted))


def _says(text: str, wanted: Sequence[str]) -> bool:
    found = words(text)
    return all(any(word.startswith(each) for word in found) for each in wanted)


def _hits(text: str, wanted: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where words are that begin with one that is wanted."""
    for token in TOKEN.finditer(text):
        if any(word.startswith(each) for word in words(token[0]) for each in wanted):
            yield token.span()
