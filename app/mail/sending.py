"""Sending what waits: claimed with a lease, retried with growing pauses, given up on a 5xx.

The sender is the user of SMTP_URL where that is an address, since most servers accept no other; else
`orders@` the host of PUBLIC_URL. Nothing in a mail tells when or whether it was opened. There are no `List-`
headers: every mail is about its reader's own orders, and there is no list to leave.
"""

import asyncio
import logging
import re
import time
from datetime import UTC, datetime, timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import SplitResult, unquote, urlsplit

import aiosmtplib
from sqlalchemy import ColumnElement, and_, not_, select, update

from app.branding.logo import for_mails
from app.db import Database
from app.mail.model import Mail
from app.mail.outbox import LOGO
from app.shop import Shop
from app.storage import Storage

LEASE = timedelta(minutes=2)
PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720, 1440)]
AT_MOST = 30.0  # seconds for one mail, well within its lease
ROUND = 10.0  # seconds after which other jobs get their turn
NAMED = re.compile(r"[\w.-]+\.[a-z][\w-]+")  # neither an address in digits nor a bare name
logger = logging.getLogger(__name__)


class GivenUp(Exception):
    """The server refused for good."""


async def send_due(
    db: Database, storage: Storage, smtp_url: str, now: datetime, *, patient: bool = True
) -> int:
    """Send the mail that is due, one after the other; answers how many were tried.

    `patient`: leave alone what another worker holds, even if `now` is a time after its lease.
    """
    began, tried = time.monotonic(), 0
    while time.monotonic() - began < ROUND:
        mail = await _claim(db, now, patient)
        if mail is None:
            break
        await _send_one(db, storage, smtp_url, mail, now)
        tried += 1
    return tried


async def held(db: Database, now: datetime) -> bool:
    """Whether a worker holds mail at this very moment that is due at a later `now`."""
    async with db.read() as session:
        wanted = select(Mail.id).where(_held(), Mail.due_at <= now).limit(1)
        return await session.scalar(wanted) is not None


def _held() -> ColumnElement[bool]:
    leased = and_(Mail.status == "waiting", Mail.attempts > 0, Mail.error == "")
    return and_(leased, Mail.due_at > datetime.now(UTC))


async def _claim(db: Database, now: datetime, patient: bool) -> Mail | None:
    async with db.transaction(now) as tx:
        due = select(Mail.id).where(Mail.status == "waiting", Mail.due_at <= now)
        due = due.where(not_(_held())) if patient else due
        first = due.order_by(Mail.due_at, Mail.id).limit(1).with_for_update(skip_locked=True)
        lease = update(Mail).where(Mail.id == first.scalar_subquery())
        values = {"due_at": now + LEASE, "attempts": Mail.attempts + 1, "error": ""}
        claimed = lease.values(values).returning(Mail).execution_options(synchronize_session=False)
        return await tx.session.scalar(claimed)


async def _send_one(db: Database, storage: Storage, smtp_url: str, mail: Mail, now: datetime) -> None:
    assert db.shop is not None
    try:
        async with asyncio.timeout(AT_MOST):
            carried = LOGO in mail.html and db.shop.logo is not None
            logo = await for_mails(storage, db.shop.logo) if carried and db.shop.logo else None
            await deliver(smtp_url, message(mail, db.shop, smtp_url, logo))
    except (GivenUp, ValueError, MessageError) as error:
        logger.warning("mail %s is given up: %s", mail.id, error)
        await _note(db, mail, now, {"status": "failed", "due_at": None, "error": str(error)[:500]})
    except (aiosmtplib.SMTPException, OSError) as error:
        await _note(db, mail, now, _retry(mail, now, f"{type(error).__name__}: {error}".rstrip(": ")))
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


def message(mail: Mail, shop: Shop, smtp_url: str, logo: bytes | None = None) -> EmailMessage:
    """The mail as it goes out, with the logo (PNG); its Message-ID stays the same over retries."""
    composed = EmailMessage()
    composed["Subject"] = mail.subject
    composed["From"] = _sender(shop, urlsplit(smtp_url))
    composed["To"] = mail.recipient
    composed["Date"] = format_datetime(mail.created_at)
    composed["Message-ID"] = f"<mail-{mail.id}-{int(mail.created_at.timestamp())}@{_host(shop)}>"
    # so that an absence note never answers, and no two machines ever write to each other
    composed["Auto-Submitted"] = "auto-generated"
    composed["X-Auto-Response-Suppress"] = "All"
    composed.set_content(mail.text)
    composed.add_alternative(mail.html, subtype="html")
    if logo is not None:
        *_, shown = composed.iter_parts()
        assert isinstance(shown, EmailMessage)
        shown.add_related(logo, "image", "png", cid="<logo>", disposition="inline", filename="logo.png")
    composed["Content-Language"] = mail.language  # after the parts, which take such headers with them
    return composed


def _sender(shop: Shop, server: SplitResult) -> Address:
    name, _, domain = unquote(server.username or "").rpartition("@")
    if name and domain:
        return Address(shop.name, name, domain)
    host = _host(shop)
    return Address(shop.name, "orders", host if NAMED.fullmatch(host) else "localhost.localdomain")


def _host(shop: Shop) -> str:
    return urlsplit(shop.public_url).hostname or "localhost"


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
    except aiosmtplib.SMTPAuthenticationError:
        raise  # says nothing about this mail: a password can be put right
    except aiosmtplib.SMTPResponseException as error:
        _give_up_on_5xx(error.code, error.message)
        raise


def _give_up_on_5xx(code: int, text: str) -> None:
    if code >= 500:
        raise GivenUp(f"{code} {text}")
