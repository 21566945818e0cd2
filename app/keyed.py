"""A PostgreSQL connection for the few statements of which a chat needs a thousand a second.

It is one of the pool's, kept, and used below SQLAlchemy, whose ways would cost more than the work: each
statement is one round trip and a transaction of its own.
"""

from contextlib import suppress
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.db import AWAY

# All these statements look rows up by their keys. Left to statistics, PostgreSQL would rather read small
# tables as a whole for each, and plan anew when they have grown.
SETTINGS = """SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_seqscan = off;
SET plan_cache_mode = force_generic_plan; SET jit = off"""
AWAY_AT_ALL = (
    *AWAY,
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
)


class Keyed:
    """One user at a time."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._connection: AsyncConnection | None = None
        self._raw: Any = None
        self._prepared: dict[str, Any] = {}

    async def fetch(self, statement: str, *values: Any) -> list[Any]:
        """The rows. Raises what asyncpg and the pool raise; after that, `drop` it."""
        if self._raw is not None and self._raw.is_closed():
            await self.drop()
        raw = self._raw or await self._connect()
        prepared = self._prepared.get(statement)
        if prepared is None:
            prepared = self._prepared[statement] = await raw.prepare(statement)
        return await prepared.fetch(*values)  # type: ignore[no-any-return]

    async def drop(self) -> None:
        """Close it; the next `fetch` takes another."""
        connection, self._connection, self._raw = self._connection, None, None
        self._prepared.clear()
        if connection is not None:
            with suppress(Exception):
                (await connection.get_raw_connection()).driver_connection.terminate()  # type: ignore[union-attr]
            with suppress(Exception):
                await connection.invalidate()
                await connection.close()

    async def _connect(self) -> Any:
        self._connection = await self._engine.connect()
        raw: Any = (await self._connection.get_raw_connection()).driver_connection
        await raw.execute(SETTINGS)
        self._raw = raw
        return raw
