"""Who gets in, and what happens when access ends."""

import asyncio
from dataclasses import replace

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests import servers
from tests.processes import eventually
from tests.realtime.client import Client
from tests.realtime.conftest import QUICK, Connect, Node, serve
from tests.realtime.source import PEOPLE, Log

# So slow that what happens before is not its merit.
NO_NET = replace(QUICK, revalidate=60.0)


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "http://shop.example.evil.example"])
async def test_a_foreign_origin_is_refused_before_the_handshake(node: Node, origin: str | None) -> None:
    headers = {"Origin": origin} if origin else {}
    with pytest.raises(InvalidStatus) as refused:
        async with connect(f"{node.url}?who=cara", additional_headers=headers):
            pass
    assert refused.value.response.status_code == 403


async def test_our_own_origin(node: Node) -> None:
    headers = {"Origin": "http://shop.example"}
    async with connect(f"{node.url}?who=cara", additional_headers=headers) as socket:
        await socket.send('{"type":"ping"}')
        assert await socket.recv() == '{"type":"pong"}'


@pytest.mark.parametrize(("who", "code"), [("nobody", 4401), ("banned", 4403), ("broken", 1013)])
async def test_who_may_not_is_told_so(node: Node, clients: Connect, who: str, code: int) -> None:
    assert await (await clients(node, who)).closed() == code


async def test_signing_out_closes_that_session_at_once(clients: Connect) -> None:
    async with serve(pace=NO_NET) as node:
        cara, elsewhere = (
            await clients(node, "cara", orders={"1042": 0}),
            await clients(node, "cara2", orders={}),
        )
        node.live.revoked(ticket="t:cara")
        node.shop.committed(node.shop.log.append(1042, "later"))
        assert await cara.closed() == 4401
        assert not cara.of("event")
        await elsewhere.send(type="ping")
        await elsewhere.wait(lambda f: f["type"] == "pong")


async def test_a_person_is_closed_everywhere(clients: Connect) -> None:
    async with serve(pace=NO_NET) as node:
        windows = [await clients(node, who, orders={"1042": 0}) for who in ("cara", "cara2")]
        anna = await clients(node, "anna", orders={"1042": 0})
        node.live.revoked(person="c1", code=4403)
        assert [await window.closed() for window in windows] == [4403, 4403]
        assert (await anna.do("a"))["type"] == "ack"


async def test_commands_that_wait_are_not_done_after_access_ended(clients: Connect) -> None:
    async with serve(pace=NO_NET) as node:
        cara = await clients(node, "cara", orders={"1042": 0})
        gate = node.shop.faults.gate = asyncio.Event()
        for text in ("a", "b", "c"):
            await cara.say(text)
        await eventually(lambda: node.shop.counts["perform"] == 1)
        node.live.revoked(ticket="t:cara")
        assert await cara.closed() == 4401
        gate.set()
        await eventually(lambda: node.shop.performed == ["a"])
        await (await clients(node, "anna", orders={"1042": 1})).do("d")
        assert node.shop.performed == ["a", "d"]


async def test_a_refused_command_of_an_ended_session_closes(clients: Connect) -> None:
    async with serve(pace=NO_NET) as node:
        cara = await clients(node, "cara", orders={"1042": 0})
        node.shop.log.ended.add("t:cara")
        nack = await cara.do("a")
        assert nack["code"] == "unauthenticated"
        assert await cara.closed() == 4401


async def test_an_end_that_nobody_told_is_found(node: Node, clients: Connect) -> None:
    cara, anna = (
        await clients(node, "cara", orders={"1042": 0}),
        await clients(node, "anna", orders={"1042": 0}),
    )
    node.shop.log.ended.add("t:cara")
    assert await cara.closed() == 4401
    assert (await anna.do("a"))["type"] == "ack"


async def test_access_that_ends_during_the_handshake(
    clients: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serve(pace=NO_NET) as node:

        async def slow(scope: object) -> object:
            node.shop.log.ended.add("t:cara")
            node.live.revoked(ticket="t:cara")
            return PEOPLE["cara"]

        monkeypatch.setattr(node.shop, "identify", slow)
        assert await (await clients(node, "cara")).closed() == 4401


async def test_signing_out_is_heard_by_the_other_processes(clients: Connect, redis: servers.Redis) -> None:
    log = Log()
    async with serve(log, redis.url, NO_NET) as one, serve(log, redis.url, NO_NET) as two:
        await eventually(lambda: one.live.bus_up and two.live.bus_up)
        cara = await clients(two, "cara", orders={"1042": 0})
        one.live.revoked(ticket="t:cara")
        assert await cara.closed(1) == 4401


async def test_with_the_bus_down_nothing_committed_later_is_delivered(
    clients: Connect, redis: servers.Redis
) -> None:
    log = Log()
    async with serve(log, redis.url, NO_NET) as node:
        cara: Client = await clients(node, "cara", orders={"1042": 0})
        await redis.kill()
        await eventually(lambda: not node.live.bus_up)
        log.ended.add("t:cara")
        log.append(1042, "later")
        assert await cara.closed() == 4401
        assert not cara.of("event")
