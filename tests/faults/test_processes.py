"""Processes that die, stop, hang and are replaced."""

import asyncio
import signal
from functools import partial

from tests.faults.conftest import Open, Prove
from tests.faults.world import FaultyWeb, stopped
from tests.processes import eventually

MOMENTS = (
    ("before_commit", "kill", 0.0),
    ("before_commit", "kill_soon", 0.0005),  # at commit, or so
    ("after_commit", "kill", 0.0),
    ("after_announce", "kill", 0.0),
    ("after_publish", "kill", 0.0),
)


async def test_a_web_process_killed_around_its_commit_loses_and_doubles_nothing(
    open_world: Open, prove: Prove
) -> None:
    """Row 4: `kill -9` before, at and after the commit, before and after others were told."""
    world = await open_world(worker=True)
    await world.gather()
    world.chat()
    for at, action, value in MOMENTS:
        if at == "after_publish" and world.redis is None:
            continue
        web = world.busiest
        await web.arm(action, at, value)
        await killed(web)
        world.note(f"kill -9 {at}")
        await web.kill()
        await web.start()
        await world.connected()
    await prove(world)


async def test_others_see_within_two_seconds_what_a_killed_process_had_committed(
    open_world: Open, prove: Prove
) -> None:
    """Row 4: killed after the commit and before anybody was told, so that only the log knows."""
    world = await open_world()
    alice, *_, bob, olga = await world.gather()
    order = alice.orders[0]
    await world.web[0].arm("kill", "after_commit")
    said = alice.say(order, "my last words")
    await killed(world.web[0])
    world.note("kill -9 after commit")
    if world.redis is None:
        await world.web[0].kill()
        await world.web[0].start()
    for reader in (bob, olga):
        within = 2 if world.redis else 10
        await eventually(partial(reader.has, said), f"{reader.name} seeing it", within)
    await prove(world)


async def test_a_rolling_restart_under_traffic_sheds_everybody_gently(open_world: Open, prove: Prove) -> None:
    """Row 5: SIGTERM; 1012 spread over the drain, nothing acknowledged is lost, gone in 20 seconds."""
    world = await open_world(worker=True)
    await world.gather()
    world.chat()
    for web in world.web:
        await asyncio.sleep(0.5)
        world.note("SIGTERM")
        assert await web.stop(within=20) in (0, -signal.SIGTERM)
        await web.start()
        await world.connected()
    if world.worker:
        await world.worker.restart()
    await prove(world)
    for client in world.clients:
        assert set(client.codes) <= {1012, None, 1006}, f"{client.name}: {client.codes}"
    assert sum(client.codes[1012] for client in world.clients) >= len(world.clients)


async def test_a_process_that_is_stopped_for_three_seconds_is_only_late(
    open_world: Open, prove: Prove
) -> None:
    """Row 6: SIGSTOP and SIGCONT."""
    world = await open_world()
    await world.gather()
    world.chat()
    async with stopped(world.web[0]):
        world.note("SIGSTOP for 3 s")
        await asyncio.sleep(3)
    await world.connected()
    await prove(world)


async def killed(web: FaultyWeb) -> None:
    await eventually(lambda: not web.running, "being killed")
