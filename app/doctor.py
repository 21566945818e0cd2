"""Checking a deployment: what it needs, whether that answers, and what to do when it does not."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import redis.asyncio

from app.migrate import is_behind
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Result:
    what: str
    good: bool
    detail: str


async def examine(settings: Settings) -> list[Result]:
    """Database, migrations, Redis, mail server and gateway, as this deployment's settings name them."""
    return [
        await _check("database", _database, settings),
        await _check("redis", _redis, settings),
        await _check("mail", _mail, settings),
        await _check("payments", _payments, settings),
    ]


async def _check(what: str, check: Callable[[Settings], Awaitable[str]], settings: Settings) -> Result:
    try:
        async with asyncio.timeout(10):
            return Result(what, True, await check(settings))
    except Exception as error:
        first = (str(error) or type(error).__name__).splitlines()[0]
        return Result(what, False, first)


async def _database(settings: Settings) -> str:
    if await is_behind(settings):
        raise RuntimeError("is behind; run `orderline migrate`")
    return "up to date"


async def _redis(settings: Settings) -> str:
    if settings.redis_url is None:
        return "not set: one process, in-process bus"
    client = redis.asyncio.Redis.from_url(settings.redis_url)
    async with client:
        await client.ping()
    return "answers"


async def _payments(settings: Settings) -> str:
    if settings.stripe_secret_key is None:
        return "not set: the demo bank, which moves no real money"
    if settings.stripe_webhook_secret is None:
        raise RuntimeError("STRIPE_WEBHOOK_SECRET is missing: outcomes come later, by asking")
    return "Stripe; its webhooks go to /webhooks/stripe"


async def _mail(settings: Settings) -> str:
    if settings.smtp_url is None:
        return "not set: mail is kept and shown to the owner"
    parts = urlsplit(settings.smtp_url)
    _, writer = await asyncio.open_connection(parts.hostname, parts.port or 25)
    writer.close()
    return "the mail server accepts connections"
