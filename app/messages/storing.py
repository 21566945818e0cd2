"""The statements of a batch of messages, at most one of each order (see app.writer).

PostgreSQL gets two round trips on a connection of its own: one reads, one writes, and the second takes only
orders that are still as the first saw them. Concurrent batches cannot wait for each other: what somebody else
has locked is skipped. SQLite has one writer, and its ordinary transaction does.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Boolean, Connection, Date, Integer, bindparam, column, insert, text, update

from app.db import UtcDateTime
from app.keyed import Keyed
from app.messages.together import Change, Message, State
from app.orders.model import BoxTally, EntryRow, Order, OrderText

_TYPES: dict[str, Any] = {
    "waiting_since": UtcDateTime,
    "sorted_at": UtcDateTime,
    "decided_at": UtcDateTime,
    "quote_until": Date,
    **dict.fromkeys(("settled", "granted", "answered", "unreplied", "webhooks"), Boolean),
}
_COLUMNS = [column(name, _TYPES.get(name, Integer)) for name in State._fields]

_STATE = """
SELECT i.n, o.customer_id, o.customer_name, o.status, o.turn, o.waiting_since, o.open_quote, o.quote_until,
  o.payment_method, o.payment_status, o.last_seq, o.customer_seq, o.team_count, o.customer_count, o.settled,
  o.sorted_at, m.id AS member_id, m.name AS member_name, c.id AS is_customer,
  EXISTS (SELECT 1 FROM grants g WHERE g.session_id = s.id AND g.order_id = o.id) AS granted,
  EXISTS (SELECT 1 FROM entries e WHERE e.cid = i.cid AND e.person =
    CASE WHEN i.team THEN 'm' || m.id ELSE 'c' || o.customer_id END) AS answered,
  EXISTS (SELECT 1 FROM counted_orders k WHERE k.order_id = o.id AND k.replied_at IS NULL) AS unreplied,
  (SELECT CASE WHEN q.status IN ('approved', 'rejected') THEN q.decided_at END
    FROM quotes q WHERE q.order_id = o.id ORDER BY q.version DESC LIMIT 1) AS decided_at,
  EXISTS (SELECT 1 FROM webhooks) AS webhooks
FROM {given} JOIN orders o ON o.id = i.order_id
LEFT JOIN sessions s ON s.id = i.session AND s.revoked_at IS NULL AND s.expires_at > {now}
LEFT JOIN tokens t ON t.id = i.token AND t.revoked_at IS NULL
LEFT JOIN members m ON m.id = coalesce(s.member_id, t.member_id) AND m.removed_at IS NULL
LEFT JOIN customers c ON c.id = coalesce(s.customer_id, t.customer_id)
"""
_READ_POSTGRESQL = _STATE.format(
    given="unnest($1::int[], $2::text[], $3::text[], $4::bool[], $5::text[])"
    " WITH ORDINALITY AS i(order_id, session, token, team, cid, n)",
    now="$6::timestamptz",
)
_READ_SQLITE = (
    text(
        _STATE.format(
            given="(SELECT key + 1 AS n, json_extract(value, '$[0]') AS order_id,"
            " json_extract(value, '$[1]') AS session, json_extract(value, '$[2]') AS token,"
            " json_extract(value, '$[3]') AS team, json_extract(value, '$[4]') AS cid"
            " FROM json_each(:batch)) i",
            now=":now",
        )
    )
    .bindparams(bindparam("now", type_=UtcDateTime))
    .columns(*_COLUMNS)
)
_WRITE_POSTGRESQL = """
WITH i AS (SELECT * FROM unnest($1::int[], $2::int[], $3::bool[], $4::int[], $5::timestamptz[], $6::text[],
    $7::text[], $8::text[], $9::text[], $10::text[], $11::int[], $12::int[], $13::json[], $14::bool[],
    $15::text[], $16::timestamptz[], $17::timestamptz[], $18::int[], $19::text[], $20::text[])
  WITH ORDINALITY AS t(order_id, seen, was_settled, prev, at, role, name, person, cid, digest, team_count,
    customer_count, data, spread, turn, waiting_since, sorted_at, inbox, preview, words, n)),
held AS (SELECT o.id FROM orders o JOIN i ON i.order_id = o.id
  WHERE o.last_seq = i.seen AND o.settled = i.was_settled ORDER BY o.id FOR UPDATE OF o SKIP LOCKED),
moved AS (UPDATE orders o SET last_seq = i.seen + 1, customer_seq = i.seen + 1, team_count = i.team_count,
    customer_count = i.customer_count, settled = o.settled AND NOT i.spread, turn = i.turn,
    waiting_since = i.waiting_since, sorted_at = i.sorted_at, last_text = i.preview
  FROM i JOIN held ON held.id = i.order_id WHERE o.id = i.order_id RETURNING i.n),
stored AS (SELECT i.* FROM i JOIN moved USING (n)),
entries_of AS (INSERT INTO entries (order_id, seq, prev_everyone, kind, audience, at, role, name, person, cid,
    digest, team_count, customer_count, data)
  SELECT order_id, seen + 1, prev, 'message', 'everyone', at, role, name, person, cid, digest, team_count,
    customer_count, data FROM stored),
texts AS (INSERT INTO order_texts (order_id, audience, text) SELECT order_id, 'everyone', words FROM stored),
spread AS (INSERT INTO readings (member_id, order_id, seq, count, unread)
  SELECT m.id, order_id, seen, team_count - 1, true FROM stored, members m
  WHERE stored.spread AND m.removed_at IS NULL
  ON CONFLICT (member_id, order_id) DO UPDATE SET unread = true),
tallied AS (INSERT INTO box_tallies (box, moved)
  SELECT 'inbox', sum(inbox) FROM stored HAVING sum(inbox) <> 0)
SELECT n FROM moved
"""
_SPREAD_SQLITE = text("""
INSERT INTO readings (member_id, order_id, seq, count, unread)
SELECT id, :order_id, :seen, :count, 1 FROM members WHERE removed_at IS NULL
ON CONFLICT (member_id, order_id) DO UPDATE SET unread = 1
""")
_MOVE_SQLITE = (
    update(Order.__table__)  # type: ignore[arg-type]
    .where(Order.id == bindparam("order_id"))
    .values({name: bindparam(name) for name in (
        "last_seq", "customer_seq", "team_count", "customer_count", "settled", "turn", "waiting_since",
        "sorted_at", "last_text",
    )})
)  # fmt: skip


async def read_postgresql(keyed: Keyed, messages: Sequence[Message], now: datetime) -> list[State]:
    """The states of messages, those of unknown orders left out."""
    columns = zip(*(_given(message) for message in messages), strict=True)
    return [State._make(row) for row in await keyed.fetch(_READ_POSTGRESQL, *map(list, columns), now)]


async def write_postgresql(keyed: Keyed, changes: Sequence[Change]) -> list[Change]:
    """Store what still holds, in one statement that is its own transaction; answers what was stored."""
    columns = zip(*(_row(change) for change in changes), strict=True)
    stored = await keyed.fetch(_WRITE_POSTGRESQL, *map(list, columns))
    return [changes[row["n"] - 1] for row in stored]


def read_sqlite(connection: Connection, messages: Sequence[Message], now: datetime) -> list[State]:
    """The same on SQLite, in a transaction that has the write lock."""
    batch = orjson.dumps([_given(message) for message in messages]).decode()
    return [State._make(row) for row in connection.execute(_READ_SQLITE, {"batch": batch, "now": now})]


def write_sqlite(connection: Connection, changes: Sequence[Change]) -> None:
    """Store all: nobody else has written since they were decided."""
    connection.execute(_MOVE_SQLITE, [_moved(change) for change in changes])
    connection.execute(insert(EntryRow.__table__), [_entry(change) for change in changes])  # type: ignore[arg-type]
    texts = [{"order_id": c.entry.order, "audience": "everyone", "text": c.words} for c in changes]
    connection.execute(insert(OrderText.__table__), texts)  # type: ignore[arg-type]
    spread = [_spread(change) for change in changes if change.spread]
    if spread:
        connection.execute(_SPREAD_SQLITE, spread)
    if moved := sum(change.inbox for change in changes):
        connection.execute(insert(BoxTally.__table__), {"box": "inbox", "moved": moved})  # type: ignore[arg-type]


def _given(message: Message) -> tuple[int, str | None, str | None, bool, str | None]:
    kind, _, key = message.actor.ticket.partition(":")
    session, token = (key if kind == "s" else None), (key if kind == "t" else None)
    return message.order, session, token, message.actor.side == "team", message.cid


def _row(change: Change) -> tuple[Any, ...]:
    entry = change.entry
    data = orjson.dumps(entry.data).decode()
    return (
        entry.order, change.seen, change.was_settled, entry.prev_everyone, entry.at, entry.role, entry.name,
        entry.person, entry.cid, change.digest, change.team_count, change.customer_count, data, change.spread,
        change.turn, change.waiting_since, change.sorted_at, change.inbox, change.preview, change.words,
    )  # fmt: skip


def _moved(change: Change) -> dict[str, Any]:
    return {
        "order_id": change.entry.order,
        "last_seq": change.entry.seq,
        "customer_seq": change.entry.seq,
        "team_count": change.team_count,
        "customer_count": change.customer_count,
        "settled": change.was_settled and not change.spread,
        "turn": change.turn,
        "waiting_since": change.waiting_since,
        "sorted_at": change.sorted_at,
        "last_text": change.preview,
    }


def _entry(change: Change) -> dict[str, Any]:
    entry = change.entry
    return {
        "order_id": entry.order,
        "seq": entry.seq,
        "prev_everyone": entry.prev_everyone,
        "kind": entry.kind,
        "audience": entry.audience,
        "at": entry.at,
        "role": entry.role,
        "name": entry.name,
        "person": entry.person,
        "cid": entry.cid,
        "digest": change.digest,
        "team_count": change.team_count,
        "customer_count": change.customer_count,
        "data": entry.data,
    }


def _spread(change: Change) -> dict[str, Any]:
    return {"order_id": change.entry.order, "seen": change.seen, "count": change.team_count - 1}
