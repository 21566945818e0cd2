"""Processes that die, stop, hang and are replaced."""

import asyncio
import os
import signal
from functools import partial
from pathlib import Path

from app.operations.watchdog import EXIT_CODE
from tests.faults.conftest import Open, Prove
from tests.faults.world import FaultyWeb, stopped
from tests.marks import SCALED
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


@SCALED
async def test_an_order_that_a_stopped_process_has_locked_is_free_in_ten_seconds(
    open_world: Open, prove: Prove
) -> None:
    """Row 6: SIGSTOP between its statements and its commit, for longer than anybody waits."""
    world = await open_world()
    alice, *_, bob, _ = await world.gather()
    order, stuck = alice.orders[0], world.web[0]
    await stuck.arm("stop", "before_commit")
    bob.say(order, "a note that does not come to its end", "notes.add")
    await eventually(lambda: _state(stuck) == "T", "being stopped")
    world.note("SIGSTOP with an order locked")
    said = alice.say(order, "Hello?")
    await eventually(lambda: said.acked, "the order being free", 12)
    os.kill(stuck.pid, signal.SIGCONT)
    await prove(world)


@SCALED
async def test_a_child_that_is_stopped_for_ten_seconds_is_replaced(open_world: Open, prove: Prove) -> None:
    """Row 6: with several processes of one `serve` their parent notices after 5 s and starts another."""
    world = await open_world(supervised=True)
    await world.gather()
    world.chat()
    [web] = world.web
    children = await _children(web)
    stuck = max(children, key=_links)
    os.kill(stuck, signal.SIGSTOP)
    world.note("SIGSTOP of a child")

    async def replaced() -> bool:
        now = await _children(web)
        return stuck not in now and len(now) == len(children)

    await eventually(replaced, "another child", 20)
    await world.connected()
    await prove(world)
    assert sum(client.counts["dead links"] for client in world.clients) > 0


async def test_a_process_whose_loop_is_blocked_is_ended_by_its_watchdog(
    open_world: Open, prove: Prove
) -> None:
    """Row 7: nothing runs any more for 30 s; the watchdog (20 s, here 3) ends it, people move on."""
    world = await open_world(env={"WATCHDOG_WARNS_AFTER": "1", "WATCHDOG_ENDS_AFTER": "3"})
    await world.gather()
    world.chat()
    web = world.busiest
    await web.arm("block", value=30)
    world.note("the loop of a web process is blocked for 30 s")
    await eventually(lambda: not web.running, "the watchdog's end of it", 10)
    assert await web.stop(signal.SIGKILL) == EXIT_CODE
    assert "stuck" in web.text(), "it says why"
    await web.start()  # as a supervisor would
    await world.connected()
    await prove(world)


def _state(web: FaultyWeb) -> str:
    return Path(f"/proc/{web.pid}/stat").read_text().rpartition(")")[2].split()[0]


async def _children(web: FaultyWeb) -> set[int]:
    """Those that serve: Python's own helper for starting them is none."""
    found = Path(f"/proc/{web.pid}/task/{web.pid}/children").read_text().split()
    return {int(pid) for pid in found if b"spawn_main" in _command(int(pid))}


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _links(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))
