"""Search by number, name, address and text, with the database's own full-text index."""

from sqlalchemy import ColumnElement, Select, func, literal_column, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.entries import Side
from app.orders.model import Order, OrderText, order_id
from app.orders.words import words

MOST_WORDS = 8
SQLITE = (
    "CREATE VIRTUAL TABLE order_texts_fts USING fts5"
    "(text, content='order_texts', content_rowid='id', tokenize='unicode61 remove_diacritics 2')",
    "CREATE TRIGGER order_texts_ai AFTER INSERT ON order_texts BEGIN "
    "INSERT INTO order_texts_fts(rowid, text) VALUES (new.id, new.text); END",
    "CREATE TRIGGER order_texts_ad AFTER DELETE ON order_texts BEGIN "
    "INSERT INTO order_texts_fts(order_texts_fts, rowid, text) VALUES ('delete', old.id, old.text); END",
)
POSTGRESQL = ("CREATE INDEX ix_order_texts_fts ON order_texts USING gin (to_tsvector('simple', text))",)


def matches(session: AsyncSession, q: str, side: Side) -> ColumnElement[bool] | None:
    """The condition that an order is found by `q` (every word, as a prefix); None for an empty `q`."""
    if not q.strip():
        return None
    wanted = words(q)[:MOST_WORDS]
    if not wanted:
        return Order.id < 0
    postgresql = session.get_bind().dialect.name == "postgresql"
    found = _postgresql(wanted) if postgresql else _sqlite(wanted)
    if side == "customer":
        found = found.where(OrderText.audience == "everyone")
    number = order_id(q.strip().lstrip("#"))
    return Order.id.in_(found) if number is None else or_(Order.id.in_(found), Order.id == number)


def _sqlite(wanted: list[str]) -> Select[int]:
    fts = text("order_texts_fts MATCH :words").bindparams(words=" ".join(f'"{word}"*' for word in wanted))
    rowid: ColumnElement[int] = literal_column("order_texts_fts.rowid")
    hits = select(rowid).select_from(text("order_texts_fts")).where(fts)
    return select(OrderText.order_id).where(OrderText.id.in_(hits))


def _postgresql(wanted: list[str]) -> Select[int]:
    query = func.to_tsquery("simple", " & ".join(f"{word}:*" for word in wanted))
    vector = func.to_tsvector(literal_column("'simple'"), OrderText.text)
    return select(OrderText.order_id).where(vector.op("@@")(query))
