"""Saving cards: the pages that ask for one, the cards that were given there, and forgetting them."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import Transaction
from app.demo_bank import events
from app.demo_bank.calls import new_ref, remember
from app.demo_bank.cards import KNOWN, Specimen, expiry
from app.demo_bank.model import BankMethod, BankSetup
from app.payments.gateway import SavedCard, SetupRequest

LASTS = timedelta(hours=24)


async def open_setup(tx: Transaction, wanted: SetupRequest) -> str:
    """The ref of a page that asks for a card. Raises GatewayRefused."""
    request = [wanted.payer, wanted.email, wanted.language, wanted.return_url]
    made = new_ref("setup")
    ref = await remember(tx, "setup", wanted.key, request, made)
    if ref == made:
        tx.session.add(
            BankSetup(
                ref=ref,
                payer=wanted.payer or new_ref("payer"),
                email=wanted.email,
                language=wanted.language,
                return_url=wanted.return_url,
                method=None,
                created_at=tx.now,
            )
        )
    return ref


async def finish(tx: Transaction, ref: str, digits: str) -> BankSetup | None:
    """Save the card of this test number. None when the page is over or has saved another card before."""
    setup = await tx.session.scalar(select(BankSetup).where(BankSetup.ref == ref).with_for_update())
    if setup is None or is_over(setup, tx.now):
        return None
    if setup.method is not None:
        before = await tx.session.get_one(BankMethod, setup.method)
        return setup if _looks_like(before, KNOWN[digits]) else None
    setup.method = new_ref("card")
    tx.session.add(_method(tx, setup.method, KNOWN[digits], setup.payer))
    await events.emit(tx, "setup", setup.ref)
    return setup


async def save(tx: Transaction, digits: str, key: str) -> SavedCard:
    """A card that was given to the bank without its page. Raises GatewayRefused."""
    made = new_ref("card")
    ref = await remember(tx, "save", key, [digits], made)
    if ref == made:
        tx.session.add(_method(tx, ref, KNOWN[digits], new_ref("payer")))
    return as_saved(await tx.session.get_one(BankMethod, ref))


async def saved_card(session: AsyncSession, ref: str) -> SavedCard | None:
    """The card that a page has saved, unless it is forgotten already."""
    wanted = select(BankMethod).join(BankSetup, BankSetup.method == BankMethod.ref)
    found = await session.scalar(wanted.where(BankSetup.ref == ref, BankMethod.forgotten_at.is_(None)))
    return as_saved(found) if found else None


async def forget(tx: Transaction, ref: str) -> None:
    mine = (BankMethod.ref == ref, BankMethod.forgotten_at.is_(None))
    await tx.session.execute(update(BankMethod).where(*mine).values(forgotten_at=tx.now))


def is_over(setup: BankSetup, now: datetime) -> bool:
    return now >= setup.created_at + LASTS


def as_saved(method: BankMethod) -> SavedCard:
    return SavedCard(method.ref, method.payer, method.brand, method.last4, method.expires)


def _looks_like(method: BankMethod, specimen: Specimen) -> bool:
    return (method.brand, method.last4) == (specimen.brand, specimen.digits[-4:])


def _method(tx: Transaction, ref: str, specimen: Specimen, payer: str) -> BankMethod:
    return BankMethod(
        ref=ref,
        payer=payer,
        brand=specimen.brand,
        last4=specimen.digits[-4:],
        expires=expiry(tx.now),
        behaviour=specimen.behaviour,
        created_at=tx.now,
        forgotten_at=None,
    )
