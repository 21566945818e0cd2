"""Carrying pushes to the browsers' makers: claimed with a lease, a few at a time, tried again with pauses.

A browser that is no longer there (404, 410) is forgotten. What is refused for another reason than that it was
too much or that something broke is given up: it would be refused again. Mail tells of it all the same.
"""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, delete, or_, select, update

from app.db import Database
from app.operations.failures import Failures
from app.orders.model import FIRST
from app.push.composing import Composed, compose
from app.push.deriving import derive
from app.push.model import Push, PushSubscription
from app.push.targets import private
from app.push.vapid import authorization, sealed
from app.shop import Shop, facts
from app.webhooks.sending import Answer, post

LEASE = timedelta(seconds=60)  # the call (sending.AT_MOST), and time to write down what came of it
PAUSES = [timedelta(seconds=seconds) for seconds in (30, 120, 600, 3600, 4 * 3600)]
AT_ONCE = 16
EVERY = 1.0
TTL = 24 * 3600  # seconds for which the service keeps it for a browser that is off
GONE = frozenset({404, 410})
LATER = frozenset({408, 425, 429})
logger = logging.getLogger(__name__)


class Pusher:
    """One worker's pushes. Several workers may run at once."""

    def __init__(self, db: Database, *, loopback: bool) -> None:
        self.db = db
        self.loopback = loopback
        self._key = ""

    async def run(self) -> None:
        """For ever, beside the worker's other jobs: no slow service keeps the mail waiting."""
        failures = Failures(logger)
        while True:
            with failures.told("pushing"):
                while await self.once(datetime.now(UTC)):
                    pass
            await asyncio.sleep(EVERY)

    async def once(self, now: datetime) -> int:
        """Look once at what is new, and send once what is due; answers how much there was of both."""
        looked = await derive(self.db, now)
        claimed = await self._claim(now)
        await asyncio.gather(*(self._carry(push, now) for push in claimed))
        return looked + len(claimed)

    async def _claim(self, now: datetime) -> list[Push]:
        due = select(Push.id).where(Push.due_at <= now).where(_free()).order_by(Push.due_at, Push.id)
        async with self.db.read() as session:  # on SQLite nobody waits for a look
            if await session.scalar(due.limit(1)) is None:
                return []
        async with self.db.transaction(now) as tx:
            found = (await tx.session.scalars(due.limit(AT_ONCE).with_for_update(skip_locked=True))).all()
            lease = update(Push).where(Push.id.in_(found)).values(claimed_until=datetime.now(UTC) + LEASE)
            claimed = lease.returning(Push).execution_options(synchronize_session=False)
            return list(await tx.session.scalars(claimed))

    async def _carry(self, push: Push, now: datetime) -> None:
        try:
            await self._tell(push, now)
        except Exception:
            logger.exception("a push about order %s broke off; it is tried again", push.order_id + FIRST)

    async def _tell(self, push: Push, now: datetime) -> None:
        assert self.db.shop is not None
        async with self.db.read() as session:
            self._key = self._key or (await facts(session))["vapid"]
            composed = await compose(session, push, self.db.shop, now)
        if composed is None:
            return await self._done(push, now)
        if composed.later:
            return await self._again(push, now, composed.later, push.attempts)
        answer = await self._post(composed, push, self.db.shop)
        if answer.code in GONE:
            return await self._forget(push, now)
        if answer.ok:
            return await self._done(push, now, told=True)
        await self._failed(push, now, answer)

    async def _post(self, composed: Composed, push: Push, shop: Shop) -> Answer:
        browser = composed.browser
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Encoding": "aes128gcm",
            "TTL": str(TTL),
            "Urgency": "high",
            "Topic": f"order-{push.order_id + FIRST}",
            "Authorization": authorization(self._key, browser.endpoint, shop.public_url),
        }
        body = sealed(composed.payload, browser.p256dh, browser.auth)
        here = private(browser.endpoint, loopback=self.loopback)
        return await post(browser.endpoint, headers, body, private=here)

    async def _failed(self, push: Push, now: datetime, answer: Answer) -> None:
        passing = answer.code is None or answer.code in LATER or answer.code >= 500
        logger.info("a push was not taken: %s %s", answer.code, answer.error or "")
        if not passing or push.attempts >= len(PAUSES):
            return await self._done(push, now)
        await self._again(push, now, now + PAUSES[push.attempts], push.attempts + 1)

    async def _done(self, push: Push, now: datetime, *, told: bool = False) -> None:
        """Unless it became one about a newer entry meanwhile: that waits for its own turn."""
        async with self.db.transaction(now) as tx:
            same = (Push.id == push.id, Push.seq == push.seq)
            await tx.session.execute(delete(Push).where(*same))
            await tx.session.execute(update(Push).where(Push.id == push.id).values(claimed_until=None))
            if told:
                mine = update(PushSubscription).where(PushSubscription.id == push.subscription_id)
                await tx.session.execute(mine.values(sent_at=now))

    async def _again(self, push: Push, now: datetime, due: datetime, attempts: int) -> None:
        async with self.db.transaction(now) as tx:
            same = update(Push).where(Push.id == push.id, Push.seq == push.seq)
            await tx.session.execute(same.values(due_at=due, attempts=attempts))
            await tx.session.execute(update(Push).where(Push.id == push.id).values(claimed_until=None))

    async def _forget(self, push: Push, now: datetime) -> None:
        async with self.db.transaction(now) as tx:
            gone = PushSubscription.id == push.subscription_id
            await tx.session.execute(delete(Push).where(Push.subscription_id == push.subscription_id))
            await tx.session.execute(delete(PushSubscription).where(gone))


def _free() -> ColumnElement[bool]:
    return or_(Push.claimed_until.is_(None), Push.claimed_until < datetime.now(UTC))
