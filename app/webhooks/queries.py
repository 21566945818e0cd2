"""Reading webhooks and their deliveries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import Problem
from app.orders.model import FIRST
from app.orders.views import stamp
from app.webhooks.model import Delivery, Webhook

LARGEST = 2**31 - 1


async def webhooks(session: AsyncSession) -> Sequence[Webhook]:
    return (await session.scalars(select(Webhook).order_by(Webhook.id))).all()


async def webhook_of(session: AsyncSession, key: int, *, lock: bool = False) -> Webhook:
    """Raises 404."""
    locked: Any = {"key_share": True} if lock else None
    found = await session.get(Webhook, key, with_for_update=locked) if 0 < key <= LARGEST else None
    if found is None:
        raise Problem("not_found", "There is no such webhook.")
    return found


async def delivery_of(session: AsyncSession, webhook: Webhook, key: int) -> Delivery:
    """A delivery to this webhook, locked. Raises 404."""
    wanted = select(Delivery).where(Delivery.id == min(key, LARGEST), Delivery.webhook_id == webhook.id)
    found = await session.scalar(wanted.with_for_update())
    if found is None:
        raise Problem("not_found", "There is no such delivery.")
    return found


async def deliveries(
    session: AsyncSession, webhook: Webhook, before: int | None, limit: int
) -> tuple[list[Delivery], int | None]:
    """The newest below `before`, and where the next page goes on."""
    wanted = select(Delivery).where(Delivery.webhook_id == webhook.id)
    if before is not None:
        wanted = wanted.where(Delivery.id < min(before, LARGEST))
    found = list(await session.scalars(wanted.order_by(Delivery.id.desc()).limit(limit + 1)))
    return found[:limit], found[limit - 1].id if len(found) > limit else None


async def waiting(session: AsyncSession) -> dict[int, int]:
    """Webhook → how many deliveries wait for it."""
    wanted = select(Delivery.webhook_id, func.count()).where(Delivery.status == "waiting")
    rows = (await session.execute(wanted.group_by(Delivery.webhook_id))).all()
    return {webhook_id: number for webhook_id, number in rows}  # noqa: C416 - rows are not tuples to mypy


def webhook_dict(webhook: Webhook, *, secret: bool = False) -> dict[str, Any]:
    """What the API says; the secret only where it was just made."""
    plain: dict[str, Any] = {
        "id": webhook.id,
        "url": webhook.url,
        "kinds": webhook.kinds,
        "team_only": webhook.team_only,
        "enabled": not webhook.disabled,
        "disabled": webhook.disabled or None,
        "disabled_at": stamp(webhook.disabled_at),
        "delivered_at": stamp(webhook.delivered_at),
        "created_at": stamp(webhook.created_at),
    }
    if secret:
        plain |= {"secret": webhook.secret, "old_secret_until": stamp(webhook.old_until)}
    return plain


def delivery_dict(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "message": delivery.message,
        "type": delivery.type,
        "order": number_of(delivery),
        "seq": delivery.seq,
        "status": delivery.status,
        "attempts": delivery.attempts,
        "code": delivery.code,
        "answer": delivery.answer,
        "error": delivery.error,
        "took": delivery.took,
        "created_at": stamp(delivery.created_at),
        "tried_at": stamp(delivery.tried_at),
        "next_at": stamp(delivery.due_at),
        "payload": orjson.loads(delivery.body),
    }


def number_of(delivery: Delivery) -> str | None:
    """The number of the order that it is about."""
    return None if delivery.order_id is None else str(delivery.order_id + FIRST)


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """One line of the log; `payload` is laid out for reading, `state` a status or `kept`."""

    id: int
    type: str
    order: str | None
    message: str
    state: str
    attempts: int
    code: int | None
    answer: str
    error: str
    took: int | None
    created_at: datetime
    tried_at: datetime | None
    next_at: datetime | None
    payload: str


def delivery_view(webhook: Webhook, delivery: Delivery) -> DeliveryView:
    kept = delivery.status == "waiting" and webhook.disabled and not delivery.solo
    return DeliveryView(
        id=delivery.id,
        type=delivery.type,
        order=number_of(delivery),
        message=delivery.message,
        state="kept" if kept else delivery.status,
        attempts=delivery.attempts,
        code=delivery.code,
        answer=delivery.answer,
        error=delivery.error,
        took=delivery.took,
        created_at=delivery.created_at,
        tried_at=delivery.tried_at,
        next_at=None if kept or delivery.claimed else delivery.due_at,
        payload=orjson.dumps(orjson.loads(delivery.body), option=orjson.OPT_INDENT_2).decode(),
    )
