"""All checks, one after the other; what depends on the database is not asked when that is away."""

import asyncio
from collections.abc import Awaitable, Callable

from app.db import Database
from app.doctor import database, machine, neighbours, website
from app.doctor.result import Result, checked
from app.settings import Settings

Check = tuple[str, Callable[[], Awaitable[str]], str]


async def examine(settings: Settings) -> list[Result]:
    """Database, Redis, worker, mail, files, gateway, website, sockets and machine of this deployment."""
    db = Database(settings.database_url)
    try:
        first = await checked(
            "database", lambda: database.reached(db), "check DATABASE_URL, and that the database runs"
        )
        inside = _of_the_database(settings, db) if first.good else []
        others = await asyncio.gather(*(checked(*check) for check in (*inside, *_around(settings, db))))
        return [first, *others]
    finally:
        await db.close()


def _of_the_database(settings: Settings, db: Database) -> list[Check]:
    return [
        ("migrations", lambda: database.migrated(db), "run `orderline migrate`"),
        ("durability", lambda: database.durable(db), "see the database's configuration"),
        ("clock", lambda: database.clock(db), "let both machines keep time (NTP)"),
        ("worker", lambda: neighbours.worker(settings, db), "start `orderline worker`"),
    ]


def _around(settings: Settings, db: Database) -> list[Check]:
    proxy = "look at the proxy in front, and that `orderline serve` runs"
    return [
        ("redis", lambda: neighbours.bus(settings), "check REDIS_URL, and that Redis runs"),
        ("mail", lambda: neighbours.mail(settings), "check SMTP_URL: scheme, host, port, user, password"),
        ("files", lambda: neighbours.files(settings), "check FILES_URL"),
        ("payments", lambda: neighbours.gateway(settings), "check STRIPE_SECRET_KEY"),
        ("website", lambda: website.answers(settings), proxy),
        ("certificate", lambda: website.certificate(settings), "renew the certificate of the proxy"),
        ("cookies", lambda: website.cookies(settings), "give `serve` the PUBLIC_URL that people use"),
        ("payment webhook", lambda: website.webhook(settings), proxy),
        ("sockets", lambda: website.sockets(settings, db), proxy),
        ("disk", lambda: machine.disk(settings), "make room"),
    ]
