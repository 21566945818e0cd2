"""Each entry that one may see, once and in order, whatever gets lost on the way."""

import asyncio
import contextlib
import random
from collections.abc import Sequence
from functools import partial
from itertools import pairwise

from app.entries import Head
from tests.processes import eventually
from tests.realtime.client import Client
from tests.realtime.conftest import Connect, Node, serve
from tests.realtime.source import PEOPLE, Log


async def test_a_message_reaches_both_sides_and_is_acknowledged(node: Node, clients: Connect) -> None:
    cara = await clients(node, "cara", orders={"1042": 0})
    anna = await clients(node, "anna", orders={"1042": 0})
    ack = await cara.do("hello")
    assert (ack["type"], ack["order"], ack["seq"]) == ("ack", "1042", 1)
    event = await anna.wait(lambda f: f["type"] == "event")
    assert set(event) == {"type", "order", "seq", "prev", "kind", "cid", "at", "by", "data"}
    assert event["by"] == {"role": "customer", "name": "Cara"}
    assert event["at"].endswith("Z")
    await cara.wait(lambda f: f["type"] == "event")
    assert node.shop.counts["entries"] == 0


async def test_a_customer_never_sees_what_is_for_the_team(node: Node, clients: Connect) -> None:
    log = node.shop.log
    for number in range(60):
        log.append(1042, f"old {number}", audience="team" if number % 3 else "everyone")
    cara = await clients(node, "cara", orders={"1042": 0})
    anna = await clients(node, "anna", orders={"1042": 0})
    for number in range(60):
        await anna.do(f"new {number}", do="notes.add" if number % 2 else "messages.send")
    await anna.until(lambda: len(anna.texts["1042"]) == 120)
    await cara.until(lambda: len(cara.texts["1042"]) == 50)
    assert not anna.gaps + cara.gaps
    assert cara.texts["1042"] == [e.data["text"] for e in log.entries[1042] if e.audience == "everyone"]
    assert {f["kind"] for f in cara.of("event")} == {"message"}
    chain = [(f["prev"], f["seq"]) for f in cara.of("event")]
    assert all(after[0] == before[1] for before, after in pairwise(chain))
    assert all(f["prev"] == f["seq"] - 1 for f in anna.of("event"))
    await cara.wait(lambda f: f["type"] == "heads" and f["orders"] == {"1042": log.head(1042).customer})


async def test_a_long_absence_is_caught_up_with_page_by_page(node: Node, clients: Connect) -> None:
    for number in range(450):
        node.shop.log.append(1042, str(number))
    cara = await clients(node, "cara", orders={"1042": 3})
    await cara.until(lambda: len(cara.texts["1042"]) == 447)
    assert cara.texts["1042"] == [str(number) for number in range(3, 450)]
    assert not cara.gaps


async def test_what_the_database_refuses_is_read_again(node: Node, clients: Connect) -> None:
    cara = await clients(node, "cara", orders={"1042": 0})
    node.shop.faults.failing_reads = 3
    node.shop.committed(node.shop.log.append(1042, "a"), pushed=False)
    await cara.until(lambda: cara.texts["1042"] == ["a"])


async def test_commits_that_are_told_in_the_wrong_order(node: Node, clients: Connect) -> None:
    cara = await clients(node, "cara", orders={"1042": 0})
    first, second = node.shop.log.append(1042, "a"), node.shop.log.append(1042, "b")
    node.shop.committed(second)
    node.shop.committed(first)
    await cara.until(lambda: cara.texts["1042"] == ["a", "b"])
    assert [f["seq"] for f in cara.of("event")] == [1, 2]


async def test_a_hint_beyond_the_log_does_no_harm(node: Node, clients: Connect) -> None:
    cara = await clients(node, "cara", orders={"1042": 0})
    node.live.committed({1042: Head(99, 99)})
    await eventually(lambda: node.shop.counts["entries"] > 0)
    await cara.do("a")
    await cara.until(lambda: cara.texts["1042"] == ["a"])
    assert not cara.of("reset")


async def test_nobody_told_the_poller_finds_out(node: Node, clients: Connect) -> None:
    cara = await clients(node, "cara", orders={"1042": 0})
    node.shop.log.append(1042, "silent")
    await cara.until(lambda: cara.texts["1042"] == ["silent"])


async def test_commands_of_one_connection_take_effect_in_order(node: Node, clients: Connect) -> None:
    cara = await clients(node, "cara", orders={"1042": 0})
    for number in range(100):
        await cara.say(str(number))
    await cara.until(lambda: len(cara.of("ack")) == 100)
    assert cara.texts["1042"] == [str(number) for number in range(100)]
    assert [f["seq"] for f in cara.of("ack")] == list(range(1, 101))


async def test_a_held_command_of_one_holds_up_nobody_else(node: Node, clients: Connect) -> None:
    cara = await clients(node, "cara", orders={"1042": 0})
    anna = await clients(node, "anna", orders={"1042": 0})
    gate = node.shop.faults.gate = asyncio.Event()
    await cara.say("slow")
    await eventually(lambda: node.shop.counts["perform"] == 1)
    node.shop.faults.gate = None
    assert (await anna.do("quick"))["type"] == "ack"
    gate.set()
    await cara.until(lambda: cara.texts["1042"] == ["quick", "slow"])


async def test_the_same_cid_again_is_answered_the_same(node: Node, clients: Connect) -> None:
    cara = await clients(node, "cara", orders={"1042": 0})
    cid = "0190d5ba-0000-7000-8000-000000000001"
    first = await cara.do("once", cid=cid)
    before = len(cara.frames)
    await cara.say("once", cid=cid)
    again = await cara.wait(lambda f: f["type"] == "ack", after=before)
    assert again == first
    assert len(node.shop.log.entries[1042]) == 1


async def test_lost_doubled_and_late_hints_and_reconnects_are_invisible(clients: Connect) -> None:
    log, dice = Log(), random.Random(7)
    async with serve(log) as one, serve(log) as two:
        for node in (one, two):
            node.shop.faults.failing_reads = 10
        people = [(who, order) for who in ("anna", "cara") for order in (1001, 1002) for _ in range(3)]
        followers = [follow(clients, dice, (one, two), who, order) for who, order in people]
        await asyncio.gather(*[write(log, dice, (one, two), order) for order in (1001, 1002)], *followers)


async def write(log: Log, dice: random.Random, nodes: Sequence[Node], order: int) -> None:
    """Somebody else writes; of the hints some get lost, come late, come twice."""
    for number in range(150):
        log.append(order, str(number), audience="everyone" if number % 5 else "team")
        for node in nodes:
            tell = partial(node.live.committed, {order: log.head(order)})
            if dice.random() < 0.7:
                asyncio.get_running_loop().call_later(dice.random() * 0.02, tell)
            if dice.random() < 0.2:
                tell()
        await asyncio.sleep(dice.random() * 0.004)


async def follow(clients: Connect, dice: random.Random, nodes: Sequence[Node], who: str, order: int) -> None:
    """One person that reconnects again and again, to any node."""
    seen, texts, number = 0, list[str](), str(order)
    while texts[-1:] != ["149"]:
        client = await clients(dice.choice(nodes), who, orders={number: seen})
        with contextlib.suppress(TimeoutError):
            await client.until(partial(_reached, client, number), dice.random() * 0.3)
        assert not client.gaps
        seen = client.seen[number]
        texts += client.texts[number]
        await client.socket.close()
    log = nodes[0].shop.log
    assert texts == [e.data["text"] for e in log.entries[order] if e.visible_to(PEOPLE[who].side)]


def _reached(client: Client, number: str) -> bool:
    return client.texts[number][-1:] == ["149"]


async def test_what_only_the_team_may_see_keeps_nothing_from_the_customer(
    node: Node, clients: Connect
) -> None:
    cara = await clients(node, "cara", orders={"1042": 0})
    for number in range(250):
        node.shop.log.append(1042, f"psst {number}", audience="team")
    node.shop.log.append(1042, "for both")
    anna = await clients(node, "anna", orders={"1042": 0})
    await cara.until(lambda: cara.texts["1042"] == ["for both"])
    await anna.until(lambda: len(anna.texts["1042"]) == 251)
