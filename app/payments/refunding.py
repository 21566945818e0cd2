"""Giving money back: reserved before the gateway hears of it, so that it is never too much."""

import asyncio
import logging
from datetime import datetime

from sqlalchemy import select, update

from app import access
from app.author import Author
from app.db import Database, Transaction
from app.mail import money_letters as letters
from app.orders.model import Order
from app.payments.gateway import Gateway, GatewayAway, GatewayRefused, Refunded
from app.payments.leases import AT_MOST, LEASE, pause
from app.payments.model import Attempt, Payment, Refund
from app.payments.recording import record
from app.payments.settling import note_refunded
from app.team.model import Member

logger = logging.getLogger(__name__)


async def run_refund(db: Database, gateway: Gateway, now: datetime, order_id: int | None = None) -> int:
    """Carry out one refund that is due; answers how many there were: 0 or 1."""
    due = (Refund.status == "open", Refund.due_at <= now)
    async with db.read() as session:
        if await session.scalar(select(Refund.id).where(*due).limit(1)) is None:
            return 0
    refund = await _claim(db, now, order_id)
    if refund is None:
        return 0
    try:
        async with asyncio.timeout(AT_MOST):
            outcome = await _ask(db, gateway, refund)
    except GatewayRefused as error:
        outcome = Refunded("failed", refund.ref or "", error.code)
    except (GatewayAway, TimeoutError, OSError) as error:
        await _later(db, refund, now, str(error) or "no answer")
        return 1
    if outcome.status == "processing":
        await _later(db, refund, now, "", outcome.ref)
    else:
        await _settle(db, refund, outcome, now)
    return 1


async def settle(tx: Transaction, order: Order, payment: Payment, refund: Refund, outcome: Refunded) -> None:
    """Write down what became of a refund of a locked order, once."""
    if refund.status != "open":
        return
    refund.ref, refund.code, refund.error = outcome.ref or refund.ref, outcome.code[:60], ""
    refund.due_at, refund.ended_at = None, tx.now
    refund.status = "succeeded" if outcome.status == "succeeded" else "failed"
    author = await _author(tx, refund)
    if refund.status == "failed":
        payment.refunded -= refund.amount
        await record(tx, order, payment, author, "refund_failed", amount=refund.amount, reason=refund.code)
        return
    if payment.kind == "order":
        await note_refunded(tx, order)
    data = {"amount": refund.amount, "reason": refund.reason}
    entry = await record(tx, order, payment, author, "refunded", **data)  # type: ignore[arg-type]
    await letters.payment_refunded(tx, order, payment, refund.amount, refund.reason, entry.seq)


async def _ask(db: Database, gateway: Gateway, refund: Refund) -> Refunded:
    if refund.ref is not None:
        return await gateway.look_up_refund(refund.ref)
    async with db.read() as session:
        mine = (Attempt.payment_id == refund.payment_id, Attempt.status == "succeeded")
        attempt = await session.scalar(select(Attempt).where(*mine))
    if attempt is None or attempt.ref is None or attempt.gateway != gateway.name:
        raise GatewayRefused("other_gateway", "The payment was made with another bank.")
    return await gateway.refund(attempt.ref, refund.amount, refund.key)


async def _claim(db: Database, now: datetime, order_id: int | None) -> Refund | None:
    async with db.transaction(now) as tx:
        first = select(Refund.id).where(Refund.status == "open", Refund.due_at <= now)
        if order_id is not None:
            first = first.where(Refund.payment_id.in_(select(Payment.id).where(Payment.order_id == order_id)))
        chosen = first.order_by(Refund.due_at).limit(1).with_for_update(skip_locked=True)
        values = {"due_at": now + LEASE, "tries": Refund.tries + 1}
        lease = update(Refund).where(Refund.id == chosen.scalar_subquery()).values(values).returning(Refund)
        return await tx.session.scalar(lease.execution_options(synchronize_session=False))


async def _later(db: Database, refund: Refund, now: datetime, error: str, ref: str | None = None) -> None:
    if error:
        logger.warning("refund %s: the outcome is not known yet: %s", refund.id, error)
    values = {"due_at": now + pause(refund.tries), "error": error[:500]} | ({"ref": ref} if ref else {})
    async with db.transaction(now) as tx:
        mine = (Refund.id == refund.id, Refund.tries == refund.tries, Refund.status == "open")
        await tx.session.execute(update(Refund).where(*mine).values(values))


async def _settle(db: Database, refund: Refund, outcome: Refunded, now: datetime) -> None:
    async with db.transaction(now) as tx:
        payment = await tx.session.get_one(Payment, refund.payment_id)
        order = await access.lock(tx, payment.order_id)
        payment = await tx.session.get_one(Payment, refund.payment_id, populate_existing=True)
        current = await tx.session.get_one(Refund, refund.id, populate_existing=True)
        await settle(tx, order, payment, current, outcome)


async def _author(tx: Transaction, refund: Refund) -> Author:
    member = await tx.session.get_one(Member, refund.member_id)
    return Author(f"m{member.id}", "member", member.name, member.id)
