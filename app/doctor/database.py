"""The database: that it answers, is up to date, keeps what it was told, and knows what time it is."""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import text

from app.db import Database
from app.doctor.result import Bad
from app.migrate import revisions

MOST_SKEW: Final = 2.0  # seconds
# With any of these a power cut takes what was acknowledged.
DURABLE: Final = {"fsync": ("on",), "synchronous_commit": ("on", "remote_write", "remote_apply", "local")}


async def reached(db: Database) -> str:
    async with db.read() as session:
        if db.sqlite:
            version = await session.scalar(text("SELECT sqlite_version()"))
            return f"SQLite {version} answers"
        return f"PostgreSQL {await session.scalar(text('SHOW server_version'))} answers"


async def migrated(db: Database) -> str:
    async with db.read() as session:
        now = await session.scalar(text("SELECT version_num FROM alembic_version"))
    if now == revisions()[0]:
        return f"up to date ({now})"
    if now in revisions():
        raise Bad(f"the database is behind ({now})", "run `orderline migrate`")
    raise Bad(f"this code does not know migration {now}", "install the release that made it")


async def durable(db: Database) -> str:
    """That what was acknowledged is stored."""
    return await (_sqlite(db) if db.sqlite else _postgresql(db))


async def _sqlite(db: Database) -> str:
    async with db.read() as session:
        journal = await session.scalar(text("PRAGMA journal_mode"))
        synchronous = await session.scalar(text("PRAGMA synchronous"))
    if (journal, synchronous) != ("wal", 2):
        raise Bad(
            f"journal_mode={journal}, synchronous={synchronous}: a power cut may take what was acknowledged",
            "keep the file on a local disk: SQLite's WAL does not work on network shares",
        )
    return "WAL, synchronous=FULL"


async def _postgresql(db: Database) -> str:
    async with db.read() as session:
        found = {name: str(await session.scalar(text(f"SHOW {name}"))) for name in DURABLE}
    judge(found)
    return ", ".join(f"{name}={value}" for name, value in found.items())


def judge(found: dict[str, str]) -> None:
    """Raises Bad for settings of PostgreSQL with which it may forget."""
    for name, good in DURABLE.items():
        if found[name] not in good:
            what = f"{name}={found[name]}: a power cut may take what was acknowledged"
            raise Bad(what, f"set {name}=on in PostgreSQL, for this database and role, too")


async def clock(db: Database) -> str:
    """That both clocks agree: leases, quotes and charges are counted in times."""
    if db.sqlite:
        return "the database's clock is this machine's"
    async with db.read() as session:
        before = datetime.now(UTC)
        there = await session.scalar(text("SELECT clock_timestamp()"))
        after = datetime.now(UTC)
    assert isinstance(there, datetime)
    skew = max((before - there).total_seconds(), (there - after).total_seconds(), 0.0)
    if skew > MOST_SKEW:
        raise Bad(f"the database's clock and this one are {skew:.1f} s apart", "let both keep time (NTP)")
    return f"the database's clock and this one agree ({skew:.1f} s)"
