"""Carrying what is due to the webhooks: claimed with a lease, a few at a time for each, in order per order.

An entry waits while an earlier one of its order does. Leases, fences and patience are as for mail
(app.mail.sending): a worker that dies between sending and noting sends the same message once more.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, not_, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.db import Database
from app.operations.failures import Failures
from app.webhooks.model import Delivery, Webhook
from app.webhooks.outcomes import note
from app.webhooks.sending import Answer, post
from app.webhooks.signing import signature

LEASE = timedelta(seconds=30)  # the call (sending.AT_MOST), and as long again to write down what came of it
AT_ONCE = 4  # deliveries to one webhook, of different orders
EVERY = 1.0
AGENT = "Orderline-Webhooks/1"
Clock = Callable[[], datetime]
logger = logging.getLogger(__name__)


class Courier:
    """One worker's deliveries. Several workers may run at once."""

    def __init__(self, db: Database, *, private: bool) -> None:
        self.db = db
        self.private = private
        self._running: defaultdict[int, set[asyncio.Task[int]]] = defaultdict(set)

    async def run(self) -> None:
        """For ever, beside the worker's other jobs: no slow webhook keeps the mail waiting."""
        failures = Failures(logger)
        try:
            while True:
                with failures.told("looking for deliveries"):
                    await self.start(lambda: datetime.now(UTC))
                await asyncio.sleep(EVERY)
        finally:
            for task in self._tasks():
                task.cancel()
            await asyncio.gather(*self._tasks(), return_exceptions=True)

    async def once(self, now: datetime, *, patient: bool = True) -> int:
        """All that is due at `now`; answers how many were tried."""
        await self.start(lambda: now, patient=patient)
        return sum(await asyncio.gather(*self._tasks()))

    async def start(self, clock: Clock, *, patient: bool = True) -> None:
        """Set off with whatever is due, without waiting for it."""
        for webhook_id, number in (await _due(self.db, clock(), patient)).items():
            mine = self._running[webhook_id]
            for _ in range(min(number, AT_ONCE - len(mine))):
                task = asyncio.create_task(self._carry_all(webhook_id, clock, patient))
                mine.add(task)
                task.add_done_callback(mine.discard)

    def _tasks(self) -> list[asyncio.Task[int]]:
        return [task for tasks in self._running.values() for task in tasks]

    async def _carry_all(self, webhook_id: int, clock: Clock, patient: bool) -> int:
        tried = 0
        try:
            while (found := await _claim(self.db, webhook_id, clock(), patient)) is not None:
                webhook, delivery = found
                answer = await _carry(webhook, delivery, clock(), private=self.private)
                await note(self.db, delivery, answer, clock())
                tried += 1
        except Exception:
            logger.exception("a delivery to webhook %s broke off; it is tried again", webhook_id)
        return tried


async def held(db: Database, now: datetime) -> bool:
    """Whether a worker has at this very moment what is due at a later `now`."""
    async with db.read() as session:
        wanted = select(Delivery.id).where(_held(), Delivery.due_at <= now).limit(1)
        return await session.scalar(wanted) is not None


def _held() -> ColumnElement[bool]:
    return and_(Delivery.claimed, Delivery.due_at > datetime.now(UTC))


async def _due(db: Database, now: datetime, patient: bool) -> dict[int, int]:
    """Webhook → how many deliveries could set off, up to AT_ONCE."""
    async with db.read() as session:
        webhooks = (await session.scalars(select(Webhook).order_by(Webhook.id))).all()
        return {webhook.id: await _number(session, webhook, now, patient) for webhook in webhooks}


async def _number(session: AsyncSession, webhook: Webhook, now: datetime, patient: bool) -> int:
    wanted = select(Delivery.id).where(*_ready(webhook, now, patient)).limit(AT_ONCE)
    return len((await session.scalars(wanted)).all())


def _ready(webhook: Webhook, now: datetime, patient: bool) -> list[ColumnElement[bool]]:
    """What may be sent: of each order the first that waits, and what stands outside of the queues."""
    before = aliased(Delivery)
    in_line = (before.webhook_id == webhook.id, before.order_id == Delivery.order_id)
    earlier = exists().where(*in_line, before.id < Delivery.id, before.status == "waiting", not_(before.solo))
    in_turn = or_(Delivery.solo) if webhook.disabled else or_(Delivery.solo, not_(earlier))
    mine = [Delivery.webhook_id == webhook.id, Delivery.status == "waiting", Delivery.due_at <= now]
    return [*mine, in_turn, not_(_held()) if patient else true()]


async def _claim(
    db: Database, webhook_id: int, now: datetime, patient: bool
) -> tuple[Webhook, Delivery] | None:
    async with db.read() as session:  # on SQLite nobody waits for a look
        webhook = await session.get(Webhook, webhook_id)
        if webhook is None or not await _number(session, webhook, now, patient):
            return None
    async with db.transaction(now) as tx:
        due = select(Delivery.id).where(*_ready(webhook, now, patient)).order_by(Delivery.due_at, Delivery.id)
        first = due.limit(1).with_for_update(skip_locked=True, of=Delivery)
        lease = update(Delivery).where(Delivery.id == first.scalar_subquery()).values(_lease(now))
        claimed = lease.returning(Delivery).execution_options(synchronize_session=False)
        delivery = await tx.session.scalar(claimed)
        return None if delivery is None else (webhook, delivery)


def _lease(now: datetime) -> dict[str, Any]:
    return {
        "claimed": True,
        "due_at": now + LEASE,
        "tries": Delivery.tries + 1,
        "attempts": Delivery.attempts + 1,
        "began_at": case((Delivery.tries == 0, now), else_=Delivery.began_at),
    }


async def _carry(webhook: Webhook, delivery: Delivery, now: datetime, *, private: bool) -> Answer:
    keys = [webhook.secret]
    if webhook.old_secret and webhook.old_until and webhook.old_until > now:
        keys.append(webhook.old_secret)
    body, seconds = (
        delivery.body.encode(),
        int(datetime.now(UTC).timestamp()),
    )  # a receiver has no other clock
    headers = {
        "Content-Type": "application/json",
        "User-Agent": AGENT,
        "webhook-id": delivery.message,
        "webhook-timestamp": str(seconds),
        "webhook-signature": signature(keys, delivery.message, seconds, body),
    }
    return await post(webhook.url, headers, body, private=private)
