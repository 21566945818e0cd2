"""What many logs have got since somebody looked: one query for all of them, whichever process wrote it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from sqlalchemy import JSON, Integer, String, column, text

from app.db import Database, UtcDateTime
from app.entries import Entry, Standing
from app.keyed import Keyed
from app.log import amended_data

_ROWS = """
SELECT e.order_id, e.seq, e.prev_everyone, e.kind, e.audience, e.at, e.role, e.name, e.person, e.cid, {data},
  a.text, a.at AS amended_at, o.open_quote, o.turn, o.waiting_since, o.status, o.payment_method,
  o.payment_status
FROM {given} LEFT JOIN amendments a ON a.order_id = e.order_id AND a.seq = e.seq
ORDER BY e.order_id, e.seq
"""
_POSTGRESQL = _ROWS.format(
    data="e.data::text",  # the driver would take longer to read it than orjson
    given="unnest($1::int[], $2::int[]) AS i(order_id, after) JOIN orders o ON o.id = i.order_id JOIN LATERAL"
    " (SELECT * FROM entries e WHERE e.order_id = i.order_id AND e.seq > i.after ORDER BY e.seq LIMIT $3) e"
    " ON true",
)
_SQLITE = text(
    _ROWS.format(
        data="e.data",
        given="json_each(:positions) i JOIN orders o ON o.id = CAST(i.key AS INTEGER)"
        " JOIN entries e ON e.order_id = o.id AND e.seq > i.value AND e.seq <= i.value + :most",
    )
).columns(
    *(column(name, Integer) for name in ("order_id", "seq", "prev_everyone")),
    column("kind", String),
    column("audience", String),
    column("at", UtcDateTime),
    *(column(name, String) for name in ("role", "name", "person", "cid")),
    column("data", JSON),
    column("text", String),
    column("amended_at", UtcDateTime),
    column("open_quote", Integer),
    column("turn", String),
    column("waiting_since", UtcDateTime),
    *(column(name, String) for name in ("status", "payment_method", "payment_status")),
)


class Tail:
    """Reads for one process; one query at a time."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._keyed = Keyed(db.engine)

    async def after(self, positions: Mapping[int, int], most: int) -> dict[int, list[Entry]]:
        """By order, entries beyond its position, for all audiences, oldest first; at most `most` of each."""
        entries: dict[int, list[Entry]] = defaultdict(list)
        for row in await self._rows(positions, most):
            entry = _entry(*row)
            entries[entry.order].append(entry)
        return entries

    async def close(self) -> None:
        await self._keyed.drop()

    async def _rows(self, positions: Mapping[int, int], most: int) -> Iterable[Any]:
        if not self._db.sqlite:
            return await self._postgresql(positions, most)
        wanted = orjson.dumps(positions, option=orjson.OPT_NON_STR_KEYS).decode()
        async with self._db.read() as session:
            return (await session.execute(_SQLITE, {"positions": wanted, "most": most})).all()

    async def _postgresql(self, positions: Mapping[int, int], most: int) -> list[Any]:
        try:
            return await self._keyed.fetch(_POSTGRESQL, list(positions), list(positions.values()), most)
        except BaseException:
            await self._keyed.drop()
            raise


def _entry(
    order: int, seq: int, prev: int, kind: str, audience: Any, at: Any, role: str, name: str, person: str,
    cid: str | None, data: Any, words: str | None, amended_at: Any, open_quote: int | None, *standing: Any,
) -> Entry:  # fmt: skip
    # A turn that changes nothing harms nobody: what pages show is put there anew.
    known = Standing(True, *standing) if kind == "message" and open_quote is None else None
    data = orjson.loads(data) if isinstance(data, str) else data
    data = amended_data(data, words, amended_at)
    return Entry(order, seq, prev, kind, audience, at, role, name, person, cid, data, known)
