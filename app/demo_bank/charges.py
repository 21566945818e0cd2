"""Charges: prepared, run once, approved or declined by the payer, given up; and what was refunded of them."""

from datetime import timedelta

from sqlalchemy import select

from app.db import Transaction
from app.demo_bank import events, faults
from app.demo_bank.calls import new_ref, remember
from app.demo_bank.cards import GONE, VERDICTS, Verdict
from app.demo_bank.model import BankCharge, BankMethod
from app.payments.gateway import Charge, GatewayRefused

MOST = 10**12
NOT_APPROVED = Verdict("payment_intent_authentication_failure")
GIVEN_UP = Verdict("canceled")


async def prepare(tx: Transaction, wanted: Charge) -> str:
    """The charge's ref; nothing is moved. Raises GatewayRefused."""
    request = [wanted.amount, wanted.currency, wanted.payer, wanted.card, wanted.order, wanted.payment]
    made = new_ref("charge")
    ref = await remember(tx, "prepare", wanted.key, request, made)
    if ref == made:
        await _check(tx, wanted)
        tx.session.add(_prepared(tx, ref, wanted))
    return ref


async def run(tx: Transaction, ref: str, key: str, return_url: str | None) -> BankCharge:
    """Move the money unless that was tried before. With `return_url` the payer is there to approve."""
    await remember(tx, "charge", key, [ref], ref)
    charge = await find(tx, ref)
    if charge.status == "prepared":
        await _run(tx, charge, return_url)
    return charge


async def find(tx: Transaction, ref: str) -> BankCharge:
    """The charge as it stands now, locked. Raises GatewayRefused."""
    wanted = select(BankCharge).where(BankCharge.ref == ref).with_for_update()
    charge = await tx.session.scalar(wanted.execution_options(populate_existing=True))
    if charge is None:
        raise GatewayRefused("no_such_charge", "the demo bank has no such charge")
    if charge.due_at is not None and charge.due_at <= tx.now:
        await ripen(tx, charge)
    return charge


async def ripen(tx: Transaction, charge: BankCharge) -> None:
    """The time of a slow charge has come."""
    await _end(tx, charge, await _verdict(tx, charge))


async def decide(tx: Transaction, ref: str, *, approved: bool) -> BankCharge | None:
    """The payer's word on a charge that waits for it. None when it does not, unless they said so before."""
    charge = await find(tx, ref)
    if charge.status == "action":
        await _end(tx, charge, await _approved(tx, charge) if approved else NOT_APPROVED)
        return charge
    said = charge.status == "succeeded" if approved else charge.code == NOT_APPROVED.code
    return charge if said and charge.return_url else None


async def give_up(tx: Transaction, ref: str) -> BankCharge:
    """Nothing is moved from now on, unless it was before."""
    charge = await find(tx, ref)
    if charge.ended_at is None:
        await _end(tx, charge, GIVEN_UP)
    return charge


async def _check(tx: Transaction, wanted: Charge) -> None:
    method = await tx.session.get(BankMethod, wanted.card)
    if method is None or method.forgotten_at is not None or method.payer != wanted.payer:
        raise GatewayRefused("card_gone", "the demo bank does not have this card")
    if not 0 < wanted.amount <= MOST:
        raise GatewayRefused("amount_invalid", "this amount cannot be charged")
    if len(wanted.currency) != 3 or not wanted.currency.isalpha():
        raise GatewayRefused("currency_invalid", "this is no currency")


def _prepared(tx: Transaction, ref: str, wanted: Charge) -> BankCharge:
    return BankCharge(
        ref=ref,
        method=wanted.card,
        amount=wanted.amount,
        currency=wanted.currency.upper(),
        order_number=wanted.order[:20],
        status="prepared",
        code="",
        hard=False,
        return_url=None,
        refunded=0,
        created_at=tx.now,
        due_at=None,
        ended_at=None,
    )


async def _run(tx: Transaction, charge: BankCharge, return_url: str | None) -> None:
    verdict = await _verdict(tx, charge)
    if verdict == VERDICTS["asks"] and return_url:
        charge.status, charge.return_url = "action", return_url
        return await events.emit(tx, "charge", charge.ref)
    pause = await faults.take(tx, "slow", "charge")
    if pause is None:
        await _end(tx, charge, verdict)
    else:
        charge.status, charge.due_at = "processing", tx.now + timedelta(seconds=pause)


async def _verdict(tx: Transaction, charge: BankCharge) -> Verdict:
    method = await tx.session.get(BankMethod, charge.method)
    return GONE if method is None or method.forgotten_at is not None else VERDICTS[method.behaviour]


async def _approved(tx: Transaction, charge: BankCharge) -> Verdict:
    verdict = await _verdict(tx, charge)
    return Verdict() if verdict == VERDICTS["asks"] else verdict


async def _end(tx: Transaction, charge: BankCharge, verdict: Verdict) -> None:
    charge.status = "failed" if verdict.code else "succeeded"
    charge.code, charge.hard, charge.due_at, charge.ended_at = verdict.code, verdict.hard, None, tx.now
    await events.emit(tx, "charge", charge.ref)
