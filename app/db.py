"""The database: `read()` and `transaction()`, the same for SQLite and PostgreSQL."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, DateTime, Dialect, MetaData, any_, cast, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute
from sqlalchemy.types import JSON, TypeDecorator

from app.entries import Entry, Head

if TYPE_CHECKING:
    from app.shop import Shop

logger = logging.getLogger(__name__)
# what is raised while the database cannot be reached, or is too busy
AWAY = (OperationalError, InterfaceError, PoolTimeout, ConnectionError)
NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime in UTC; SQLite would give it back naive."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is not None:
            return value  # type: ignore[no-any-return]
        return value.replace(tzinfo=UTC)  # type: ignore[no-any-return]


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
        list[Any]: JSON,
    }


class Changes:
    """What is told of a change once it is committed: above all the heads, and the entries, oldest first.

    `charging` are the orders that have money on its way to or from the gateway; `revoked` are tickets that
    ended, `barred` people who are no longer allowed anything.
    """

    def __init__(self) -> None:
        self.heads: dict[int, Head] = {}
        self.entries: list[Entry] = []
        self.read_by: list[tuple[str, int]] = []
        self.revoked: list[str] = []
        self.barred: list[str] = []
        self.charging: list[int] = []


class Transaction(Changes):
    """One change: its session, its clock, the shop, and what to tell of it."""

    def __init__(self, session: AsyncSession, now: datetime, shop: "Shop") -> None:
        super().__init__()
        self.session = session
        self.now = now
        self.shop = shop
        self.cid: str | None = None
        self.digest: str | None = None
        self.finish: list[Callable[[], Awaitable[None]]] = []


class Database:
    """An engine and the two ways to use it. `committed` are told of changes right after their commit."""

    def __init__(self, url: str) -> None:
        self.sqlite = url.startswith("sqlite")
        self.engine = _engine(url)
        self._writes = self.engine.execution_options(write=True)
        self._reads = self.engine if self.sqlite else _unbound(self.engine)
        self._turn = asyncio.Lock()
        self.shop: Shop | None = None
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.committed: list[Callable[[Changes], None]] = []

    async def close(self) -> None:
        await self.engine.dispose()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session that only reads; on SQLite it never waits for a writer."""
        async with AsyncSession(self._reads, expire_on_commit=False) as session:
            yield session

    @asynccontextmanager
    async def fresh(self) -> AsyncIterator[AsyncSession]:
        """A session that writes before there is a shop, as migrations do."""
        async with AsyncSession(self._writes) as session, session.begin():
            yield session

    @asynccontextmanager
    async def transaction(self, now: datetime | None = None) -> AsyncIterator[Transaction]:
        """A change: committed as a whole when the block ends well, then announced."""
        assert self.shop is not None, "the shop is loaded before the first change"
        async with AsyncExitStack() as stack:
            if self.sqlite:
                # asyncio's lock is fair; SQLite's own busy handler lets a writer starve
                await stack.enter_async_context(self._turn)
            session = await stack.enter_async_context(AsyncSession(self._writes, expire_on_commit=False))
            await stack.enter_async_context(session.begin())
            tx = Transaction(session, now or self.clock(), self.shop)
            yield tx
            for step in tx.finish:
                await step()
        self.tell(tx)

    def tell(self, changes: Changes) -> None:
        """Right after their commit, which nothing that goes wrong here can undo."""
        for listener in self.committed:
            try:
                listener(changes)
            except Exception:
                logger.exception("telling of a commit")


def _unbound(engine: AsyncEngine) -> AsyncEngine:
    """Without transactions, for reads: in PostgreSQL each statement sees what is committed when it begins,
    with one or without, and BEGIN and ROLLBACK would be two round trips more."""
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def among(
    session: AsyncSession, column: InstrumentedAttribute[Any], values: Iterable[Any]
) -> ColumnElement[bool]:
    """Whether a column holds one of these, however many: as one value, where IN would make one of each."""
    if session.get_bind().dialect.name == "postgresql":
        return column == any_(cast(list(values), ARRAY(column.type)))
    return column.in_(values)


def insert_into(session: AsyncSession, table: type[Base]) -> Any:
    """The dialect's own INSERT, which has ON CONFLICT; both spell it alike."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


def _engine(url: str) -> AsyncEngine:
    if not url.startswith("sqlite"):
        settings = {"lock_timeout": "4000", "statement_timeout": "20000"}
        settings["idle_in_transaction_session_timeout"] = "8000"  # what a stopped process has locked
        return create_async_engine(
            url,
            pool_size=10,
            max_overflow=10,
            pool_pre_ping=True,
            hide_parameters=True,  # an error's text ends up in the logs
            connect_args={"server_settings": settings, "timeout": 5},
        )
    Path(make_url(url).database or "").parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(url, pool_size=10, max_overflow=10, hide_parameters=True)
    event.listen(engine.sync_engine, "connect", _sqlite_connect)
    event.listen(engine.sync_engine, "begin", _sqlite_begin)
    return engine


def _sqlite_connect(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN loses updates silently
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=8000", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begin(connection: Any) -> None:
    write = connection.get_execution_options().get("write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
