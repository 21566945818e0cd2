"""The database dies, hangs, is full, is late, and goes back to yesterday."""

import asyncio
import resource
import sqlite3
from contextlib import closing

import pytest

from tests.cast import ALICE
from tests.faults.backup import back_up, restore
from tests.faults.conftest import Open, Prove
from tests.marks import EMBEDDED, SCALED
from tests.processes import eventually
from tests.product import FILE


async def test_postgres_restarts_under_traffic(open_own_world: Open, prove: Prove) -> None:
    """Row 14: `pg_ctl restart -m immediate`, twice: acknowledged is durable, each cid is stored once."""
    world = await open_own_world()
    await world.gather()
    world.chat()
    for _ in range(2):
        await asyncio.sleep(1)
        assert world.postgres
        world.note("PostgreSQL is restarted, immediate")
        await world.postgres.restart(immediate=True)
        await asyncio.sleep(1)
    await prove(world)


@SCALED
async def test_connections_to_postgres_are_cut_in_the_middle_of_commits(
    open_world: Open, prove: Prove
) -> None:
    """Row 14: every backend is terminated, again and again; some at COMMIT."""
    world = await open_world()
    await world.gather()
    world.chat(0.1)
    for number in range(10):
        await asyncio.sleep(0.25)
        if number % 2:
            await world.rows(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        elif world.to_database:
            world.to_database.reset()
        world.note("the database's connections are cut")
    await prove(world)


@SCALED
async def test_postgres_hangs_for_a_while(open_world: Open, prove: Prove) -> None:
    """Row 14: nothing comes back from it for 4 s; then what was unknown is asked again with the same cid."""
    world = await open_world()
    await world.gather()
    world.chat()
    await asyncio.sleep(0.5)
    assert world.to_database
    world.to_database.pause()
    world.note("PostgreSQL hangs for 4 s")
    await asyncio.sleep(4)
    world.to_database.mend()
    await prove(world)


async def test_a_commit_that_fails_is_not_acknowledged(open_world: Open, prove: Prove) -> None:
    """Row 14: the database refuses at COMMIT; the client is told to try again, and it is stored once."""
    world = await open_world()
    await world.gather()
    world.chat()
    for _ in range(5):
        async with world.struck("a commit fails"):
            await world.busiest.arm("fail", "before_commit")
    await prove(world)


@EMBEDDED
@pytest.mark.parametrize("how", ["no more pages", "no more bytes"])
async def test_a_full_disk_loses_nothing_that_was_acknowledged(
    open_world: Open, prove: Prove, how: str
) -> None:
    """Row 14: SQLite's own limit of pages, and the kernel's of a file's size. People wait, and it goes on."""
    world = await open_world()
    await world.gather()
    world.chat()
    await asyncio.sleep(0.5)
    [web] = world.web
    if how == "no more pages":
        await web.told(full=True)
    else:
        resource.prlimit(web.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    world.note(f"the disk is full: {how}")
    alice = world.clients[0]
    await eventually(lambda: alice.counts["nack unavailable"] > 1, "being told to try again")
    async with world.api(ALICE) as reading:
        assert (await reading.get(f"/orders/{alice.orders[0]}")).status_code == 200
    await asyncio.sleep(1)
    if how == "no more pages":
        await web.told(full=False)
    else:
        resource.prlimit(web.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    world.note("there is room again")
    await prove(world)


@EMBEDDED
async def test_somebody_else_holds_the_file_for_three_seconds(open_world: Open, prove: Prove) -> None:
    """Row 14: `BEGIN EXCLUSIVE` from outside, as a backup or a command may do."""
    world = await open_world()
    await world.gather()
    world.chat()
    await asyncio.sleep(0.5)
    with closing(sqlite3.connect(world.directory / FILE, isolation_level=None, timeout=10)) as other:
        other.execute("BEGIN EXCLUSIVE")
        world.note("somebody else holds the database for 3 s")
        await asyncio.sleep(3)
        other.execute("ROLLBACK")
    await prove(world)


async def test_many_write_to_one_order_at_once_and_some_fail(open_world: Open, prove: Prove) -> None:
    """Row 15: nine writers through every process, a fifth of the commits fails: no holes in the log."""
    world = await open_world()
    alice, *_ = await world.gather()
    for number in range(6):
        world.join(f"writer {number}", ALICE, alice.orders[:1], number)
    await world.connected()
    for web in world.web:
        await web.told(failing=0.2)
    world.note("a fifth of all commits fails")
    world.chat(0.1)
    await asyncio.sleep(4)
    for web in world.web:
        await web.told(failing=0.0)
    await prove(world)


async def test_the_database_comes_back_from_yesterdays_backup(open_world: Open, prove: Prove) -> None:
    """Row 20: seqs go back and are given again: all start afresh, and nobody mixes the two histories."""
    world = await open_world()
    people = await world.gather()
    world.chat()
    await asyncio.sleep(1)
    await world.settle()
    await back_up(world)
    world.chat()
    await asyncio.sleep(1.5)
    await world.settle()
    epochs = {client.epoch for client in people}
    if world.postgres is None:
        await world.web[0].stop()
    await restore(world)
    world.note("yesterday's backup is restored")
    world.forget()
    if world.postgres is None:
        await world.web[0].start()
    await eventually(lambda: not epochs & {client.epoch for client in people}, "a new epoch", 10)
    world.chat()
    await asyncio.sleep(1.5)
    await prove(world)
    assert all(client.counts["resets"] for client in people)


async def test_clocks_that_jump_change_neither_order_nor_dedupe(open_world: Open, prove: Prove) -> None:
    """Row 21: every process' clock jumps an hour back and an hour forth."""
    world = await open_world()
    await world.gather()
    world.chat()
    for hours in (-1, 1, -1, 0):
        for web in world.web:
            await web.told(clock=hours * 3600)
        world.note(f"clocks stand {hours:+} h off")
        await asyncio.sleep(0.7)
    await prove(world)
