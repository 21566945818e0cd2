"""Sending what waits: claimed with a lease, retried with growing pauses, given up on a 5xx."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

import aiosmtplib
from sqlalchemy import select, update

from app.db import Database
from app.mail.model import Mail
from app.shop import Shop

LEASE = timedelta(minutes=2)
PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720, 1440)]
BATCH = 20
logger = logging.getLogger(__name__)


class GivenUp(Exception):
    """The server refused for good."""


async def send_due(db: Database, smtp_url: str, now: datetime) -> int:
    """Send the mail that is due; answers how many rows were claimed."""
    claimed = await _claim(db, now)
    for mail in claimed:
        await _send_one(db, smtp_url, mail, now)
    return len(claimed)


async def _claim(db: Database, now: datetime) -> Sequence[Mail]:
    async with db.transaction(now) as tx:
        due = select(Mail.id).where(Mail.status == "waiting", Mail.due_at <= now)
        ids = due.order_by(Mail.due_at, Mail.id).limit(BATCH).with_for_update(skip_locked=True)
        lease = update(Mail).where(Mail.id.in_(ids.scalar_subquery()))
        values = lease.values(due_at=now + LEASE, attempts=Mail.attempts + 1).returning(Mail)
        rows = await tx.session.scalars(values.execution_options(synchronize_session=False))
        return sorted(rows.all(), key=lambda mail: mail.id)


async def _send_one(db: Database, smtp_url: str, mail: Mail, now: datetime) -> None:
    assert db.shop is not None
    try:
        await deliver(smtp_url, message(mail, db.shop))
    except GivenUp as error:
        await _note(db, mail, now, {"status": "failed", "due_at": None, "error": str(error)[:500]})
    except (aiosmtplib.SMTPException, OSError) as error:
        await _note(db, mail, now, _retry(mail, now, f"{type(error).__name__}: {error}"))
    else:
        await _note(db, mail, now, {"status": "sent", "due_at": None, "sent_at": now, "error": ""})


def _retry(mail: Mail, now: datetime, error: str) -> dict[str, object]:
    logger.warning("mail %s was not sent: %s", mail.id, error)
    if mail.attempts > len(PAUSES):
        return {"status": "failed", "due_at": None, "error": error[:500]}
    return {"due_at": now + PAUSES[mail.attempts - 1], "error": error[:500]}


async def _note(db: Database, mail: Mail, now: datetime, values: dict[str, object]) -> None:
    async with db.transaction(now) as tx:
        mine = update(Mail).where(Mail.id == mail.id, Mail.attempts == mail.attempts)
        await tx.session.execute(mine.values(values))


def message(mail: Mail, shop: Shop) -> EmailMessage:
    """The mail as it goes out; its Message-ID stays the same over retries."""
    host = urlsplit(shop.public_url).hostname or "localhost"
    composed = EmailMessage()
    composed["Subject"] = mail.subject
    composed["From"] = Address(shop.name, "orders", host if "." in host else f"{host}.localdomain")
    composed["To"] = mail.recipient
    composed["Date"] = format_datetime(mail.created_at)
    composed["Message-ID"] = f"<mail-{mail.id}-{int(mail.created_at.timestamp())}@{host}>"
    composed["Auto-Submitted"] = "auto-generated"
    composed["Content-Language"] = mail.language
    composed.set_content(mail.text)
    composed.add_alternative(mail.html, subtype="html")
    return composed


async def deliver(smtp_url: str, composed: EmailMessage) -> None:
    """Hand a mail to the server. Raises GivenUp on a 5xx, else what went wrong for now."""
    parts = urlsplit(smtp_url)
    client = aiosmtplib.SMTP(
        hostname=parts.hostname,
        port=parts.port,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        use_tls=parts.scheme == "smtps",
        start_tls=True if parts.scheme == "smtp+starttls" else None,
        timeout=20,
    )
    try:
        async with client:
            await client.send_message(composed)
    except aiosmtplib.SMTPRecipientsRefused as error:
        _give_up_on_5xx(error.recipients[0].code, error.recipients[0].message)
        raise
    except aiosmtplib.SMTPResponseException as error:
        _give_up_on_5xx(error.code, error.message)
        raise


def _give_up_on_5xx(code: int, text: str) -> None:
    if code >= 500:
        raise GivenUp(f"{code} {text}")
