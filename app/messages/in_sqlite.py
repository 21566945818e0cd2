"""A batch of messages, at most one of each order, stored in SQLite: read, decided, written.

SQLite has one writer, so an ordinary transaction does, and nothing changes between the two.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import Boolean, Connection, Date, Integer, bindparam, column, insert, text, update

from app.db import UtcDateTime
from app.entries import Entry
from app.messages.together import Change, Message, State, decide, preview, searchable
from app.orders.model import BoxTally, EntryRow, Order, OrderText

_TYPES: dict[str, Any] = {
    "waiting_since": UtcDateTime,
    "sorted_at": UtcDateTime,
    "decided_at": UtcDateTime,
    "quote_until": Date,
    **dict.fromkeys(("settled", "granted", "answered", "unreplied", "webhooks", "snoozed"), Boolean),
}
_COLUMNS = [column(name, _TYPES.get(name, Integer)) for name in State._fields]

_READ = (
    text(
        """
SELECT i.n, o.customer_id, o.customer_name, o.status, o.turn, o.waiting_since, o.open_quote, o.quote_until,
  o.payment_method, o.payment_status, o.last_seq, o.customer_seq, o.team_count, o.customer_count, o.settled,
  o.sorted_at, m.id AS member_id, m.name AS member_name, c.id AS is_customer,
  EXISTS (SELECT 1 FROM grants g WHERE g.session_id = s.id AND g.order_id = o.id) AS granted,
  EXISTS (SELECT 1 FROM entries e WHERE e.cid = i.cid AND e.person =
    CASE WHEN i.team THEN 'm' || m.id ELSE 'c' || o.customer_id END) AS answered,
  EXISTS (SELECT 1 FROM counted_orders k WHERE k.order_id = o.id AND k.replied_at IS NULL) AS unreplied,
  (SELECT CASE WHEN q.status IN ('approved', 'rejected') THEN q.decided_at END
    FROM quotes q WHERE q.order_id = o.id ORDER BY q.version DESC LIMIT 1) AS decided_at,
  EXISTS (SELECT 1 FROM webhooks) AS webhooks, o.snoozed_at IS NOT NULL AS snoozed
FROM (SELECT key + 1 AS n, json_extract(value, '$[0]') AS order_id, json_extract(value, '$[1]') AS session,
  json_extract(value, '$[2]') AS token, json_extract(value, '$[3]') AS team,
  json_extract(value, '$[4]') AS cid FROM json_each(:batch)) i
JOIN orders o ON o.id = i.order_id
LEFT JOIN sessions s ON s.id = i.session AND s.revoked_at IS NULL AND s.expires_at > :now
LEFT JOIN tokens t ON t.id = i.token AND t.revoked_at IS NULL
LEFT JOIN members m ON m.id = coalesce(s.member_id, t.member_id) AND m.removed_at IS NULL
LEFT JOIN customers c ON c.id = coalesce(s.customer_id, t.customer_id)
"""
    )
    .bindparams(bindparam("now", type_=UtcDateTime))
    .columns(*_COLUMNS)
)
_SPREAD = text("""
INSERT INTO readings (member_id, order_id, seq, count, unread)
SELECT id, :order_id, :seen, :count, 1 FROM members WHERE removed_at IS NULL
ON CONFLICT (member_id, order_id) DO UPDATE SET unread = 1
""")
_MOVE = (
    update(Order.__table__)  # type: ignore[arg-type]
    .where(Order.id == bindparam("order_id"))
    .values({name: bindparam(name) for name in (
        "last_seq", "customer_seq", "team_count", "customer_count", "settled", "turn", "waiting_since",
        "sorted_at", "last_text",
    )})
)  # fmt: skip


def store(connection: Connection, messages: Sequence[Message], now: datetime, today: date) -> list[Entry]:
    """The entries of those that were stored: all that are plain. The transaction has the write lock."""
    batch = orjson.dumps([_given(message) for message in messages]).decode()
    states = [State._make(row) for row in connection.execute(_READ, {"batch": batch, "now": now})]
    decided = [decide(messages[state.n - 1], state, now, today) for state in states]
    changes = [change for change in decided if change is not None]
    if changes:
        _write(connection, changes)
    return [change.entry for change in changes]


def _write(connection: Connection, changes: Sequence[Change]) -> None:
    connection.execute(_MOVE, [_moved(change) for change in changes])
    connection.execute(insert(EntryRow.__table__), [_entry(change) for change in changes])  # type: ignore[arg-type]
    connection.execute(insert(OrderText.__table__), [_text(change.entry) for change in changes])  # type: ignore[arg-type]
    spread = [_spread(change) for change in changes if change.spread]
    if spread:
        connection.execute(_SPREAD, spread)
    if moved := sum(change.inbox for change in changes):
        connection.execute(insert(BoxTally.__table__), {"box": "inbox", "moved": moved})  # type: ignore[arg-type]


def _given(message: Message) -> tuple[int, str | None, str | None, bool, str | None]:
    return message.order, *message.ticket, message.actor.side == "team", message.cid


def _text(entry: Entry) -> dict[str, Any]:
    return {"order_id": entry.order, "audience": "everyone", "text": searchable(entry.data["text"])}


def _moved(change: Change) -> dict[str, Any]:
    return {
        "order_id": change.entry.order,
        "last_seq": change.entry.seq,
        "customer_seq": change.entry.seq,
        "team_count": change.team_count,
        "customer_count": change.customer_count,
        "settled": change.settled,
        "turn": change.turn,
        "waiting_since": change.waiting_since,
        "sorted_at": change.sorted_at,
        "last_text": preview(change.entry.data["text"]),
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
    return {"order_id": change.entry.order, "seen": change.entry.seq - 1, "count": change.team_count - 1}
