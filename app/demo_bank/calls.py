"""Idempotency: the same key makes one thing, however often and from wherever it is asked for."""

import hashlib
import secrets
from typing import Any

import orjson
from sqlalchemy import select

from app.db import Transaction, insert_into
from app.demo_bank.model import BankCall
from app.payments.gateway import GatewayRefused


def new_ref(kind: str) -> str:
    """A name that nobody guesses: "charge_…"."""
    return f"{kind}_{secrets.token_urlsafe(24)}"


async def remember(tx: Transaction, call: str, key: str, request: list[Any], ref: str) -> str:
    """`ref` for a new request, else the ref that it was answered with. Raises GatewayRefused."""
    asked = hashlib.sha256(orjson.dumps(request)).hexdigest()
    row = {"call": call, "key": key, "digest": asked, "ref": ref, "created_at": tx.now}
    # a twin that runs at this moment is waited for, and then found
    await tx.session.execute(insert_into(tx.session, BankCall).values(row).on_conflict_do_nothing())
    known = await tx.session.scalar(select(BankCall).where(BankCall.call == call, BankCall.key == key))
    assert known is not None
    if known.digest != asked:
        raise GatewayRefused("idempotency_error", "this key was used for another request")
    return known.ref
