"""What time does: mail goes out, quotes expire, plans renew, people hear of messages they have not seen."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import delete, select

from app import access
from app.analytics import folding as tallies
from app.attachments.sweeping import sweep as sweep_attachments
from app.audit.recording import forget
from app.baskets import actions as baskets
from app.catalogue import pictures
from app.context import Context
from app.db import Database
from app.mail.notices import notify
from app.mail.sending import ROUND, held, send_due
from app.operations.failures import Failures
from app.operations.heartbeat import Pulse
from app.orders.boxes import expired, fold
from app.orders.model import Order
from app.orders.snooze import wake_due
from app.payments.webhooks import deliver_demo_events
from app.privacy.finishing import finish
from app.push.sending import Pusher
from app.quotes.closing import expire_if_over
from app.quotes.reminding import remind
from app.subscriptions.renewals import run_due
from app.team.model import SignInLink
from app.webhooks.delivery import Courier
from app.webhooks.delivery import held as held_deliveries
from app.webhooks.outcomes import sweep

EVERY, LONGEST = 1.0, 8.0  # seconds between two rounds; at most, while most of the jobs fail
MOST_WAITS = 60
MOST_WAITS_FOR_WEBHOOKS = 640  # the lease of one, and a little
MOST_ROUNDS = 10_000
logger = logging.getLogger(__name__)
Job = Callable[[datetime], Awaitable[int]]
Held = Callable[[Database, datetime], Awaitable[bool]]


class Worker:
    """Runs what is due. Several may run at once: each piece of work is claimed in the database."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.pusher = Pusher(context.db, loopback=context.settings.push_allow_loopback)
        self.courier = Courier(context.db, private=context.settings.webhooks_allow_private)
        self.pulse = Pulse(context.db)
        self.failures = Failures(logger)
        self.pause = EVERY
        self.jobs: tuple[Job, ...] = (
            self.expire_quotes,
            self.remind_of_quotes,
            self.wake,
            self.renew,
            self.charge,
            self.deliver_events,
            self.notify,
            self.send_mail,
            self.erase,
            self.tidy,
            self.sweep_files,
        )

    async def run(self) -> None:
        """For ever. A job that fails is logged and tried again with the next round."""
        beside = [asyncio.create_task(one.run()) for one in (self.courier, self.pusher)]
        try:
            while True:
                await self._round()
                await asyncio.sleep(self.pause)
        finally:
            for task in beside:
                task.cancel()
            await asyncio.wait(beside)

    async def _round(self) -> None:
        worked = [await self._run(job) for job in self.jobs]
        await self._beat()
        self.pause = EVERY if 2 * sum(worked) >= len(worked) else min(2 * self.pause, LONGEST)

    async def _run(self, job: Job) -> bool:
        """Whether it worked."""
        name = getattr(job, "__name__", "job")
        with self.failures.told(f"the job {name}"), self.pulse.running(name):
            await job(datetime.now(UTC))
            return True
        return False

    async def _beat(self) -> None:
        with self.failures.told("the heartbeat"):
            await self.pulse.beat()

    async def once(self, now: datetime) -> int:
        """All that is due at `now`, until nothing is; answers how much was done."""
        done = 0
        for _ in range(MOST_ROUNDS):
            did = 0
            for job in (*self.jobs, self.courier.once, self.pusher.once):
                did += await _until_nothing_is(job, now)
            done += did
            if not did:  # a charge makes the next period due, and that another charge
                break
        return done + await self._take_over(now)

    async def _take_over(self, now: datetime) -> int:
        """A later `now` ends the leases of live workers: they get a moment, so that nothing goes twice."""
        mail = await self._after(held, MOST_WAITS, self.send_mail, now)
        return mail + await self._after(held_deliveries, MOST_WAITS_FOR_WEBHOOKS, self.courier.once, now)

    async def _after(self, held: Held, waits: int, job: Callable[..., Awaitable[int]], now: datetime) -> int:
        for _ in range(waits):
            if not await held(self.context.db, now):
                return await _until_nothing_is(job, now)
            await asyncio.sleep(0.05)
        return await _until_nothing_is(partial(job, patient=False), now)

    async def expire_quotes(self, now: datetime) -> int:
        """Write down that the last day of open quotes is over."""
        today = self.context.shop.today(now)
        async with self.context.db.read() as session:
            late = (await session.scalars(select(Order.id).where(expired(today)).limit(100))).all()
        for order_id in late:
            async with self.context.db.transaction(now) as tx:
                await expire_if_over(tx, await access.lock(tx, order_id))
        return len(late)

    async def remind_of_quotes(self, now: datetime) -> int:
        return await remind(self.context.db, now)

    async def wake(self, now: datetime) -> int:
        """Snoozed orders whose time has come are back in the Inbox."""
        return await wake_due(self.context.db, now)

    async def renew(self, now: datetime) -> int:
        return await run_due(self.context.db, now)

    async def charge(self, now: datetime) -> int:
        """Attempts and refunds that are due, one after the other, but not for too long."""
        began, done = time.monotonic(), 0
        while time.monotonic() - began < ROUND and await self.context.cashier.run_due(now):
            done += 1
        return done

    async def deliver_events(self, now: datetime) -> int:
        """The demo bank has nobody else to bring its webhooks."""
        return await deliver_demo_events(self.context, now)

    async def notify(self, now: datetime) -> int:
        return await notify(self.context.db, now)

    async def send_mail(self, now: datetime, *, patient: bool = True) -> int:
        url = self.context.settings.smtp_url
        storage = self.context.files
        return await send_due(self.context.db, storage, url, now, patient=patient) if url else 0

    async def erase(self, now: datetime) -> int:
        """What deletions of customers have left to do."""
        return await finish(self.context, now)

    async def tidy(self, now: datetime) -> int:
        """Forget what no longer opens anything, and add up the tallies of boxes and days."""
        old = now - timedelta(days=30)
        async with self.context.db.read() as session:
            links = await session.scalar(select(SignInLink.id).where(SignInLink.expires_at < old).limit(1))
        if links is not None:
            async with self.context.db.transaction(now) as tx:
                await tx.session.execute(delete(SignInLink).where(SignInLink.expires_at < old))
        async with self.context.db.transaction(now) as tx:
            await fold(tx)
        await tallies.fold(self.context.db, now)
        await sweep(self.context.db, now)
        await forget(self.context.db, now)
        await baskets.sweep(self.context.db, now)
        await pictures.sweep(self.context.db, self.context.files, now)
        return 0

    async def sweep_files(self, now: datetime) -> int:
        """Take away what was uploaded a day ago and not sent."""
        return await sweep_attachments(self.context.db, self.context.files, now)


async def _until_nothing_is(job: Job, now: datetime) -> int:
    done = 0
    for _ in range(MOST_ROUNDS):
        did = await job(now)
        if not did:
            break
        done += did
    return done
