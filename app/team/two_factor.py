"""The second factor: codes by the clock (TOTP, RFC 6238), and recovery codes for who lost the device.

The secret is kept encrypted (Fernet) under a key made of SECRET_KEY, so that a stolen copy of the database
makes no codes. Where SECRET_KEY is not set, its stand-in lies in the same database and protects nothing.
After SECRET_KEY was changed no code fits any more: recovery codes still do, then it is set up anew; else an
owner resets it, or `orderline member reset-two-factor`.
"""

import base64
import hashlib
import re
import secrets
from datetime import datetime

import pyotp
import segno
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import digest
from app.audit.recording import record
from app.author import Actor
from app.db import Transaction
from app.errors import Problem, invalid
from app.shop import Shop
from app.team.members import forget_second_factor
from app.team.model import Member, RecoveryCode
from app.team.sessions import end_sessions

STEP = 30  # seconds
DRIFT = 1  # steps that a device's clock may be off, either way
CODES = 10
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that looks like another
SEPARATORS = re.compile(r"[\s-]+")


async def begin(tx: Transaction, actor: Actor) -> None:
    """A new secret, good for nothing until a code of it was given. Raises 409 while there is one in use."""
    member = await _locked(tx, actor.member_id)
    if member.totp_since is not None:
        raise Problem("conflict", "Two-factor sign-in is on already.")
    member.totp_secret = _box(tx.shop).encrypt(pyotp.random_base32().encode()).decode()


async def confirm(tx: Transaction, actor: Actor, code: str) -> list[str]:
    """Switch it on; answers the recovery codes, this once. Other browsers, which gave none, end."""
    member = await _locked(tx, actor.member_id)
    if member.totp_secret is None or member.totp_since is not None:
        raise Problem("conflict", "Two-factor sign-in is not being set up.")
    _use_step(tx, member, code)
    member.totp_since = tx.now
    await end_sessions(tx, member.id, but=actor.ticket)
    record(tx, actor, "two_factor_on")
    return await _new_codes(tx, member)


async def switch_off(tx: Transaction, actor: Actor, code: str) -> None:
    """By whoever has it, with a code. Raises 422 for a wrong one."""
    await use(tx, actor.member_id, code)
    await forget_second_factor(tx, await _locked(tx, actor.member_id))
    record(tx, actor, "two_factor_off")


async def new_codes(tx: Transaction, actor: Actor, code: str) -> list[str]:
    """Ten others; those before open nothing any more. Raises 422 for a wrong code."""
    await use(tx, actor.member_id, code)
    record(tx, actor, "recovery_codes_made")
    return await _new_codes(tx, await _locked(tx, actor.member_id))


async def use(tx: Transaction, member_id: int | None, code: str) -> int | None:
    """Use up a code, or a recovery code: then answers how many of these are left. Raises 422, for both alike.

    The member's row is locked, so that of two who send the same code at once one gets in.
    """
    member = await _locked(tx, member_id)
    plain = SEPARATORS.sub("", code).lower()
    if plain.isascii() and plain.isdigit():
        _use_step(tx, member, plain)
        return None
    mine = (RecoveryCode.id == _kept(member.id, plain), RecoveryCode.member_id == member.id)
    found = await tx.session.scalar(delete(RecoveryCode).where(*mine).returning(RecoveryCode.id))
    if found is None:
        raise _wrong()
    return await codes_left(tx.session, member.id)


async def codes_left(session: AsyncSession, member_id: int) -> int:
    wanted = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.member_id == member_id)
    return await session.scalar(wanted) or 0


def secret_of(shop: Shop, member: Member) -> str | None:
    """None also for one that was encrypted under another SECRET_KEY."""
    try:
        return _box(shop).decrypt((member.totp_secret or "").encode()).decode()
    except InvalidToken:
        return None


def picture(shop: Shop, member: Member, secret: str) -> str:
    """What an app on a phone reads: a QR code as SVG without styles, which our policy would refuse."""
    uri = pyotp.TOTP(secret).provisioning_uri(name=member.email, issuer_name=shop.name.replace(":", " "))
    code = segno.make(uri, error="m", micro=False)
    return code.svg_inline(omitsize=True, svgclass="qr", lineclass=None, light="#fff")


def step_of(secret: str, code: str, now: datetime, after: int | None) -> int | None:
    """The step of the clock that a code belongs to; None for a wrong one, and for one used already."""
    totp, current = pyotp.TOTP(secret), int(now.timestamp()) // STEP
    steps = range(max(current - DRIFT, (after if after is not None else -1) + 1), current + DRIFT + 1)
    return next((step for step in steps if secrets.compare_digest(totp.generate_otp(step), code)), None)


def _use_step(tx: Transaction, member: Member, code: str) -> None:
    secret, plain = secret_of(tx.shop, member), SEPARATORS.sub("", code)
    good = secret is not None and plain.isascii() and plain.isdigit()
    step = step_of(secret or "", plain, tx.now, member.totp_step) if good else None
    if step is None:
        raise _wrong()
    member.totp_step = step


async def _locked(tx: Transaction, member_id: int | None) -> Member:
    mine = select(Member).where(Member.id == member_id, Member.removed_at.is_(None))
    found = await tx.session.scalar(
        mine.with_for_update(key_share=True).execution_options(populate_existing=True)
    )
    if found is None:
        raise Problem("unauthenticated", "You are signed out.")
    return found


async def _new_codes(tx: Transaction, member: Member) -> list[str]:
    """75 bits each, so that a plain hash is enough: nobody tries them all."""
    await tx.session.execute(delete(RecoveryCode).where(RecoveryCode.member_id == member.id))
    codes = ["".join(secrets.choice(LETTERS) for _ in range(15)) for _ in range(CODES)]
    rows = [{"id": _kept(member.id, code), "member_id": member.id} for code in codes]
    await tx.session.execute(insert(RecoveryCode), rows)
    return ["-".join(code[part : part + 5] for part in (0, 5, 10)) for code in codes]


def _kept(member_id: int, code: str) -> str:
    return digest(f"recovery {member_id} {code}")


def _box(shop: Shop) -> Fernet:
    key = hashlib.sha256(f"two-factor {shop.secret}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def _wrong() -> Problem:
    return invalid("code", "This code is wrong, or was used already.", "wrong")
