"""What 0003 fills the tallies with: every order's log once more, from its first entry."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.analytics import tallies
from app.analytics.model import CountedOrder
from app.analytics.tallies import Move
from app.db import UtcDateTime
from app.tax import gross

SPANS = (1, 4, 16, 64, 256)
BATCH = 500
KINDS = ("placed", "status", "quote", "quote_decision", "message")
orders = sa.table(
    "orders",
    sa.column("id", sa.Integer()),
    sa.column("customer_id", sa.Integer()),
    sa.column("created_at", UtcDateTime()),
    sa.column("currency", sa.String()),
    sa.column("total", sa.BigInteger()),
)
entries = sa.table(
    "entries",
    sa.column("order_id", sa.Integer()),
    sa.column("seq", sa.Integer()),
    sa.column("kind", sa.String()),
    sa.column("role", sa.String()),
    sa.column("at", UtcDateTime()),
    sa.column("data", sa.JSON()),
)
quotes = sa.table(
    "quotes",
    sa.column("order_id", sa.Integer()),
    sa.column("version", sa.Integer()),
    sa.column("sent_at", UtcDateTime()),
)
lines = sa.table(
    "lines",
    sa.column("order_id", sa.Integer()),
    sa.column("position", sa.Integer()),
    sa.column("product_id", sa.Integer()),
    sa.column("quantity", sa.Integer()),
    sa.column("unit_price", sa.BigInteger()),
    sa.column("tax_rate", sa.String()),
    sa.column("tax_included", sa.Boolean()),
)
counted_orders = sa.table(
    "counted_orders",
    sa.column("order_id", sa.Integer()),
    sa.column("placed_on", sa.Date()),
    sa.column("status", sa.String()),
    sa.column("replied_at", UtcDateTime()),
    sa.column("quoted_at", UtcDateTime()),
    sa.column("confirmed_on", sa.Date()),
    sa.column("confirmed", sa.BigInteger()),
    sa.column("open", sa.BigInteger()),
    sa.column("paid", sa.BigInteger()),
    sa.column("out", sa.Boolean()),
)
KEPT = [column.name for column in counted_orders.columns]
tally_moves = sa.table(
    "tally_moves",
    sa.column("day", sa.Integer()),
    sa.column("figure", sa.String()),
    sa.column("key", sa.Integer()),
    sa.column("currency", sa.String()),
    sa.column("amount", sa.BigInteger()),
)
SUMS = ("figure", "span", "block", "key", "currency", "amount")
sums = sa.table("tallies", *(sa.column(name) for name in SUMS))


def fill(connection: sa.Connection) -> None:
    """Tell the tallies all that has happened, order by order."""
    zone = _zone(connection)
    last = 0
    while batch := _batch(connection, last):
        last = batch[-1].id
        counted, moves = [], Counter[Move]()
        events, priced = _events(connection, batch), _lines(connection, batch)
        for order in batch:
            row, moved = _replay(order, events.get(order.id, []), priced.get(order.id, []), zone)
            counted += [{name: getattr(row, name) for name in KEPT}] if row else []
            for move in moved:
                moves[move._replace(amount=0)] += move.amount
        _store(connection, counted, moves)
    _fold(connection)


def _replay(
    order: Any, events: Sequence[Any], priced: Sequence[tuple[int, int | None]], zone: ZoneInfo
) -> tuple[CountedOrder | None, list[Move]]:
    """An order's log once more, from its first entry. An order without one is in no figure."""
    if not events:
        return None, []
    shares = tallies.split(order.total or 0, priced)
    counted, moves = tallies.place(order, _day(order.created_at, zone), by_team=events[0].role == "member")
    for event in events[1:]:
        moves += _moves(counted, order, event, shares, _day(event.at, zone))
    return counted, moves


def _moves(
    counted: CountedOrder, order: Any, event: Any, shares: Mapping[int, int], day: date
) -> Iterator[Move]:
    if event.kind == "message" and event.role == "member":
        yield from tallies.reply(counted, order, event.at, day)
    elif event.kind == "quote":
        yield from tallies.send_quote(counted, order, event.at, day)
    elif event.kind == "quote_decision":
        yield from tallies.decide(event.data["status"], event.sent_at or event.at, event.at, day)
    elif event.kind == "status" and event.data["status"] != counted.status:
        if counted.status == "confirmed":
            yield from tallies.unconfirm(counted, order, shares)
        yield from tallies.restate(counted, event.data["status"])
        if counted.status == "confirmed":
            counted.out = bool(event.data.get("without_quote"))
            yield from tallies.confirm(counted, order, shares, day)


def _zone(connection: sa.Connection) -> ZoneInfo:
    """The shop's; a database without facts has no orders either."""
    name = connection.scalar(sa.text("SELECT value FROM facts WHERE name = 'timezone'"))
    return ZoneInfo(name or "UTC")


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def _batch(connection: sa.Connection, after: int) -> Sequence[Any]:
    wanted = sa.select(orders).where(orders.c.id > after).order_by(orders.c.id).limit(BATCH)
    return connection.execute(wanted).all()


def _between(column: Any, batch: Sequence[Any]) -> Any:
    return column.between(batch[0].id, batch[-1].id)


def _events(connection: sa.Connection, batch: Sequence[Any]) -> dict[int, list[Any]]:
    version = entries.c.data["version"].as_integer()
    of_quote = sa.and_(
        entries.c.kind == "quote_decision",
        quotes.c.order_id == entries.c.order_id,
        quotes.c.version == version,
    )
    wanted = sa.select(entries, quotes.c.sent_at).select_from(entries.outerjoin(quotes, of_quote))
    mine = wanted.where(_between(entries.c.order_id, batch), entries.c.kind.in_(KINDS))
    found: dict[int, list[Any]] = {}
    for event in connection.execute(mine.order_by(entries.c.order_id, entries.c.seq)):
        found.setdefault(event.order_id, []).append(event)
    return found


def _lines(connection: sa.Connection, batch: Sequence[Any]) -> dict[int, list[tuple[int, int | None]]]:
    found: dict[int, list[tuple[int, int | None]]] = {}
    wanted = sa.select(lines).where(_between(lines.c.order_id, batch))
    for line in connection.execute(wanted.order_by(lines.c.order_id, lines.c.position)):
        price = None
        if line.unit_price is not None:
            price = gross(line.unit_price * line.quantity, line.tax_rate, included=line.tax_included)
        found.setdefault(line.order_id, []).append((line.product_id, price))
    return found


def _store(connection: sa.Connection, counted: list[dict[str, Any]], moves: Counter[Move]) -> None:
    if counted:
        connection.execute(sa.insert(counted_orders), counted)
    rows = [
        {"day": move.day.toordinal(), "figure": move.figure, "key": move.key, "currency": move.currency}
        | {"amount": amount}
        for move, amount in moves.items()
        if amount
    ]
    if rows:
        connection.execute(sa.insert(tally_moves), rows)


def _fold(connection: sa.Connection) -> None:
    """All moves into sums; the migration's own transaction holds them alone."""
    move = tally_moves.c
    for span in SPANS:
        length = sa.literal_column(str(span), sa.Integer)
        same = (move.figure, move.day // length, move.key, move.currency)
        wanted = sa.select(move.figure, length, *same[1:], sa.func.sum(move.amount))
        connection.execute(sa.insert(sums).from_select(SUMS, wanted.group_by(*same)))
    on_postgres = connection.dialect.name == "postgresql"  # a delete would leave a large empty table
    connection.execute(sa.text("TRUNCATE tally_moves") if on_postgres else sa.delete(tally_moves))
