"""The cashier carries out attempts and refunds: claimed with a lease, asked again until the outcome is known.

Nothing is called within a transaction of ours, and whatever is called has its key or ref stored before.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from app import access
from app.db import Changes, Database, Transaction
from app.orders.model import FIRST
from app.payments.gateway import Charge, Gateway, GatewayAway, GatewayRefused, Outcome
from app.payments.leases import AT_MOST, LEASE, pause
from app.payments.model import Attempt, Card, Payment
from app.payments.reasons import GONE
from app.payments.refunding import run_refund
from app.payments.settling import APPROVAL_LASTS, NOT_APPROVED, settle

logger = logging.getLogger(__name__)


class Cashier:
    """Works on what a commit of this process has written down at once, and on whatever is due."""

    def __init__(self, db: Database, gateway: Gateway, return_url: Callable[[str, int], str]) -> None:
        self.db = db
        self.gateway = gateway
        self._return_url = return_url
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def watch(self) -> None:
        """From now on carry out what this process commits."""
        self.db.committed.append(self._committed)

    async def close(self) -> None:
        for task in list(self._tasks.values()):
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await self.gateway.close()

    async def settled(self, order_id: int, seconds: float) -> None:
        """Wait, but not longer than this, until what the order has running is known."""
        task = self._tasks.get(order_id)
        if task is not None:
            await asyncio.wait([task], timeout=seconds)

    async def run_due(self, now: datetime) -> int:
        """One attempt or refund that is due; answers how many there were: 0 or 1."""
        attempt = await self._claim(now)
        if attempt is not None:
            await self._go_on(attempt, now)
            return 1
        return await run_refund(self.db, self.gateway, now)

    async def ask(self, payment_id: int, *, give_up: bool = False) -> None:
        """Find out now what became of a payment; `give_up` ends an attempt that waits for approval."""
        now = self.db.clock()
        running = (Attempt.payment_id == payment_id, Attempt.status.in_(("open", "action")))
        async with self.db.transaction(now) as tx:
            claimed = await _lease(tx, running)
        if claimed is not None:
            await self._go_on(claimed, now, give_up=give_up)

    def _committed(self, tx: Changes) -> None:
        for order_id in dict.fromkeys(tx.charging):
            before = self._tasks.get(order_id)
            self._tasks[order_id] = asyncio.create_task(self._run_order(order_id, before))

    async def _run_order(self, order_id: int, before: asyncio.Task[None] | None) -> None:
        try:
            if before is not None:
                await asyncio.wait([before])
            now = self.db.clock()
            while (attempt := await self._claim(now, order_id)) is not None:
                await self._go_on(attempt, now)
            while await run_refund(self.db, self.gateway, now, order_id):
                pass
        except Exception:
            logger.exception("the cashier stumbled over order %s; the worker goes on", order_id + FIRST)
        finally:
            if self._tasks.get(order_id) is asyncio.current_task():
                del self._tasks[order_id]

    async def _claim(self, now: datetime, order_id: int | None = None) -> Attempt | None:
        due = (Attempt.status.in_(("open", "action")), Attempt.due_at <= now)
        async with self.db.read() as session:  # on SQLite nobody waits for a look
            if await session.scalar(select(Attempt.id).where(*due).limit(1)) is None:
                return None
        async with self.db.transaction(now) as tx:
            mine: tuple[Any, ...] = due
            if order_id is not None:
                of_order = select(Payment.id).where(Payment.order_id == order_id)
                mine = (*due, Attempt.payment_id.in_(of_order))
            return await _lease(tx, mine)

    async def _go_on(self, attempt: Attempt, now: datetime, *, give_up: bool = False) -> None:
        try:
            async with asyncio.timeout(AT_MOST):
                outcome = await self._ask(attempt, now, give_up)
        except GatewayRefused as error:
            outcome = await self._refused(attempt, error)
        except (GatewayAway, TimeoutError, OSError) as error:
            return await self._later(attempt, now, str(error) or "no answer")
        if outcome.status in ("prepared", "processing"):
            return await self._later(attempt, now, "")
        await self._settle(attempt, outcome, now)

    async def _ask(self, attempt: Attempt, now: datetime, give_up: bool) -> Outcome:
        gateway = self.gateway
        charge = await self._charge(attempt)
        if attempt.ref is None:
            ref = await gateway.prepare(charge)
            if not await self._store(attempt, ref):
                raise GatewayAway("somebody else goes on with it")
            outcome = Outcome("prepared", ref, charge.amount, charge.currency)
        else:
            outcome = await gateway.look_up(attempt.ref)
        if outcome.status == "prepared" and not give_up:
            back = self._return_url(charge.order, charge.payment) if attempt.on_session else None
            outcome = await gateway.charge(outcome.ref, attempt.key, back)
        waits = outcome.status == "action" and (give_up or _over(attempt, now))
        return await self._give_up(outcome) if waits or outcome.status == "prepared" else outcome

    async def _give_up(self, waiting: Outcome) -> Outcome:
        """Nobody approves it any more, unless they just have."""
        outcome = await self.gateway.give_up(waiting.ref)
        return _not_approved(outcome) if outcome.status == "failed" else outcome

    async def _charge(self, attempt: Attempt) -> Charge:
        async with self.db.read() as session:
            payment = await session.get_one(Payment, attempt.payment_id)
            card = await session.get_one(Card, attempt.card_id)
        if card.gateway != self.gateway.name:
            raise GatewayRefused("card_gone", "The card was saved with another bank.")
        return Charge(
            key=attempt.key,
            amount=payment.amount,
            currency=payment.currency,
            payer=card.payer,
            card=card.ref,
            order=str(payment.order_id + FIRST),
            payment=payment.id,
        )

    async def _refused(self, attempt: Attempt, error: GatewayRefused) -> Outcome:
        async with self.db.read() as session:
            payment = await session.get_one(Payment, attempt.payment_id)
        amount, ref = payment.amount, attempt.ref or ""
        hard = error.code in GONE
        return Outcome("failed", ref, amount, payment.currency, code=error.code, hard=hard)

    async def _store(self, attempt: Attempt, ref: str) -> bool:
        async with self.db.transaction() as tx:
            mine = (Attempt.id == attempt.id, Attempt.tries == attempt.tries, Attempt.status == "open")
            write = update(Attempt).where(*mine).values(ref=ref)
            stored = await tx.session.execute(write.execution_options(synchronize_session=False))
            return bool(stored.rowcount)  # type: ignore[attr-defined]

    async def _later(self, attempt: Attempt, now: datetime, error: str) -> None:
        if error:
            logger.warning("attempt %s: the outcome is not known yet: %s", attempt.id, error)
        mine = (Attempt.id == attempt.id, Attempt.tries == attempt.tries)
        running = Attempt.status.in_(("open", "action"))
        async with self.db.transaction(now) as tx:
            write = (
                update(Attempt)
                .where(*mine, running)
                .values(due_at=now + pause(attempt.tries), error=error[:500])
            )
            await tx.session.execute(write.execution_options(synchronize_session=False))

    async def _settle(self, attempt: Attempt, outcome: Outcome, now: datetime) -> None:
        async with self.db.transaction(now) as tx:
            payment = await tx.session.get_one(Payment, attempt.payment_id)
            order = await access.lock(tx, payment.order_id)
            payment = await tx.session.get_one(Payment, attempt.payment_id, populate_existing=True)
            current = await tx.session.get_one(Attempt, attempt.id, populate_existing=True)
            await settle(tx, order, payment, current, outcome)


async def _lease(tx: Transaction, mine: tuple[Any, ...]) -> Attempt | None:
    first = select(Attempt.id).where(*mine).order_by(Attempt.due_at, Attempt.id).limit(1)
    chosen = first.with_for_update(skip_locked=True).scalar_subquery()
    values = {"due_at": tx.now + LEASE, "tries": Attempt.tries + 1}
    lease = update(Attempt).where(Attempt.id == chosen).values(values).returning(Attempt)
    return await tx.session.scalar(lease.execution_options(synchronize_session=False))


def _over(attempt: Attempt, now: datetime) -> bool:
    """Nobody is there to approve, or they have had their time."""
    return not attempt.on_session or now >= attempt.created_at + APPROVAL_LASTS


def _not_approved(outcome: Outcome) -> Outcome:
    return Outcome("failed", outcome.ref, outcome.amount, outcome.currency, code=NOT_APPROVED)
