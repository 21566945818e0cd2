"""What Orderline talks to: Redis, the worker, the mail server, the payment gateway."""

import asyncio
import fcntl
import secrets
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiosmtplib
import redis.asyncio
import stripe
from sqlalchemy import make_url

from app.db import Database
from app.doctor.result import Bad, Skipped
from app.errors import Problem
from app.operations.heartbeat import FRESH
from app.operations.lag import heartbeat
from app.payments.stripe_calls import AT_MOST
from app.settings import Settings
from app.storage import storage_of


async def bus(settings: Settings) -> str:
    """Redis, as the bus uses it: what is published is heard."""
    if settings.redis_url is None:
        raise Skipped("REDIS_URL is not set: one process, in-process bus")
    told = secrets.token_hex(8)
    async with redis.asyncio.Redis.from_url(settings.redis_url) as client, client.pubsub() as heard:
        channel = f"{settings.namespace}:doctor:{told}"
        await heard.subscribe(channel)
        await client.publish(channel, told)
        async with asyncio.timeout(5):
            async for message in heard.listen():
                if message["type"] == "message":
                    break
    return "answers, and what is published is heard"


async def worker(settings: Settings, db: Database) -> str:
    """Somebody does what time does."""
    async with db.read() as session:
        age = await heartbeat(session)
    if age is not None and age <= FRESH.total_seconds():
        return f"last seen {age:.0f} s ago"
    if settings.sqlite and not _served(settings):
        raise Skipped("runs inside `orderline serve`, which does not run")
    seen = "was never seen" if age is None else f"was last seen {age:.0f} s ago"
    raise Bad(f"no worker runs: one {seen}", "start `orderline worker`, and look into its log")


def _served(settings: Settings) -> bool:
    """Whether somebody holds the lock of `serve` (app.cli)."""
    path = Path(make_url(settings.database_url).database or "")
    lock = path.with_name(path.name + ".lock")
    if not lock.exists():
        return False
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


async def mail(settings: Settings) -> str:
    """The mail server, up to where a mail would begin."""
    if settings.smtp_url is None:
        raise Skipped("SMTP_URL is not set: mail is kept and shown to the owner")
    parts = urlsplit(settings.smtp_url)
    client = aiosmtplib.SMTP(
        hostname=parts.hostname,
        port=parts.port,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        use_tls=parts.scheme == "smtps",
        start_tls=True if parts.scheme == "smtp+starttls" else None,
        timeout=10,
    )
    async with client:
        await client.ehlo()
        encrypted = client.get_transport_info("sslcontext") is not None
        offered = client.supports_extension("starttls")
    if parts.username and not encrypted:
        todo = "use smtp+starttls:// or smtps://"
        raise Bad("the password goes to the mail server unencrypted", todo)
    if encrypted:
        return "answers, encrypted" + (", and lets us in" if parts.username else "")
    return "answers, unencrypted" + ("; it offers STARTTLS: smtp+starttls://" if offered else "")


async def gateway(settings: Settings) -> str:
    """That Stripe knows us; its webhook is looked at from outside."""
    if settings.stripe_secret_key is None:
        return "the demo bank, which moves no real money"
    if settings.stripe_webhook_secret is None:
        todo = "set it to the signing secret of the endpoint PUBLIC_URL/webhooks/stripe"
        raise Bad("STRIPE_WEBHOOK_SECRET is missing: outcomes come late, by asking", todo)
    http = stripe.HTTPXClient(timeout=AT_MOST)
    client = stripe.StripeClient(
        settings.stripe_secret_key,
        base_addresses={"api": settings.stripe_api_base} if settings.stripe_api_base else {},
        http_client=http,
        max_network_retries=0,
    )
    try:
        await client.v1.balance.retrieve_async()
    except stripe.PermissionError:
        return "Stripe knows the key, which is a restricted one"
    except stripe.AuthenticationError:
        raise Bad("Stripe does not know this key", "check STRIPE_SECRET_KEY") from None
    finally:
        await http.close_async()  # type: ignore[no-untyped-call]
    live = "_live_" in settings.stripe_secret_key
    return "Stripe, with a live key" if live else "Stripe, with a test key: no real money moves"


async def files(settings: Settings) -> str:
    """Where files lie: what is written there is read and gone again."""
    key, told = f"doctor/{secrets.token_hex(8)}", secrets.token_bytes(16)
    store = storage_of(settings)
    try:
        await store.put(key, told, "application/octet-stream")
        read = await store.read(key)
        await store.delete(key)
    except Problem as problem:
        todo = "check FILES_URL, and who may write there"
        raise Bad("no file can be written and read", todo) from problem
    if read != told:
        raise Bad("what is read is not what was written", "see what else writes there")
    return "takes and gives files"
