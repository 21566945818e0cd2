"""Redis dies, hangs, cuts its listeners off, and what it carries gets lost."""

import asyncio
from functools import partial

import pytest
from redis.asyncio import Redis

from tests.cast import BOB, CAROL
from tests.faults.client import StrictClient
from tests.faults.conftest import Open, Prove
from tests.faults.world import World, stopped
from tests.live_client import LiveClient
from tests.marks import SCALED
from tests.processes import eventually

HINTS = b"orderline:0:hints"


async def arrives(world: World, who: StrictClient, text: str) -> None:
    """It is acknowledged as ever, but for at most two seconds, and everybody has it a second later or so."""
    said = who.say(who.orders[0], text)
    await eventually(lambda: said.acked, "an acknowledgement")
    assert said.acked and said.sent
    assert said.acked - said.sent < 3
    for client in world.clients:
        if said.order in client.orders:
            await eventually(partial(client.has, said), f"{client.name} seeing {text}", 2.5)


@SCALED
@pytest.mark.parametrize("seconds", [1, 9])
async def test_messages_are_stored_and_arrive_while_redis_is_dead(
    open_world: Open, prove: Prove, seconds: float
) -> None:
    """Row 8: killed for 1 and for 9 s; delivery by the poller meanwhile, by the bus soon after."""
    world = await open_world()
    alice, *_ = await world.gather()
    world.chat()
    assert world.redis
    await world.redis.kill()
    world.note(f"redis is killed for {seconds} s")
    await asyncio.sleep(seconds - 1)
    await arrives(world, alice, "without Redis")
    await world.redis.start()
    await listening(world, within=2.5)
    await prove(world)


@SCALED
async def test_killed_listeners_are_back_and_miss_nothing(open_world: Open, prove: Prove) -> None:
    """Row 9: `CLIENT KILL TYPE pubsub`, again and again under traffic."""
    world = await open_world()
    await world.gather()
    world.chat()
    assert world.redis
    async with Redis.from_url(world.redis.url) as admin:
        for _ in range(8):
            assert await admin.client_kill_filter(_type="pubsub") > 0
            world.note("the listeners of Redis are killed")
            await asyncio.sleep(0.5)
    await prove(world)


@SCALED
async def test_a_redis_that_hangs_holds_nobody_up(open_world: Open, prove: Prove) -> None:
    """Row 10: SIGSTOP for 10 s; an acknowledgement takes at most two seconds longer."""
    world = await open_world()
    alice, *_ = await world.gather()
    world.chat()
    assert world.redis
    async with stopped(world.redis):
        world.note("redis hangs for 10 s")
        await asyncio.sleep(9)
        await arrives(world, alice, "past a Redis that hangs")
        await asyncio.sleep(1)
    await listening(world, within=6)
    await prove(world)


@SCALED
async def test_a_redis_link_that_is_half_open_is_noticed(open_world: Open, prove: Prove) -> None:
    """Row 10: the network swallows what goes to Redis; nobody is told."""
    world = await open_world()
    await world.gather()
    world.chat()
    assert world.to_redis
    world.to_redis.swallow()
    world.note("links to redis carry nothing")
    await asyncio.sleep(3)
    world.to_redis.mend()  # for new links; those that lost something stay dead
    await listening(world, within=12)
    await prove(world)


@SCALED
async def test_a_listener_that_redis_throws_out_misses_nothing(open_world: Open, prove: Prove) -> None:
    """Row 11: one process is stopped until its output buffer in Redis overflows."""
    world = await open_world()
    await world.gather()
    world.chat()
    assert world.redis
    async with Redis.from_url(world.redis.url) as admin:
        await admin.config_set("client-output-buffer-limit", "pubsub 32kb 16kb 1")
        async with stopped(world.web[1]):
            world.note("one process is stopped, and Redis' buffer for it overflows")
            before = await listeners(admin)
            await eventually(lambda: _flood(admin, before), "Redis throwing it out", 20)
    await world.connected()
    await listening(world, within=6)
    await prove(world)


async def test_hints_lost_doubled_and_late_are_not_noticed(open_world: Open, prove: Prove) -> None:
    """Row 12: in the process and between processes, of half of all announcements."""
    world = await open_world()
    await world.gather()
    for web in world.web:
        await web.told(unreliable=0.5)
    world.note("half of the hints are lost, doubled or late")
    world.chat(0.1)
    await asyncio.sleep(5)
    figures = await prove(world)
    assert figures.latest < 3


async def test_a_new_order_whose_announcement_is_lost_reaches_the_inbox(
    open_world: Open, prove: Prove
) -> None:
    """Row 12: nobody is told of it, and the lists of the team and of its customer show it all the same."""
    world = await open_world()
    alice, *_ = await world.gather()
    said = alice.say(alice.orders[0], "before the order")
    async with (
        LiveClient(world.web[-1].url, world.shop.tokens[BOB], inbox=True) as bob,
        LiveClient(world.web[-1].url, world.shop.tokens[CAROL], inbox=True) as carol,
    ):
        for web in world.web:
            await web.told(mute=True)
        world.note("no announcement leaves")
        number = await world.place(CAROL)
        for reader in (bob, carol):
            await reader.until(partial(reader.of_type, "list", number), within=2.5)
            assert reader.of_type("list", number)[-1]["row"]["last_seq"] == 1
        await eventually(lambda: said.acked)
    await prove(world)


async def listening(world: World, within: float) -> None:
    """Every web process hears Redis again."""
    assert world.redis
    async with Redis.from_url(world.redis.url) as admin:

        async def all_there() -> bool:
            found = dict(await admin.pubsub_numsub(HINTS))
            return int(found[HINTS]) == len(world.web)

        await eventually(all_there, "the listeners' return", within)


async def listeners(admin: Redis) -> int:
    return len(await admin.client_list(_type="pubsub"))


async def _flood(admin: Redis, before: int) -> bool:
    await admin.publish(HINTS, "x" * 32 * 1024)
    return await listeners(admin) < before
