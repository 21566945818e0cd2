"""Who is here and who types: each with its audience, never twice the same person."""

from dataclasses import replace

from tests import servers
from tests.processes import eventually
from tests.realtime.client import Frame
from tests.realtime.conftest import QUICK, Connect, Node, serve
from tests.realtime.source import Log

ANNA = {"role": "member", "name": "Anna", "person": "m1"}
CARA = {"role": "customer", "name": "Cara", "person": "c1"}


def people(frame: Frame) -> list[dict[str, str]]:
    return frame["people"] if frame["type"] == "presence" else []


async def test_one_sees_who_comes_and_goes(node: Node, clients: Connect) -> None:
    cara = await clients(node, "cara", orders={"1042": 0})
    second = await clients(node, "cara2", orders={"1042": 0})
    anna = await clients(node, "anna", orders={"1042": 0})
    await cara.wait(lambda f: people(f) == [ANNA])
    await anna.wait(lambda f: people(f) == [CARA])
    await second.socket.close()
    await cara.socket.close()
    await anna.until(lambda: anna.of("presence")[-1]["people"] == [])
    assert [people(f) for f in anna.of("presence")] == [[CARA], []]


async def test_leaving_the_order_is_enough(node: Node, clients: Connect) -> None:
    cara = await clients(node, "cara", orders={"1042": 0})
    anna = await clients(node, "anna", orders={"1042": 0})
    await cara.wait(lambda f: people(f) == [ANNA])
    await anna.resume({"1043": 0})
    await cara.until(lambda: cara.of("presence")[-1]["people"] == [])


async def test_a_member_who_peeks_is_unseen_by_the_customer_until_the_chat_is_opened(
    node: Node, clients: Connect
) -> None:
    node.shop.log.pending.add(1042)
    cara = await clients(node, "cara", orders={"1042": 0})
    anna = await clients(node, "anna", orders={"1042": 0})
    ben = await clients(node, "ben", orders={"1042": 0})
    await ben.wait(lambda f: people(f) == [CARA, ANNA])
    await anna.send(type="typing", order="1042")
    await ben.wait(lambda f: f["type"] == "typing")
    assert not cara.of("presence") + cara.of("typing")
    node.shop.log.pending.clear()
    await anna.do("opened")
    await cara.wait(lambda f: ANNA in people(f))


async def test_typing_goes_to_the_others_and_a_note_to_the_team(node: Node, clients: Connect) -> None:
    cara = await clients(node, "cara", orders={"1042": 0, "1043": 0})
    tab = await clients(node, "cara2", orders={"1042": 0})
    anna = await clients(node, "anna", orders={"1042": 0, "1043": 0})
    ben = await clients(node, "ben", orders={"1042": 0, "1043": 0})
    dora = await clients(node, "dora", orders={"2001": 0, "1042": 0})
    await cara.wait(lambda f: ANNA in people(f) and f["order"] == "1043")
    await cara.send(type="typing", order="1042")
    frame = await anna.wait(lambda f: f["type"] == "typing")
    assert frame == {
        "type": "typing",
        "order": "1042",
        "by": {"role": "customer", "name": "Cara"},
        "person": "c1",
    }
    await anna.send(type="typing", order="1042", note=True)
    assert (await ben.wait(lambda f: f["type"] == "typing" and f["person"] == "m1"))["note"] is True
    await anna.send(type="typing", order="1043")
    frame = await cara.wait(lambda f: f["type"] == "typing")
    assert (frame["person"], frame["order"]) == ("m1", "1043")
    assert len(cara.of("typing")) == 1
    assert not tab.of("typing") + dora.of("typing")


async def test_typing_at_most_once_in_three_seconds(clients: Connect) -> None:
    async with serve(pace=replace(QUICK, typing=0.4)) as node:
        cara = await clients(node, "cara", orders={"1042": 0})
        anna = await clients(node, "anna", orders={"1042": 0})

        async def again() -> bool:
            await cara.send(type="typing", order="1042")
            return len(anna.of("typing")) > 1

        for _ in range(20):
            await cara.send(type="typing", order="1042")
        await cara.do("a")
        await anna.until(lambda: anna.texts["1042"])
        assert len(anna.of("typing")) == 1
        await eventually(again)
        assert not cara.of("nack")


async def test_presence_and_typing_across_processes(clients: Connect, redis: servers.Redis) -> None:
    log = Log()
    pace = replace(QUICK, presence_refresh=0.1, presence_ttl=0.4)
    async with serve(log, redis.url, pace) as one:
        await eventually(lambda: one.live.bus_up)
        anna = await clients(one, "anna", orders={"1042": 0})
        async with serve(log, redis.url, pace) as two:
            cara = await clients(two, "cara", orders={"1042": 0})
            await cara.wait(lambda f: people(f) == [ANNA])
            await anna.wait(lambda f: people(f) == [CARA])
            await cara.send(type="typing", order="1042")
            await anna.wait(lambda f: f["type"] == "typing")
            await redis.kill()
            await anna.until(lambda: anna.of("presence")[-1]["people"] == [])
            await redis.start()
            await anna.until(lambda: anna.of("presence")[-1]["people"] == [CARA])
        await anna.until(lambda: anna.of("presence")[-1]["people"] == [])
