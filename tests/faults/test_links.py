"""Links between people and the shop that break, hang, and come back all at once."""

import asyncio
import time

from tests.cast import ALICE, BOB
from tests.faults.client import Manners
from tests.faults.conftest import Open, Prove
from tests.processes import eventually


async def test_links_that_are_reset_in_the_middle_lose_and_double_nothing(
    open_world: Open, prove: Prove
) -> None:
    """Row 1: RST mid-stream, and orderly ends; everybody is back within two seconds."""
    world = await open_world()
    await world.gather()
    world.chat()
    for turn in range(6):
        await asyncio.sleep(0.4)
        for web in world.web:
            (web.door.cut if turn % 2 else web.door.reset)()
        world.note("every link is cut" if turn % 2 else "every link is reset")
        await world.connected(within=2)
    await prove(world)


async def test_a_half_open_link_is_noticed_at_both_ends(open_world: Open, prove: Prove) -> None:
    """Row 2: nothing passes any more and nobody is told.

    Shortened alike: silence is 3 s for the client (35 s in the browser), a ping and its answer take 2 s each
    for the server (20 s), then 2 s until it lets go.
    """
    world = await open_world()
    await world.gather()
    world.chat()
    sockets = await world.sockets()
    since = time.monotonic()
    for web in world.web:
        web.door.swallow()
    world.note("links carry nothing, and nobody is told")
    await asyncio.sleep(1)
    for web in world.web:
        web.door.mend()  # for new links; those that lost something stay dead
    await eventually(lambda: all(c.since > since + 1 for c in world.clients), "everybody coming back", 6)

    async def freed() -> bool:
        return await world.sockets() <= sockets

    await eventually(freed, "the server freeing what is dead", 10)
    await prove(world)
    assert sum(client.counts["dead links"] for client in world.clients) >= len(world.clients)


async def test_a_lost_acknowledgement_is_answered_the_same_when_asked_again(
    open_world: Open, prove: Prove
) -> None:
    """Row 3: every socket is closed after the commit, so that neither ack nor event leaves."""
    world = await open_world()
    await world.gather()
    world.chat()
    for _ in range(5):
        async with world.struck("sockets are closed right after a commit"):
            await world.busiest.arm("drop_sockets", "after_commit")
        await world.connected()
    await prove(world)
    assert sum(client.counts["connections"] for client in world.clients) > len(world.clients)


async def test_a_reader_that_stops_is_shed_and_comes_back_complete(open_world: Open, prove: Prove) -> None:
    """Row 13: others do not notice, memory stays bounded, the slow one is closed and complete afterwards."""
    world = await open_world()
    alice, *_, bob, olga = await world.gather()
    slow = world.join("carl who reads nothing", ALICE, alice.orders)
    await world.connected()
    slow.read_nothing()
    world.note("a client reads nothing more")
    world.chat(clients=[alice, bob, olga])
    await world.write(BOB, slow.orders, ["x" * 15_000] * 45)

    async def shed() -> bool:
        return await world.sockets() < len(world.clients)

    await eventually(shed, "shedding the slow one", 15)
    slow.read_on()
    figures = await prove(world)
    assert figures.latest < 2, "others waited for the slow one"
    assert slow.counts["connections"] >= 2


async def test_who_joins_in_the_middle_of_a_burst_misses_nothing(open_world: Open, prove: Prove) -> None:
    """Row 16: somebody comes every 20 ms while entries are written: catching up and live are one path."""
    world = await open_world()
    people = await world.gather()
    world.chat(0.1)
    for number in range(60):
        order = people[number % 2].orders[0]
        world.join(f"late {number}", ALICE, [order], door=number)
        await asyncio.sleep(0.02)
    world.note("60 people join in a burst")
    await asyncio.sleep(0.5)
    await prove(world)


async def test_all_come_back_at_once_and_nobody_is_refused(open_world: Open, prove: Prove) -> None:
    """Row 17: a reconnect storm: all sockets drop, and return without a pause between them."""
    world = await open_world()
    alice, *_, bob, olga = await world.gather()
    hasty = Manners(first_pause=0.0, longest_pause=0.0)
    storm = [world.join(f"hasty {n}", (ALICE, BOB)[n % 2], alice.orders, n, hasty) for n in range(100)]
    await world.connected()
    world.chat(clients=[alice, bob, olga])
    for web in world.web:
        web.door.reset()
    world.note("all sockets drop at once")
    await asyncio.sleep(0.05)
    await world.connected(within=8)
    figures = await prove(world)
    assert {code for client in storm for code in client.codes} <= {None, 1006}
    assert not [name for name in figures.counts if name.startswith("nack")]


async def test_a_client_that_slept_catches_up_when_it_wakes(open_world: Open, prove: Prove) -> None:
    """Row 23: a laptop sleeps: its socket is gone when it wakes, and much was written meanwhile."""
    world = await open_world()
    alice, other, *_, bob, olga = await world.gather()
    await alice.stop()
    world.note("alice's laptop sleeps")
    world.chat(clients=[other, bob, olga])
    await asyncio.sleep(2)
    written = alice.say(alice.orders[0], "written in the tunnel")
    await asyncio.sleep(0.5)
    assert written.acked is None
    alice.start()
    await world.connected()
    await prove(world)
    assert alice.has(written)
