"""Search by number, name, address and text, with the database's own full-text index.

A page of what was found is the newest of it, and no one way to find that is quick for every word. So one
statement goes three ways, each only when the one before has not found a page; none depends on statistics:

- `near`: the newest orders, text by text. A frequent word fills the page, and who has few orders has no more.
- `few`: all that the index knows, when that is not much; sorted.
- `far`: the newest orders again, as far back as it takes. Not far, for a word that is in many texts.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    and_,
    case,
    column,
    exists,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
    true,
    union,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.entries import Side
from app.orders.model import Order, OrderText, order_id
from app.orders.words import words

MOST_WORDS = 8
NEAR = 20  # texts to look at for each order of a page
MOST_HITS = 2000  # from the index; sorting those costs about what walking to a page of more does
SQLITE = (
    "CREATE VIRTUAL TABLE order_texts_fts USING fts5"
    "(text, content='order_texts', content_rowid='id', tokenize='unicode61 remove_diacritics 2')",
    "CREATE TRIGGER order_texts_ai AFTER INSERT ON order_texts BEGIN "
    "INSERT INTO order_texts_fts(rowid, text) VALUES (new.id, new.text); END",
    "CREATE TRIGGER order_texts_ad AFTER DELETE ON order_texts BEGIN "
    "INSERT INTO order_texts_fts(order_texts_fts, rowid, text) VALUES ('delete', old.id, old.text); END",
)
POSTGRESQL = ("CREATE INDEX ix_order_texts_fts ON order_texts USING gin (to_tsvector('simple', text))",)
NOTHING = '""'  # to an FTS5 index
FTS = table("order_texts_fts", column("rowid"))
LATEST = (Order.sorted_at.desc(), Order.id.desc())
Condition = ColumnElement[bool]


def matches(session: AsyncSession, q: str, side: Side) -> Condition | None:
    """The condition that an order is found by `q` (every word, as a prefix); None for an empty `q`."""
    if not q.strip():
        return None
    wanted = words(q)[:MOST_WORDS]
    if not wanted:
        return false()
    postgresql = _on_postgresql(session)
    indexed = _indexed(postgresql, wanted, true()).where(_says(postgresql, wanted, side))
    number = order_id(q.strip().lstrip("#"))
    return Order.id.in_(indexed) if number is None else or_(Order.id.in_(indexed), Order.id == number)


async def newest(
    session: AsyncSession, q: str, side: Side, conditions: Sequence[Condition], limit: int
) -> list[int]:
    """The orders that fulfil the conditions and are found by `q` (every word, as a prefix), latest first."""
    wanted = words(q)[:MOST_WORDS]
    if not wanted:
        return []
    number = order_id(q.strip().lstrip("#"))
    return list(
        await session.scalars(_newest(_on_postgresql(session), wanted, side, number, conditions, limit))
    )


def _newest(
    postgresql: bool,
    wanted: list[str],
    side: Side,
    number: int | None,
    conditions: Sequence[Condition],
    limit: int,
) -> Select[int]:
    says = _says(postgresql, wanted, side)
    walked = _walked(postgresql, says, conditions).limit(NEAR * limit).cte("walked")
    found = select(walked.c.id, walked.c.sorted_at).where(walked.c.says).distinct()
    near = found.order_by(walked.c.sorted_at.desc(), walked.c.id.desc()).limit(limit).cte("near")
    more = and_(_number_of(near) < limit, _number_of(walked) == NEAR * limit)
    hits = _indexed(postgresql, wanted, more).where(says).limit(MOST_HITS + 1).cte("hits")
    far = _far(postgresql, says, hits, conditions, limit).subquery("far")
    ways: list[Any] = [
        select(near.c.id, near.c.sorted_at),
        _few(hits, conditions),
        select(far.c.id, far.c.sorted_at),
    ]
    if number is not None:
        ways.append(select(Order.id, Order.sorted_at).where(*conditions, Order.id == number))
    every = union(*ways).subquery("every")
    latest = (every.c.sorted_at.desc(), every.c.id.desc())
    return select(every.c.id).where(every.c.sorted_at.is_not(None)).order_by(*latest).limit(limit)


def says(session: AsyncSession, wanted: list[str], side: Side) -> Condition:
    """Whether a text has every word, as a prefix, and the side may read it."""
    return _says(_on_postgresql(session), wanted, side)


def _on_postgresql(session: AsyncSession) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def _number_of(rows: CTE) -> ColumnElement[int]:
    return select(func.count()).select_from(rows).scalar_subquery()


def _walked(postgresql: bool, says: Condition, conditions: Sequence[Condition]) -> Select[Any]:
    """Orders, latest first, once for each of their texts, and whether that says what is wanted.

    The joins keep the databases from beginning at the texts: a subquery with OFFSET is left where it
    stands, and what is joined from the left comes second.
    """
    of_order = OrderText.order_id == Order.id
    if postgresql:
        texts = select(says.label("says")).where(of_order).correlate(Order).offset(0).lateral("texts")
        walked = select(Order.id, Order.sorted_at, texts.c.says).outerjoin(texts, true())
    else:
        walked = select(Order.id, Order.sorted_at, says.label("says")).outerjoin(OrderText, of_order)
    return walked.where(*conditions).order_by(*LATEST)


def _few(hits: CTE, conditions: Sequence[Condition]) -> Select[Any]:
    """What the index found, when that was all; `sorted_at` is null where the conditions are not fulfilled.

    A subquery in the place of a value is one look-up by primary key, whatever the planner thinks.
    """
    each = select(hits.c.order_id).distinct().where(_number_of(hits) <= MOST_HITS).subquery("each")
    sorted_at = select(Order.sorted_at).where(Order.id == each.c.order_id, *conditions)
    return select(each.c.order_id, sorted_at.correlate(each).scalar_subquery())


def _far(
    postgresql: bool, says: Condition, hits: CTE, conditions: Sequence[Condition], limit: int
) -> Select[int, datetime]:
    """Orders that have such a text, latest first; none when the index found few.

    SQLite would ask that again for each order, unless the limit does; PostgreSQL does not plan for a limit
    that it does not know yet.
    """
    texts = select(literal(1)).where(OrderText.order_id == Order.id, says).correlate(Order)
    far = select(Order.id, Order.sorted_at).where(*conditions, exists(texts.offset(0))).order_by(*LATEST)
    many = _number_of(hits) > MOST_HITS
    return far.where(many).limit(limit) if postgresql else far.limit(case((many, limit), else_=0))


def _says(postgresql: bool, wanted: list[str], side: Side) -> Condition:
    """Whether a text has every word, and the side may read it; without the index, which finds the same."""
    parts: list[Condition] = [OrderText.audience == "everyone"] if side == "customer" else []
    place = func.strpos if postgresql else func.instr
    parts += [place(literal(" ").concat(OrderText.text), f" {word}") > 0 for word in wanted]
    return and_(*parts)


def _indexed(postgresql: bool, wanted: list[str], more: Condition) -> Select[int]:
    """The orders of the texts that the index finds; none, and at no cost, unless `more` are needed."""
    if postgresql:
        query = func.to_tsquery("simple", " & ".join(f"{word}:*" for word in wanted))
        vector = func.to_tsvector(literal_column("'simple'"), OrderText.text)
        return select(OrderText.order_id).where(vector.op("@@", is_comparison=True)(query), more)
    asked = case((more, " ".join(f'"{word}"*' for word in wanted)), else_=NOTHING)
    fts: Condition = literal_column("order_texts_fts").op("MATCH", is_comparison=True)(asked)
    found = select(OrderText.order_id).select_from(FTS).join(OrderText, OrderText.id == FTS.c.rowid)
    return found.where(fts)
