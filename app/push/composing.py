"""What a push says, at the moment when it goes out: by then much may have been read, or taken back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import as_member
from app.author import Actor
from app.customers.model import Customer
from app.i18n import speaking
from app.mail.outbox import in_line
from app.messages.model import Amendment, amended
from app.notifications.choices import Choices, choices_of
from app.notifications.events import topic_of
from app.notifications.telling import Telling, told, words_of
from app.orders.model import EntryRow, Order
from app.push.model import Push, PushSubscription
from app.push.queries import living
from app.rendering import static
from app.shop import Shop
from app.team.model import Member
from app.unread.model import Reading
from app.unread.queries import total

MOST_BYTES = 3000  # RFC 8291 has room for 3993


@dataclass(frozen=True, slots=True)
class Composed:
    """Where to, and the words; or `later`: it is quiet until then."""

    browser: PushSubscription
    payload: bytes = b""
    later: datetime | None = None


async def compose(session: AsyncSession, push: Push, shop: Shop, now: datetime) -> Composed | None:
    """None: there is nothing to tell any more."""
    browser = await session.scalar(living().where(PushSubscription.id == push.subscription_id))
    order = await session.get(Order, push.order_id)
    if browser is None or order is None:
        return None
    choices = (await choices_of(session, [browser.person]))[browser.person]
    actor = await _actor(session, browser.person)
    if not actor.known or not actor.may_see(order) or not choices.wants(push.event, "push"):
        return None
    if later := choices.quiet_until(now):
        return Composed(browser, later=later)
    found = await _newest(session, order, push, actor)
    if found is None:
        return None
    entry, text = found
    with speaking(actor.language or (shop.language if actor.member_id else order.language)):
        shown = text if choices.shows_text else None
        said = told(order, entry.seq, push.event, entry.name, entry.data, shown)
    return Composed(browser, _payload(said, push, choices, shop, actor, await total(session, actor)))


async def _actor(session: AsyncSession, person: str) -> Actor:
    if person.startswith("m"):
        return as_member(await session.get(Member, int(person[1:])))
    customer = await session.get_one(Customer, int(person[1:]))
    return Actor(side="customer", customer_id=customer.id, name=customer.name, language=customer.language)


async def _newest(
    session: AsyncSession, order: Order, push: Push, actor: Actor
) -> tuple[EntryRow, str] | None:
    """The entry that the push is about, unless it was read; of messages the newest that still stands."""
    read = await _read(session, order, actor)
    if push.seq <= read:
        return None
    wanted = select(EntryRow, Amendment.at, Amendment.text).outerjoin(Amendment, amended())
    wanted = wanted.where(EntryRow.order_id == order.id, EntryRow.seq > read, EntryRow.seq <= push.seq)
    if actor.side == "customer":
        wanted = wanted.where(EntryRow.audience == "everyone")
    kept = wanted.where(or_(Amendment.seq.is_(None), Amendment.text.is_not(None)))
    newest = kept.where(EntryRow.person != actor.key).order_by(EntryRow.seq.desc()).limit(20)
    topic = "message" if push.event.startswith("message") else push.event
    for entry, at, text in await session.execute(newest):
        if topic_of(entry.kind, entry.role, entry.data, actor.side) == topic:
            words = str(entry.data.get("text", "") if at is None else text)
            return entry, words_of(words, entry.data)
    return None


async def _read(session: AsyncSession, order: Order, actor: Actor) -> int:
    if actor.member_id is None:
        return order.customer_read
    reading = await session.get(Reading, (actor.member_id, order.id))
    return reading.seq if reading else 0


def _payload(said: Telling, push: Push, choices: Choices, shop: Shop, actor: Actor, unread: int) -> bytes:
    """For static/push/worker.js. `screen`: a window that is looked at tells of it by itself."""
    payload: dict[str, Any] = {
        "title": said.title,
        "body": in_line(said.body, 160),
        "url": f"{shop.public_url}{said.path}",
        "order": said.number,
        "side": actor.side,
        "total": unread,
        "screen": choices.wants(push.event, "screen"),
        "icon": static("icons/app-192.png"),
    }
    plain = orjson.dumps(payload)
    return plain if len(plain) <= MOST_BYTES else orjson.dumps(payload | {"body": ""})
