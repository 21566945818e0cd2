"""What a window is to show now: asked by the page when a badge says that there is more than before.

The page asks a moment after the badge came: what is looked at is read by then, and no news.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app import i18n
from app.author import Actor
from app.messages.model import Amendment, amended
from app.notifications.choices import Choices, choices_of
from app.notifications.events import KINDS, events_of
from app.notifications.looking import Look, News
from app.notifications.telling import told, words_of
from app.notifications.web import own_visit
from app.orders.model import EntryRow, Order
from app.orders.views import stamp

LOOKS_BACK = timedelta(minutes=2)
MOST_ENTRIES = 100
MOST = 3


async def news(request: Request) -> Response:
    """`at` is where to go on from; `off`: this person wants nothing on the screen, so don't ask again."""
    visitor = await own_visit(request)
    now = datetime.now(UTC)
    after = max(_moment(request.query_params.get("after", "")) or now, now - LOOKS_BACK)
    async with visitor.context.db.read() as session:
        choices = (await choices_of(session, [visitor.actor.key]))[visitor.actor.key]
        if not any(choices.wants(event.name, "screen") for event in events_of(visitor.side)):
            return JSONResponse({"off": True})
        with i18n.speaking(visitor.language):
            items, number = await _items(session, visitor.actor, after, choices)
    body = {"off": False, "at": stamp(now), "items": items, "more": max(0, number - len(items))}
    body["sound"] = bool(items) and choices.sounds and choices.quiet_until(now) is None
    return JSONResponse(body)


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text[:40])
    except ValueError:
        return None
    return found if found.tzinfo else None


async def _items(
    session: AsyncSession, actor: Actor, after: datetime, choices: Choices
) -> tuple[list[dict[str, Any]], int]:
    """The newest few, one an order, oldest first; and how many orders there are in all."""
    wanted = select(EntryRow).where(EntryRow.at > after, EntryRow.kind.in_(KINDS))
    if actor.member_id is None:
        mine = (Order.customer_id == actor.customer_id, EntryRow.audience == "everyone")
        wanted = wanted.join(Order, Order.id == EntryRow.order_id).where(*mine)
    entries = (await session.scalars(wanted.order_by(EntryRow.at.desc()).limit(MOST_ENTRIES))).all()
    look = Look(session, {actor.key: after}, entries, "screen")
    found = {order: news for (_, order), news in (await look.found()).items()} if entries else {}
    said = [_item(look.orders[row.order_id], row, found[row.order_id], *words)
            for row, *words in await _rows(session, found)]  # fmt: skip
    items = [item for item in said if item is not None]
    return items[-MOST:], len(items)


async def _rows(session: AsyncSession, found: dict[int, News]) -> list[Any]:
    pairs = [(order, news.seq) for order, news in found.items()]
    if not pairs:
        return []
    wanted = select(EntryRow, Amendment.at, Amendment.text).outerjoin(Amendment, amended())
    these = wanted.where(tuple_(EntryRow.order_id, EntryRow.seq).in_(pairs)).order_by(EntryRow.at)
    return list(await session.execute(these))


def _item(
    order: Order, row: EntryRow, news: News, at: datetime | None, text: str | None
) -> dict[str, Any] | None:
    if at is not None and text is None:
        return None  # taken back
    words = text if at is not None else row.data.get("text", "")
    said = told(order, row.seq, news.event, row.name, row.data, words_of(str(words or ""), row.data))
    return {"order": said.number, "seq": row.seq, "title": said.title, "body": said.body, "path": said.path}
