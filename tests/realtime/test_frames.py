"""Every frame of the protocol, and everything that is none."""

import asyncio
import contextlib
import json
from dataclasses import replace

import pytest
from websockets.exceptions import ConnectionClosed

from tests.processes import eventually
from tests.realtime.client import Client
from tests.realtime.conftest import QUICK, Connect, Node, serve


async def test_hello_speaks_of_what_one_may_see(node: Node, clients: Connect) -> None:
    node.shop.log.append(1042, "a")
    node.shop.log.append(1042, "b", audience="team")
    cara = await clients(node, "cara")
    hello = await cara.resume({"1042": 1, "2001": 0, "nonsense": 0})
    assert hello == {"type": "hello", "epoch": "e1", "heads": {"1042": 1}}
    anna = await clients(node, "anna")
    assert (await anna.resume({"1042": 0, "2001": 0}))["heads"] == {"1042": 2, "2001": 0}


async def test_resume_replaces_the_set(node: Node, clients: Connect) -> None:
    cara = await clients(node, "cara", orders={"1001": 0, "1002": 0})
    await cara.resume({"1002": 0, "1003": 0})
    for order in (1001, 1002, 1003):
        node.shop.committed(node.shop.log.append(order, "a"))
    await cara.until(lambda: cara.texts["1002"] and cara.texts["1003"])
    heads = await cara.wait(lambda f: f["type"] == "heads", after=len(cara.frames))
    assert heads["orders"] == {"1002": 1, "1003": 1}
    assert not cara.texts["1001"]


async def test_resume_from_further_back_repeats(node: Node, clients: Connect) -> None:
    cara = await clients(node, "cara", orders={"1042": 0})
    await cara.do("a")
    await cara.do("b")
    await cara.until(lambda: cara.texts["1042"] == ["a", "b"])
    await cara.resume({"1042": 1})
    await cara.until(lambda: [f["seq"] for f in cara.of("event")] == [1, 2, 2])


@pytest.mark.parametrize("position", [7, 2**53, 10**18, 10**30])
async def test_a_position_past_the_head_is_reset(node: Node, clients: Connect, position: int) -> None:
    node.shop.log.append(1042, "a")
    cara = await clients(node, "cara", orders={"1042": position, "1043": 0})
    assert await cara.wait(lambda f: f["type"] == "reset") == {"type": "reset", "order": "1042"}
    node.shop.committed(node.shop.log.append(1042, "b"))
    await cara.until(lambda: cara.texts["1042"] == ["b"])
    assert len(cara.of("reset")) == 1


async def test_an_unknown_epoch_is_reset(node: Node, clients: Connect) -> None:
    node.shop.log.append(1042, "a")
    cara = await clients(node, "cara", orders={"1042": 0}, epoch="e0")
    await cara.wait(lambda f: f["type"] == "reset")
    anna = await clients(node, "anna", orders={"1042": 0}, epoch="e1")
    await anna.until(lambda: anna.texts["1042"] == ["a"])
    assert not anna.of("reset")


async def test_ping(node: Node, clients: Connect) -> None:
    cara = await clients(node, "cara")
    await cara.send(type="ping")
    assert await cara.wait(lambda f: True) == {"type": "pong"}


async def test_html_is_rendered_once_for_all_who_read_the_same(node: Node, clients: Connect) -> None:
    readers = [await clients(node, "cara", orders={"1042": 0}, html="de") for _ in range(3)]
    plain = await clients(node, "cara", orders={"1042": 0})
    anna = await clients(node, "anna", orders={"1042": 0}, html="tlh")
    await anna.do("a")
    for client in readers:
        event = await client.wait(lambda f: f["type"] == "event")
        assert event["content"] == "<p>de customer a</p>"
    assert "content" not in await plain.wait(lambda f: f["type"] == "event")
    assert (await anna.wait(lambda f: f["type"] == "event"))["content"] == "<p>en team a</p>"
    assert node.shop.counts["contents"] == 2


async def test_what_cannot_be_rendered_now_comes_later(node: Node, clients: Connect) -> None:
    cara = await clients(node, "cara", orders={"1042": 0, "1043": 0}, html="de")
    node.shop.faults.rendering = True
    await cara.do("a")
    await eventually(lambda: node.shop.counts["contents"] >= 2)
    node.shop.faults.rendering = False
    event = await cara.wait(lambda f: f["type"] == "event")
    assert event["content"] == "<p>de customer a</p>"


async def test_what_can_never_be_rendered_is_reset(
    node: Node, clients: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.connection.TRIES", 2)
    cara = await clients(node, "cara", orders={"1042": 0}, html="de")
    node.shop.faults.rendering = True
    await cara.do("a")
    await cara.wait(lambda f: f["type"] == "reset")
    node.shop.faults.rendering = False
    await cara.do("b")
    await cara.until(lambda: cara.texts["1042"] == ["b"])


CID = "76edf366-e8a1-48aa-acb7-51715b178819"  # the same for every process that collects the tests


@pytest.mark.parametrize(
    ("text", "cid", "code"),
    [
        ("garbage", None, "malformed"),
        ("", None, "malformed"),
        ("[]", None, "malformed"),
        ("null", None, "malformed"),
        ("[" * 10_000, None, "malformed"),
        ('{"type":"resume","orders":{"1042":NaN}}', None, "malformed"),
        ('{"type":"do","cid":"\\ud800"}', None, "malformed"),
        ('{"type":"dance"}', None, "malformed"),
        ('{"cid":"x"}', None, "malformed"),
        ('{"type":["do"]}', None, "malformed"),
        ('{"type":"do","do":"messages.send","order":"1042","data":{"text":"a"}}', None, "malformed"),
        ('{"type":"do","cid":7,"do":"messages.send","order":"1042"}', None, "malformed"),
        ('{"type":"do","cid":"mine","do":"messages.send","order":"1042"}', "mine", "malformed"),
        (f'{{"type":"do","cid":"{CID}","do":"messages.send","order":1042}}', CID, "malformed"),
        (f'{{"type":"do","cid":"{CID}","do":null,"order":"1042"}}', CID, "malformed"),
        (f'{{"type":"do","cid":"{CID}","do":"messages.send","order":"2001"}}', CID, "not_found"),
        (f'{{"type":"do","cid":"{CID}","do":"crash","order":"1042"}}', CID, "unavailable"),
        ('{"type":"resume","orders":[1042]}', None, "malformed"),
        ('{"type":"resume","orders":{"1042":-1}}', None, "malformed"),
        ('{"type":"resume","orders":{"1042":"1"}}', None, "malformed"),
        ('{"type":"resume","orders":{"1042":1.5}}', None, "malformed"),
        ('{"type":"resume","orders":{"1042":true}}', None, "malformed"),
        ('{"type":"resume","epoch":7}', None, "malformed"),
        ('{"type":"resume","html":["de"]}', None, "malformed"),
        ('{"type":"typing","order":"2001"}', None, "not_found"),
        ('{"type":"typing","order":{}}', None, "not_found"),
        ('{"type":"typing","order":"1042","note":true}', None, "forbidden"),
    ],
)
async def test_what_is_no_frame_is_refused_and_harms_nobody(
    node: Node, clients: Connect, text: str, cid: str | None, code: str
) -> None:
    cara = await clients(node, "cara", orders={"1042": 0})
    await cara.socket.send(text)
    nack = await cara.wait(lambda f: f["type"] == "nack")
    assert (nack["cid"], nack["code"]) == (cid, code)
    assert nack["detail"]
    assert (await cara.do("still here"))["type"] == "ack"


async def test_at_most_200_orders(node: Node, clients: Connect) -> None:
    cara = await clients(node, "cara", orders={str(order): 0 for order in range(3000, 3200)})
    await cara.send(type="resume", orders={str(order): 0 for order in range(3000, 3201)})
    assert (await cara.wait(lambda f: f["type"] == "nack"))["code"] == "invalid"


@pytest.mark.parametrize(
    ("message", "code"), [(b"bytes", 1003), ("x" * 70_000, 1009), ("ä" * 5_000_000, 1009)]
)
async def test_frames_that_end_the_connection(
    node: Node, clients: Connect, message: str | bytes, code: int
) -> None:
    cara = await clients(node, "cara", orders={"1042": 0})
    with contextlib.suppress(ConnectionClosed):
        await cara.socket.send(message)
    assert await cara.closed() == code
    other = await clients(node, "cara", orders={"1042": 0})
    assert (await other.do("a"))["type"] == "ack"


async def test_a_frame_of_64_kib_is_still_read(node: Node, clients: Connect) -> None:
    cara = await clients(node, "cara", orders={"1042": 0})
    frame = json.dumps({"type": "ping", "padding": ""})
    await cara.socket.send(frame[:-2] + "x" * (65_536 - len(frame)) + frame[-2:])
    assert (await cara.wait(lambda f: f["type"] == "pong"))["type"] == "pong"


async def test_who_never_resumes_is_closed(clients: Connect) -> None:
    async with serve(pace=replace(QUICK, resume=0.2)) as node:
        idle, there = await clients(node, "cara"), await clients(node, "anna", orders={})
        assert await idle.closed() == 1013
        await there.send(type="ping")
        await there.wait(lambda f: f["type"] == "pong")


async def test_a_flood_is_told_when_to_come_back(node: Node, clients: Connect) -> None:
    cara = await clients(node, "cara", orders={"1042": 0})
    for number in range(200):
        await cara.say(str(number))
    await cara.until(lambda: len(cara.of("ack")) + len(cara.of("nack")) == 200)
    refused = cara.of("nack")
    assert refused
    assert {f["code"] for f in refused} == {"rate_limited"}
    assert all(0 < f["retry_after"] <= 0.05 for f in refused)
    assert len(cara.of("ack")) >= 120


async def test_a_flood_of_resumes(node: Node, clients: Connect) -> None:
    cara = await clients(node, "cara")
    for _ in range(40):
        await cara.send(type="resume", orders={"1042": 0})
    nack = await cara.wait(lambda f: f["type"] == "nack")
    assert (nack["code"], nack["cid"]) == ("rate_limited", None)


async def test_the_database_is_down_at_resume(node: Node, clients: Connect) -> None:
    cara = await clients(node, "cara", orders={"1042": 0})
    node.shop.faults.down = True
    await cara.send(type="resume", orders={"1043": 0})
    nack = await cara.wait(lambda f: f["type"] == "nack")
    assert (nack["code"], nack["cid"], nack["retry_after"]) == ("unavailable", None, 1)
    node.shop.faults.down = False
    node.shop.committed(node.shop.log.append(1042, "a"))
    await cara.until(lambda: cara.texts["1042"] == ["a"])


async def test_a_command_that_takes_too_long_is_answered_by_neither(clients: Connect) -> None:
    async with serve(pace=replace(QUICK, command=0.1)) as node:
        cara = await clients(node, "cara", orders={"1042": 0})
        node.shop.faults.gate = asyncio.Event()
        await cara.say("stuck")
        await cara.say("must not overtake")
        assert await cara.closed() == 1011
        assert not cara.of("ack") + cara.of("nack")
        assert not node.shop.performed


async def test_what_was_sent_before_leaving_is_done(node: Node, clients: Connect) -> None:
    cara: Client = await clients(node, "cara", orders={"1042": 0})
    gate = node.shop.faults.gate = asyncio.Event()
    for text in ("a", "b", "c"):
        await cara.say(text)
    await eventually(lambda: node.shop.counts["perform"] == 1)
    await cara.socket.close()
    gate.set()
    await eventually(lambda: node.shop.performed == ["a", "b", "c"])
