"""A backup of a world's database, and yesterday's come back."""

import shutil
import sqlite3
from contextlib import closing

from tests.faults.world import World
from tests.product import FILE, checked, environment

BACKUP = "yesterday.db"


async def back_up(world: World) -> None:
    """As it is now, while everybody works."""
    if world.postgres is None:
        files = (sqlite3.connect(world.directory / name) for name in (FILE, BACKUP))
        with closing(next(files)) as now, closing(next(files)) as kept:
            now.backup(kept)
        return
    name = world.name
    await _lock_out(world, name)
    await world.postgres.execute(f'CREATE DATABASE "{name}_yesterday" TEMPLATE "{name}"')
    await world.postgres.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


async def restore(world: World) -> None:
    """SQLite's file is replaced while nobody runs, and the epoch made new as the README says. PostgreSQL's
    database is replaced under running processes, which have to notice."""
    if world.postgres is None:
        for end in ("", "-wal", "-shm"):
            (world.directory / f"{FILE}{end}").unlink(missing_ok=True)
        shutil.copy(world.directory / BACKUP, world.directory / FILE)
        env = environment(DATABASE_URL=f"sqlite:///{world.directory / FILE}")
        await checked("new-epoch", env=env, directory=world.directory)
        return
    name = world.name
    await _lock_out(world, name)
    await world.postgres.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await world.postgres.execute(f'ALTER DATABASE "{name}_yesterday" RENAME TO "{name}"')


async def _lock_out(world: World, name: str) -> None:
    assert world.postgres
    await world.postgres.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    ended = f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{name}'"
    while await world.postgres.execute(ended):
        pass
