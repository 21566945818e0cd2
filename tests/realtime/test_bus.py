"""The bus over a real Redis that dies, hangs and comes back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from app.entries import Head
from realtime.bus import CHANNELS, CONTROL, EPHEMERAL, HINTS, Bus, hint
from realtime.live import Announcer
from tests import servers
from tests.processes import eventually
from tests.realtime.conftest import QUICK, Connect, serve
from tests.realtime.source import Log


class Ear:
    """A process that only listens."""

    def __init__(self, url: str | None) -> None:
        self.bus = Bus(url, timeout=0.5)
        self.heard: list[tuple[str, str]] = []
        self.resyncs = 0

    @classmethod
    @asynccontextmanager
    async def listening(cls, url: str | None) -> AsyncIterator["Ear"]:
        ear = cls(url)

        def resync() -> None:
            ear.resyncs += 1

        listeners = {c: lambda line, c=c: ear.heard.append((c, line)) for c in CHANNELS}
        await ear.bus.start(listeners, resync)
        try:
            await eventually(lambda: ear.bus.up)
            if url is not None:
                await eventually(lambda: ear.resyncs == len(CHANNELS))
            yield ear
        finally:
            await ear.bus.stop()


async def test_what_one_says_the_others_hear_in_order(redis: servers.Redis) -> None:
    async with Ear.listening(redis.url) as one, Ear.listening(redis.url) as two:
        for number in range(100):
            one.bus.tell(EPHEMERAL, str(number))
            await asyncio.sleep(0)
        one.bus.announce({7: Head(3, 2)})
        await eventually(lambda: (HINTS, "7:3:2") in two.heard)
        await eventually(lambda: len(two.heard) == 101)
        assert [line for channel, line in two.heard if channel == EPHEMERAL] == [str(n) for n in range(100)]
        assert not one.heard


async def test_what_is_said_together_goes_out_together(redis: servers.Redis) -> None:
    async with (
        Ear.listening(redis.url) as one,
        Ear.listening(redis.url) as two,
        Redis.from_url(redis.url) as watch,
    ):
        before = (await watch.info("commandstats"))["cmdstat_publish"]["calls"] if one.heard else 0
        one.bus.announce({order: Head(1, 1) for order in range(500)})
        one.bus.announce({7: Head(2, 2)})
        await eventually(lambda: len(two.heard) == 500)
        assert (HINTS, "7:2:2") in two.heard
        assert (await watch.info("commandstats"))["cmdstat_publish"]["calls"] - before == 1


async def test_access_that_ended_goes_first(redis: servers.Redis) -> None:
    async with Ear.listening(redis.url) as one, Ear.listening(redis.url) as two:
        one.bus.announce({7: Head(3, 2)})
        one.bus.tell(CONTROL, "ticket 4401 t:1")
        await eventually(lambda: len(two.heard) == 2)
        assert two.heard[0] == (CONTROL, "ticket 4401 t:1")


async def test_redis_is_killed_and_comes_back(redis: servers.Redis) -> None:
    async with Ear.listening(redis.url) as one, Ear.listening(redis.url) as two:
        await redis.kill()
        await eventually(lambda: not one.bus.up and not two.bus.up)
        one.bus.tell(EPHEMERAL, "lost")
        await redis.start()
        await eventually(lambda: one.bus.up and two.bus.up)
        assert two.resyncs == 2 * len(CHANNELS)
        await eventually(lambda: _says(one, "again", two))
        assert (EPHEMERAL, "lost") not in two.heard


async def test_the_subscription_alone_is_cut(redis: servers.Redis) -> None:
    async with (
        Ear.listening(redis.url) as one,
        Ear.listening(redis.url) as two,
        Redis.from_url(redis.url) as admin,
    ):
        await admin.client_kill_filter(_type="pubsub")
        await eventually(lambda: two.resyncs == 2 * len(CHANNELS))
        await eventually(lambda: _says(one, "again", two))


async def test_a_foreign_message_makes_nobody_deaf(redis: servers.Redis) -> None:
    async with (
        Ear.listening(redis.url) as one,
        Ear.listening(redis.url) as two,
        Redis.from_url(redis.url) as other,
    ):
        for rubbish in (b"\xff\xfe\x00", b"", b"\n\n", b"x\nnonsense"):
            for channel in CHANNELS:
                await other.publish(f"orderline:{channel}", rubbish)
        await eventually(lambda: _says(one, "still here", two))


async def test_a_process_does_not_trip_over_nonsense(clients: Connect, redis: servers.Redis) -> None:
    async with serve(bus_url=redis.url) as node, Redis.from_url(redis.url) as other:
        await eventually(lambda: node.live.bus_up)
        cara = await clients(node, "cara", orders={"1042": 0})
        for line in ("1042:x:1", "1042", "[]", '["presence",7]', '["typing",[1042]]', "ticket 4401", ""):
            for channel in CHANNELS:
                await other.publish(f"orderline:{channel}", f"somebody\n{line}")
        assert (await cara.do("a"))["type"] == "ack"
        async with Announcer(redis.url) as announcer:
            node.shop.log.append(1042, "b")
            announcer.committed({1042: Head(2, 2)})
        await cara.until(lambda: cara.texts["1042"] == ["a", "b"])


async def test_publishing_never_holds_anybody_up() -> None:
    bus = Bus("redis://127.0.0.1:1/0", timeout=0.2)
    await bus.start({channel: lambda line: None for channel in CHANNELS})
    for number in range(10_000):
        bus.announce({number: Head(1, 1)})
        bus.tell(CONTROL, "ticket 4401 t:1")
    assert not bus.up
    await bus.stop()


async def test_one_process_needs_no_bus() -> None:
    async with Ear.listening(None) as ear:
        ear.bus.announce({1: Head(1, 1)})
        ear.bus.tell(CONTROL, "x")
        assert ear.bus.up
    assert not ear.heard


async def test_a_worker_announces_before_it_ends(redis: servers.Redis) -> None:
    async with Ear.listening(redis.url) as ear:
        async with Announcer(redis.url) as announcer:
            announcer.committed({1042: Head(2, 1)})
            announcer.read("m1", 1042)
            announcer.revoked(ticket="t:1", person="m2")
        await eventually(lambda: len(ear.heard) == 4)
        assert sorted(line for _, line in ear.heard) == sorted(
            ["1042:2:1", "1042 m1", "ticket 4401 t:1", "person 4401 m2"]
        )


@pytest.mark.parametrize("line", ["", "1", "1:2", "1:2:3:4", "a:1:1"])
def test_what_is_no_hint(line: str) -> None:
    with pytest.raises(ValueError):
        hint(line)


async def test_hints_bring_entries_from_another_process_at_once(
    clients: Connect, redis: servers.Redis
) -> None:
    log, quiet = Log(), replace(QUICK, poll=60.0)
    async with serve(log, redis.url, quiet) as one, serve(log, redis.url, quiet) as two:
        await eventually(lambda: one.live.bus_up and two.live.bus_up)
        anna, cara = (
            await clients(one, "anna", orders={"1042": 0}),
            await clients(two, "cara", orders={"1042": 0}),
        )
        await anna.do("to the other process")
        await cara.until(lambda: cara.texts["1042"] == ["to the other process"], 5)


async def test_messages_go_on_while_redis_is_away(clients: Connect, redis: servers.Redis) -> None:
    log = Log()
    async with serve(log, redis.url) as one, serve(log, redis.url) as two:
        await eventually(lambda: one.live.bus_up and two.live.bus_up)
        anna, cara = (
            await clients(one, "anna", orders={"1042": 0}),
            await clients(two, "cara", orders={"1042": 0}),
        )
        for moment in ("before", "while", "after"):
            if moment == "while":
                await redis.kill()
            if moment == "after":
                await redis.start()
            for number in range(10):
                assert (await anna.do(f"{moment} {number}"))["type"] == "ack"
        await cara.until(lambda: len(cara.texts["1042"]) == 30)
        assert not cara.gaps
        await eventually(lambda: one.live.bus_up and two.live.bus_up)


def _says(one: Ear, text: str, two: Ear) -> bool:
    """Said again until it is heard: a publisher's first try may go to the connection that died."""
    one.bus.tell(EPHEMERAL, text)
    return (EPHEMERAL, text) in two.heard


def test_of_two_hints_the_newer_half_of_each_counts() -> None:
    assert Head(3, 2).beyond(None) == Head(3, 2)
    assert Head(3, 2).beyond(Head(2, 4)) == Head(2, 4).beyond(Head(3, 2)) == Head(3, 4)


async def test_a_process_knows_whether_another_hears_it(redis: servers.Redis) -> None:
    async with Ear.listening(redis.url) as one:
        one.bus.tell(EPHEMERAL, "is anybody there?")
        await asyncio.wait_for(one.bus._quiet.wait(), 5)
        assert not one.bus.heard
        async with Ear.listening(redis.url) as two:
            await eventually(lambda: _says(one, "and now?", two))
            assert one.bus.heard
