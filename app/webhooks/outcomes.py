"""What becomes of a delivery: done, tried again later, given up; and when a webhook is disabled.

Tried at once, then after 5 s, 1 min, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 20 h (a tenth more or
less): eleven tries in about three days. If nothing else reached the webhook in that time it is disabled, and
all that waits for it is kept until it is enabled or deleted. If other messages did, only this one is given
up, and the next of its order goes on.
"""

import logging
import random
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select

from app.db import Database, Transaction
from app.webhooks import letters
from app.webhooks.model import Delivery, Webhook
from app.webhooks.sending import Answer

HOUR = 3600
PAUSES = [
    timedelta(seconds=seconds)
    for seconds in (5, 60, 300, 1800, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 20 * HOUR)
]
KEPT_FOR = timedelta(days=30)
logger = logging.getLogger(__name__)


async def note(db: Database, tried: Delivery, answer: Answer, now: datetime) -> None:
    """Write down what came of a try, unless another worker has taken it over since."""
    async with db.transaction(now) as tx:
        # the webhook first, as everywhere: who disables or deletes it and who notes wait for one another
        webhook = await tx.session.get(Webhook, tried.webhook_id, with_for_update={"key_share": True})
        mine = (Delivery.id == tried.id, Delivery.attempts == tried.attempts)
        delivery = await tx.session.scalar(select(Delivery).where(*mine).with_for_update())
        if webhook is None or delivery is None or not delivery.claimed:
            return
        delivery.code, delivery.error, delivery.took = answer.code, answer.error, answer.took
        delivery.answer, delivery.tried_at, delivery.claimed = answer.text, now, False
        if answer.ok:
            _delivered(webhook, delivery, now)
        else:
            logger.warning("webhook %s: %s", webhook.id, answer.error or answer.code)
            await _failed(tx, webhook, delivery)


def _delivered(webhook: Webhook, delivery: Delivery, now: datetime) -> None:
    _end(delivery, "delivered")
    if not delivery.solo:
        webhook.delivered_at = now


async def _failed(tx: Transaction, webhook: Webhook, delivery: Delivery) -> None:
    if delivery.code == 410:
        await disable(tx, webhook, "gone")
    if delivery.solo:
        _end(delivery, "failed")
    elif webhook.disabled:
        delivery.due_at = tx.now  # kept
    elif delivery.tries <= len(PAUSES):
        jitter = random.uniform(0.9, 1.1)  # noqa: S311 - no secret
        delivery.due_at = tx.now + PAUSES[delivery.tries - 1] * jitter
    elif _works_else(webhook, delivery):
        _end(delivery, "failed")
    else:
        delivery.due_at = tx.now
        await disable(tx, webhook, "failing")


def _end(delivery: Delivery, status: str) -> None:
    delivery.status, delivery.due_at = status, None


def _works_else(webhook: Webhook, delivery: Delivery) -> bool:
    began, last = delivery.began_at, webhook.delivered_at
    return began is not None and last is not None and last > began


async def disable(tx: Transaction, webhook: Webhook, why: str) -> None:
    """From now on deliveries wait; the owners hear of it unless it was one of them."""
    if webhook.disabled:
        return
    webhook.disabled, webhook.disabled_at = why, tx.now
    if why != "owner":
        await letters.webhook_disabled(tx, webhook)


async def sweep(db: Database, now: datetime) -> int:
    """Forget what is old, but not what still goes out; answers how many."""
    disabled = select(Webhook.id).where(Webhook.disabled != "")
    old = Delivery.created_at < now - KEPT_FOR
    over = (old, or_(Delivery.status != "waiting", Delivery.webhook_id.in_(disabled)))
    async with db.read() as session:
        ids = (await session.scalars(select(Delivery.id).where(*over).limit(1000))).all()
    if ids:
        async with db.transaction(now) as tx:
            await tx.session.execute(delete(Delivery).where(Delivery.id.in_(ids)))
    return len(ids)
