"""A batch of messages, at most one of each order, stored in PostgreSQL by one statement.

It is the fixed part that costs: a round trip more would be half as much again for a message that comes alone.
So the rules of `app.messages.together` are said here once more, in SQL; tests/rules/test_together.py holds
both against the verb. An order that changed after the statement began is left to the ordinary way (`was` is
the order as the statement first saw it), and so is one that somebody else has locked: a batch waits for
nobody, but for who stores the same cid at that moment.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import orjson

from app.entries import Entry, Standing
from app.keyed import Keyed
from app.messages.together import Message, preview, searchable

_STORE = """
WITH held AS (
  SELECT i.n, i.cid, i.digest, i.data, i.preview, i.words, i.member IS NOT NULL AS by_team, o.id,
    o.last_seq AS seen, o.customer_seq AS prev, o.settled, o.turn AS before, o.waiting_since AS since,
    CASE WHEN i.member IS NULL THEN 'c' || o.customer_id ELSE 'm' || m.id END AS person,
    CASE WHEN i.member IS NULL THEN o.customer_name ELSE m.name END AS name,
    CASE WHEN i.member IS NULL THEN 'team'
      WHEN o.status IN ('pending', 'processing')
        AND NOT coalesce(o.turn = 'team' AND o.waiting_since <= d.decided_at, false) THEN 'customer'
      ELSE o.turn END AS turn
  FROM unnest($1::int[], $2::text[], $3::text[], $4::int[], $5::text[], $6::text[], $7::json[], $8::text[],
    $9::text[]) WITH ORDINALITY AS i(order_id, session, token, member, cid, digest, data, preview, words, n)
  JOIN orders o ON o.id = i.order_id JOIN orders was ON was.id = i.order_id
  LEFT JOIN sessions s ON s.id = i.session AND s.revoked_at IS NULL AND s.expires_at > $10::timestamptz
  LEFT JOIN tokens t ON t.id = i.token AND t.revoked_at IS NULL
  LEFT JOIN members m ON m.id = coalesce(s.member_id, t.member_id) AND m.removed_at IS NULL
  LEFT JOIN LATERAL (
    SELECT CASE WHEN q.status IN ('approved', 'rejected') THEN q.decided_at END AS decided_at
    FROM quotes q WHERE q.order_id = i.order_id ORDER BY q.version DESC LIMIT 1) d ON true
  WHERE was.last_seq = o.last_seq AND was.settled = o.settled
    AND CASE WHEN i.member IS NOT NULL THEN m.id = i.member AND o.status <> 'pending'
        AND NOT EXISTS (SELECT FROM counted_orders k WHERE k.order_id = i.order_id AND k.replied_at IS NULL)
      ELSE o.customer_id = coalesce(s.customer_id, t.customer_id)
        OR EXISTS (SELECT FROM grants g WHERE g.session_id = s.id AND g.order_id = i.order_id) END
    AND NOT coalesce(o.quote_until < $11::date, false)
    AND o.snoozed_at IS NULL
    AND NOT EXISTS (SELECT FROM entries e WHERE e.cid = i.cid
      AND e.person = CASE WHEN i.member IS NULL THEN 'c' || o.customer_id ELSE 'm' || i.member END)
    AND NOT EXISTS (SELECT FROM webhooks)
  ORDER BY o.id FOR UPDATE OF o SKIP LOCKED),
stored AS (
  UPDATE orders o SET last_seq = h.seen + 1, customer_seq = h.seen + 1, last_text = h.preview, turn = h.turn,
    team_count = o.team_count + (NOT h.by_team)::int, customer_count = o.customer_count + h.by_team::int,
    settled = h.settled AND h.by_team,
    waiting_since = CASE WHEN h.turn = h.before THEN h.since WHEN h.turn = 'team' THEN $10 END,
    sorted_at = CASE WHEN h.turn = h.before THEN o.sorted_at ELSE greatest(o.sorted_at, $10) END
  FROM held h WHERE o.id = h.id
  RETURNING h.*, o.waiting_since, o.team_count, o.customer_count, o.status, o.payment_method,
    o.payment_status, o.open_quote),
entries_of AS (
  INSERT INTO entries (order_id, seq, prev_everyone, kind, audience, at, role, name, person, cid, digest,
    team_count, customer_count, data)
  SELECT id, seen + 1, prev, 'message', 'everyone', $10, CASE WHEN by_team THEN 'member' ELSE 'customer' END,
    name, person, cid, digest, team_count, customer_count, data FROM stored),
texts AS (INSERT INTO order_texts (order_id, audience, text) SELECT id, 'everyone', words FROM stored),
spread AS (
  INSERT INTO readings (member_id, order_id, seq, count, unread)
  SELECT m.id, stored.id, seen, team_count - 1, true FROM stored, members m
  WHERE stored.settled AND NOT by_team AND m.removed_at IS NULL
  ON CONFLICT (member_id, order_id) DO UPDATE SET unread = true),
tallied AS (
  INSERT INTO box_tallies (box, moved)
  SELECT 'inbox', sum((turn = 'team')::int - (before = 'team')::int) AS moved FROM stored
  HAVING sum((turn = 'team')::int - (before = 'team')::int) <> 0)
SELECT n, seen + 1, prev, person, name, open_quote, turn <> before, turn, waiting_since, status,
  payment_method, payment_status FROM stored
"""


async def store(keyed: Keyed, messages: Sequence[Message], now: datetime, today: date) -> list[Entry]:
    """The entries of those that were stored: all that are plain."""
    columns = zip(*map(_row, messages), strict=True)
    rows = await keyed.fetch(_STORE, *map(list, columns), now, today)
    return [_entry(messages[row[0] - 1], now, *row) for row in rows]


def _row(message: Message) -> tuple[Any, ...]:
    session, token = message.ticket
    member = message.actor.member_id if message.actor.side == "team" else None
    digest = message.digest if message.cid else None
    data = orjson.dumps({"text": message.text}).decode()
    return (
        message.order, session, token, member, message.cid, digest, data, preview(message.text),
        searchable(message.text),
    )  # fmt: skip


def _entry(
    message: Message, now: datetime, _n: int, seq: int, prev: int, person: str, name: str,
    open_quote: int | None, *standing: Any,
) -> Entry:  # fmt: skip
    return Entry(
        order=message.order,
        seq=seq,
        prev_everyone=prev,
        kind="message",
        audience="everyone",
        at=now,
        role="member" if message.actor.side == "team" else "customer",
        name=name,
        person=person,
        cid=message.cid,
        data={"text": message.text},
        standing=Standing(*standing) if open_quote is None else None,
    )
