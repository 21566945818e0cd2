"""Migrations: bringing a database up to date, and finding out whether it is."""

import asyncio
import sys
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

import app.models  # noqa: F401 - fills the metadata
from app.db import Base, Database
from app.settings import Settings, load
from app.shop import new_facts, remember

# made by hand in the migrations: the database's own full-text index
BY_HAND = "order_texts_fts"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def ours(name: str | None, kind: str, _parents: Any) -> bool:
    """Whether models are expected to know of this table or index."""
    return name is None or BY_HAND not in name


def include(item: Any, name: str | None, kind: str, _reflected: bool, _compare: Any) -> bool:
    return ours(name, kind, None)


async def migrate(settings: Settings) -> None:
    """Run what is missing, and write the facts that a new database starts with."""
    db = Database(settings.database_url)
    try:
        async with db.engine.execution_options(write=True).begin() as connection:
            await connection.run_sync(_upgrade)
        async with db.fresh() as session:
            await remember(session, new_facts())
    finally:
        await db.close()


@cache
def revisions() -> tuple[str, ...]:
    """Every migration that this code knows, the newest first."""
    return tuple(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


async def is_behind(settings: Settings) -> bool:
    """Whether the database lacks migrations."""
    db = Database(settings.database_url)
    try:
        async with db.engine.connect() as connection:
            now = await connection.run_sync(_revision)
    finally:
        await db.close()
    return now != ScriptDirectory.from_config(_config()).get_current_head()


async def differences(settings: Settings) -> list[Any]:
    """Where models and migrated database differ."""
    db = Database(settings.database_url)
    try:
        async with db.engine.connect() as connection:
            return await connection.run_sync(_compare)
    finally:
        await db.close()


def _upgrade(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _compare(connection: Connection) -> list[Any]:
    options = {"include_name": ours, "include_object": include, "compare_type": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata))


def main() -> None:
    """`python -m app.migrate check`: exit 0 when the models are what the migrations make."""
    if sys.argv[1:] != ["check"]:
        sys.exit("usage: python -m app.migrate check")
    settings = load()
    asyncio.run(migrate(settings))
    found = asyncio.run(differences(settings))
    for difference in found:
        sys.stderr.write(f"{difference}\n")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
