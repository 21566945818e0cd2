"""The demo bank's webhooks: signed as Stripe signs (t=…,v1=…), brought again until somebody says 2xx."""

import asyncio
import hashlib
import hmac
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import select, update

from app.db import Database, Transaction
from app.demo_bank import charges, refunds
from app.demo_bank.model import BankCharge, BankEvent, BankRefund
from app.payments.gateway import BadSignature, Event

HEADER = "Demo-Bank-Signature"
TOLERANCE = 300  # seconds
LEASE = timedelta(seconds=60)
AT_MOST = 20.0  # seconds for one event, well within its lease
ROUND = 10.0  # seconds after which other jobs get their turn
PAUSES = [timedelta(seconds=each) for each in (1, 5, 15, 60, 300, 900, 3600, 14_400, 43_200)]
MOST_TRIES = len(PAUSES) + 1
Receive = Callable[[bytes, dict[str, str]], Awaitable[int]]
logger = logging.getLogger(__name__)


async def deliver_due(db: Database, secret: str, now: datetime, receive: Receive) -> int:
    """Bring the events that are due, in no order that one could rely on; answers how often it was tried.

    `receive` is handed the body and the headers and answers an HTTP status.
    """
    await _ripen_due(db, now)
    began, tried = time.monotonic(), 0
    while time.monotonic() - began < ROUND:
        event = await _claim(db, now)
        if event is None:
            break
        await _note(db, event, now, await _bring(secret, event, now, receive))
        tried += 1
    return tried


def sign(secret: str, body: bytes, at: datetime) -> dict[str, str]:
    """The headers that go with a body."""
    stamp = int(at.timestamp())
    return {HEADER: f"t={stamp},v1={_signature(secret, stamp, body)}", "Content-Type": "application/json"}


def read_event(secret: str, body: bytes, headers: Mapping[str, str], now: datetime) -> Event:
    """The event that was signed. Raises BadSignature."""
    said = next((value for name, value in headers.items() if name.lower() == HEADER.lower()), "")
    parts = [part.strip().partition("=")[::2] for part in said.split(",")]
    stamps = [value for name, value in parts if name == "t"]
    if len(stamps) != 1 or not stamps[0].isascii() or not stamps[0].isdigit() or len(stamps[0]) > 12:
        raise BadSignature("there is no signature")
    expected = _signature(secret, int(stamps[0]), body).encode()
    if not any(hmac.compare_digest(value.encode(), expected) for name, value in parts if name == "v1"):
        raise BadSignature("the signature is not ours")
    if abs(now.timestamp() - int(stamps[0])) > TOLERANCE:
        raise BadSignature("the signature is too old")
    return _event(orjson.loads(body))


def _event(data: dict[str, Any]) -> Event:
    return Event(data["id"], data["kind"], data["ref"], datetime.fromtimestamp(data["at"], UTC))


def _signature(secret: str, stamp: int, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()


async def _bring(secret: str, event: BankEvent, now: datetime, receive: Receive) -> bool:
    said = {"id": event.id, "kind": event.kind, "ref": event.ref, "at": int(event.created_at.timestamp())}
    body = orjson.dumps(said)
    try:
        async with asyncio.timeout(AT_MOST):
            status = await receive(body, sign(secret, body, now))
    except Exception as error:
        logger.warning("event %s was not taken: %s: %s", event.id, type(error).__name__, error)
        return False
    return 200 <= status < 300


async def _claim(db: Database, now: datetime) -> BankEvent | None:
    async with db.read() as session:  # on SQLite nobody waits for a look
        if await session.scalar(select(BankEvent.id).where(BankEvent.due_at <= now).limit(1)) is None:
            return None
    async with db.transaction(now) as tx:
        first = select(BankEvent.id).where(BankEvent.due_at <= now).order_by(BankEvent.due_at, BankEvent.id)
        chosen = first.limit(1).with_for_update(skip_locked=True).scalar_subquery()
        values = {"due_at": now + LEASE, "tries": BankEvent.tries + 1}
        lease = update(BankEvent).where(BankEvent.id == chosen).values(values).returning(BankEvent)
        return await tx.session.scalar(lease.execution_options(synchronize_session=False))


async def _note(db: Database, event: BankEvent, now: datetime, taken: bool) -> None:
    mine = (BankEvent.id == event.id, BankEvent.tries == event.tries, BankEvent.due_at.is_not(None))
    async with db.transaction(now) as tx:
        write = update(BankEvent).where(*mine).values(_taken(event, now) if taken else _again(event, now))
        await tx.session.execute(write.execution_options(synchronize_session=False))


def _taken(event: BankEvent, now: datetime) -> dict[str, object]:
    if event.copies > 1:
        return {"copies": event.copies - 1, "due_at": now}
    return {"copies": 0, "due_at": None, "delivered_at": now}


def _again(event: BankEvent, now: datetime) -> dict[str, object]:
    return {"due_at": now + PAUSES[event.tries - 1] if event.tries < MOST_TRIES else None}


async def _ripen_due(db: Database, now: datetime) -> None:
    """What was slow has its outcome by now."""
    ripe = (BankCharge.due_at <= now, BankRefund.due_at <= now)
    async with db.read() as session:
        looks = [select(BankCharge.ref).where(ripe[0]), select(BankRefund.ref).where(ripe[1])]
        if not any([await session.scalar(look.limit(1)) for look in looks]):
            return
    async with db.transaction(now) as tx:
        await _ripen(tx, *ripe)


async def _ripen(tx: Transaction, ripe_charge: Any, ripe_refund: Any) -> None:
    slow = select(BankCharge).where(ripe_charge).with_for_update(skip_locked=True)
    for charge in await tx.session.scalars(slow):
        await charges.ripen(tx, charge)
    back = select(BankRefund).where(ripe_refund).with_for_update(skip_locked=True)
    for refund in await tx.session.scalars(back):
        await refunds.ripen(tx, refund)
