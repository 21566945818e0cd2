"""Refunds: never more than was charged, once per key."""

from datetime import timedelta

from sqlalchemy import select

from app.db import Transaction
from app.demo_bank import charges, events, faults
from app.demo_bank.calls import new_ref, remember
from app.demo_bank.model import BankCharge, BankRefund
from app.payments.gateway import GatewayRefused


async def refund(tx: Transaction, ref: str, amount: int, key: str) -> BankRefund:
    """Give back `amount` of a charge. Raises GatewayRefused."""
    made = new_ref("refund")
    known = await remember(tx, "refund", key, [ref, amount], made)
    if known != made:
        return await find(tx, known)
    charge = await charges.find(tx, ref)
    _check(charge, amount)
    charge.refunded += amount
    return await _begin(tx, made, ref, amount)


async def find(tx: Transaction, ref: str) -> BankRefund:
    """The refund as it stands now, locked. Raises GatewayRefused."""
    found = await tx.session.scalar(select(BankRefund).where(BankRefund.ref == ref).with_for_update())
    if found is None:
        raise GatewayRefused("no_such_refund", "the demo bank has no such refund")
    if found.due_at is not None and found.due_at <= tx.now:
        await ripen(tx, found)
    return found


async def ripen(tx: Transaction, found: BankRefund) -> None:
    """The money is there."""
    found.status, found.due_at = "succeeded", None
    await events.emit(tx, "refund", found.ref)


def _check(charge: BankCharge, amount: int) -> None:
    if charge.status != "succeeded":
        raise GatewayRefused("charge_not_paid", "this charge has not been paid")
    if not 0 < amount <= charge.amount - charge.refunded:
        raise GatewayRefused("refund_too_large", "this is more than is left of the charge")


async def _begin(tx: Transaction, ref: str, charge: str, amount: int) -> BankRefund:
    pause = await faults.take(tx, "slow", "refund")
    due_at = None if pause is None else tx.now + timedelta(seconds=pause)
    status = "succeeded" if pause is None else "processing"
    made = BankRefund(ref=ref, charge=charge, amount=amount, status=status, created_at=tx.now, due_at=due_at)
    tx.session.add(made)
    if pause is None:
        await events.emit(tx, "refund", ref)
    return made
