"""Each entry that one may see, once and in order, whatever gets lost on the way."""

import asyncio
import json
import random
from collections.abc import Callable
from typing import Any

from app.entries import Head
from tests.realtime.conftest import Connect, Process, serve, until
from tests.realtime.source import Log


async def test_a_message_reaches_both_sides_and_is_acknowledged(process: Process, clients: Connect) -> None:
    cara = await clients(process, "cara", orders={"1042": 0})
    anna = await clients(process, "anna", orders={"1042": 0})
    ack = await cara.do("hello")
    assert (ack["type"], ack["order"], ack["seq"]) == ("ack", "1042", 1)
    event = await anna.wait(lambda f: f["type"] == "event")
    assert set(event) == {"type", "order", "seq", "prev", "kind", "cid", "at", "by", "data"}
    assert event["by"] == {"role": "customer", "name": "Cara"}
    assert event["at"].endswith("Z")
    await cara.wait(lambda f: f["type"] == "event")
    assert process.shop.counts["entries"] == 0


async def test_a_customer_never_sees_what_is_for_the_team(process: Process, clients: Connect) -> None:
    log = process.shop.log
    for number in range(60):
        log.append(1042, f"old {number}", audience="team" if number % 3 else "everyone")
    cara = await clients(process, "cara", orders={"1042": 0})
    anna = await clients(process, "anna", orders={"1042": 0})
    for number in range(60):
        await anna.do(f"new {number}", do="notes.add" if number % 2 else "messages.send")
    await anna.until(lambda: len(anna.texts["1042"]) == 120)
    await cara.until(lambda: len(cara.texts["1042"]) == 50)
    assert not anna.gaps + cara.gaps
    assert cara.texts["1042"] == [e.data["text"] for e in log.entries[1042] if e.audience == "everyone"]
    assert {f["kind"] for f in cara.of("event")} == {"message"}
    chain = [(f["prev"], f["seq"]) for f in cara.of("event")]
    assert all(after[0] == before[1] for before, after in zip(chain, chain[1:], strict=False))
    assert all(f["prev"] == f["seq"] - 1 for f in anna.of("event"))
    await cara.wait(lambda f: f["type"] == "heads" and f["orders"] == {"1042": log.head(1042).customer})


async def test_a_long_absence_is_caught_up_with_page_by_page(process: Process, clients: Connect) -> None:
    for number in range(450):
        process.shop.log.append(1042, str(number))
    cara = await clients(process, "cara", orders={"1042": 3})
    await cara.until(lambda: len(cara.texts["1042"]) == 447)
    assert cara.texts["1042"] == [str(number) for number in range(3, 450)]
    assert not cara.gaps


async def test_what_the_database_refuses_is_read_again(process: Process, clients: Connect) -> None:
    cara = await clients(process, "cara", orders={"1042": 0})
    process.shop.faults.failing_reads = 3
    process.shop.committed(process.shop.log.append(1042, "a"), pushed=False)
    await cara.until(lambda: cara.texts["1042"] == ["a"])


async def test_commits_that_are_told_in_the_wrong_order(process: Process, clients: Connect) -> None:
    cara = await clients(process, "cara", orders={"1042": 0})
    first, second = process.shop.log.append(1042, "a"), process.shop.log.append(1042, "b")
    process.shop.committed(second)
    process.shop.committed(first)
    await cara.until(lambda: cara.texts["1042"] == ["a", "b"])
    assert [f["seq"] for f in cara.of("event")] == [1, 2]


async def test_a_hint_beyond_the_log_does_no_harm(process: Process, clients: Connect) -> None:
    cara = await clients(process, "cara", orders={"1042": 0})
    process.live.committed({1042: Head(99, 99)})
    await until(lambda: process.shop.counts["entries"] > 0)
    await cara.do("a")
    await cara.until(lambda: cara.texts["1042"] == ["a"])
    assert not cara.of("reset")


async def test_nobody_told_the_poller_finds_out(process: Process, clients: Connect) -> None:
    cara = await clients(process, "cara", orders={"1042": 0})
    process.shop.log.append(1042, "silent")
    await cara.until(lambda: cara.texts["1042"] == ["silent"])


async def test_commands_of_one_connection_take_effect_in_order(process: Process, clients: Connect) -> None:
    cara = await clients(process, "cara", orders={"1042": 0})
    for number in range(100):
        await cara.say(str(number))
    await cara.until(lambda: len(cara.of("ack")) == 100)
    assert cara.texts["1042"] == [str(number) for number in range(100)]
    assert [f["seq"] for f in cara.of("ack")] == list(range(1, 101))


async def test_a_held_command_of_one_holds_up_nobody_else(process: Process, clients: Connect) -> None:
    cara = await clients(process, "cara", orders={"1042": 0})
    anna = await clients(process, "anna", orders={"1042": 0})
    gate = process.shop.faults.gate = asyncio.Event()
    await cara.say("slow")
    await until(lambda: process.shop.counts["perform"] == 1)
    process.shop.faults.gate = None
    assert (await anna.do("quick"))["type"] == "ack"
    gate.set()
    await cara.until(lambda: cara.texts["1042"] == ["quick", "slow"])


async def test_the_same_cid_again_is_answered_the_same(process: Process, clients: Connect) -> None:
    cara = await clients(process, "cara", orders={"1042": 0})
    cid = "0190d5ba-0000-7000-8000-000000000001"
    first = await cara.do("once", cid=cid)
    before = len(cara.frames)
    await cara.say("once", cid=cid)
    again = await cara.wait(lambda f: f["type"] == "ack", after=before)
    assert again == first
    assert len(process.shop.log.entries[1042]) == 1


async def test_lost_doubled_and_late_hints_and_reconnects_are_invisible(clients: Connect) -> None:
    log, dice = Log(), random.Random(7)
    loop = asyncio.get_running_loop()
    async with serve(log) as one, serve(log) as two:

        def tell(order: int) -> None:
            for process in (one, two):
                tell_one = lambda p=process, h=log.head(order): p.live.committed({order: h})  # noqa: E731
                if dice.random() < 0.3:
                    continue
                loop.call_later(dice.random() * 0.02, tell_one)
                if dice.random() < 0.2:
                    tell_one()

        async def write(order: int) -> None:
            for number in range(150):
                log.append(order, str(number), audience="team" if number % 5 == 0 else "everyone")
                tell(order)
                await asyncio.sleep(dice.random() * 0.004)

        followers = [
            follow(clients, dice.choice, (one, two), who, order, log)
            for who in ("anna", "cara")
            for order in (1001, 1002)
            for _ in range(3)
        ]
        for shop in (one.shop, two.shop):
            shop.faults.failing_reads = 10
        await asyncio.gather(write(1001), write(1002), *followers)


async def follow(
    clients: Connect,
    choose: Callable[..., Any],
    processes: tuple[Process, ...],
    who: str,
    order: int,
    log: Log,
) -> None:
    """One person that reconnects again and again, to any process."""
    seen, texts, number = 0, list[str](), str(order)
    last = "149"
    while not texts or texts[-1] != last:
        client = await clients(choose(processes), who, orders={number: seen})
        with_more = asyncio.timeout(0.3)
        try:
            async with with_more:
                await client.until(lambda c=client: c.texts[number][-1:] == [last])
        except TimeoutError:
            pass
        assert not client.gaps, json.dumps(client.gaps[0])
        seen = client.seen[number]
        texts += client.texts[number]
        await client.socket.close()
    side = "team" if who == "anna" else "customer"
    assert texts == [e.data["text"] for e in log.entries[order] if e.visible_to(side)]
