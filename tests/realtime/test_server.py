"""Peers that do not read, and servers that stop."""

import asyncio
import contextlib
import gc
import json
import socket
import weakref
from asyncio.transports import BaseTransport
from dataclasses import replace

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from realtime.server import LiveProtocol
from tests.processes import eventually
from tests.realtime.client import Client
from tests.realtime.conftest import QUICK, Connect, Node, serve

BIG = "x" * 8000


async def _lazy(url: str, who: str) -> ClientConnection:
    """A connection that reads nothing but what it must for the handshake, with a small window."""
    address = url.removeprefix("ws://").removesuffix("/live").split(":")
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    await asyncio.get_running_loop().sock_connect(raw, (address[0], int(address[1])))
    client = await connect(
        url,
        sock=raw,
        additional_headers={"Authorization": f"Bearer {who}"},
        compression=None,
        max_queue=1,
        ping_interval=None,
    )
    await client.send(json.dumps({"type": "resume", "orders": {"1042": 0}}))
    return client


async def _write_much(node: Node, anna: Client) -> None:
    for _ in range(600):
        node.shop.committed(node.shop.log.append(1042, BIG))
        await asyncio.sleep(0)
    await anna.until(lambda: len(anna.texts["1042"]) == 600)


async def test_a_slow_reader_is_closed_and_complete_after_coming_back(clients: Connect) -> None:
    async with serve(pace=replace(QUICK, patience=0.5)) as node:
        anna = await clients(node, "anna", orders={"1042": 0})
        slow = await _lazy(node.url, "cara")
        await _write_much(node, anna)
        await eventually(lambda: len(node.server.server_state.connections) == 1, within=15)
        slow.transport.abort()
        cara = await clients(node, "cara", orders={"1042": 0})
        await cara.until(lambda: len(cara.texts["1042"]) == 600)
        assert not cara.gaps


async def test_a_slow_reader_that_reads_again_is_told_why(
    clients: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LiveProtocol, "abort_after", 10.0)
    async with serve(pace=replace(QUICK, patience=0.3)) as node:
        anna = await clients(node, "anna", orders={"1042": 0})
        slow = await _lazy(node.url, "cara")
        await _write_much(node, anna)
        hub = node.live._services.hub
        await eventually(lambda: len(hub.connections) == 1)
        seqs = []
        with contextlib.suppress(ConnectionClosed):
            while True:
                frame = json.loads(await slow.recv())
                seqs += [frame["seq"]] if frame["type"] == "event" else []
        assert slow.close_code == 1013
        assert seqs == list(range(1, len(seqs) + 1))
        assert len(seqs) < 600


async def test_who_pings_and_reads_nothing_fills_no_memory() -> None:
    async with serve(pace=replace(QUICK, patience=60.0), ws_ping_interval=None) as node:
        slow = await _lazy(node.url, "cara")
        slow.transport.pause_reading()
        (held,) = node.server.server_state.connections
        ping, asked = b"\x89\x84\x00\x00\x00\x00beat" * 1_000, 0
        while asked < 2_000:  # twenty megabytes, far beyond what all the buffers on the way hold
            slow.transport.write(ping)
            asked += 1
            await eventually(lambda: slow.transport.get_write_buffer_size() < 1_000_000)
        assert held.transport.get_write_buffer_size() < 200_000
        slow.transport.abort()


async def test_fragments_without_end_are_cut_off(node: Node) -> None:
    peer = await _lazy(node.url, "cara")
    peer.transport.write(b"\x01\x80\x00\x00\x00\x00" + b"\x00\x80\x00\x00\x00\x00" * 1_000)
    with contextlib.suppress(ConnectionClosed):
        while True:
            await peer.recv()
    assert peer.close_code == 1009


async def test_a_stalled_peer_is_aborted_by_the_keepalive(clients: Connect) -> None:
    async with serve(pace=replace(QUICK, patience=60.0), ws_ping_interval=0.3, ws_ping_timeout=0.3) as node:
        anna = await clients(node, "anna", orders={"1042": 0})
        slow = await _lazy(node.url, "cara")
        await _write_much(node, anna)
        await eventually(lambda: len(node.server.server_state.connections) == 1)
        slow.transport.abort()


async def test_a_stalled_peer_does_not_keep_the_server_from_stopping(clients: Connect) -> None:
    async with serve(pace=replace(QUICK, patience=60.0), ws_ping_interval=None) as node:
        anna = await clients(node, "anna", orders={"1042": 0})
        slow = await _lazy(node.url, "cara")
        await _write_much(node, anna)
        started = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - started < 8
    slow.transport.abort()


async def test_a_stop_sheds_everybody_with_1012_and_answers_until_then(clients: Connect) -> None:
    async with serve() as node:
        people = [await clients(node, "cara", orders={"1042": 0}) for _ in range(10)]
        node.server.should_exit = True
        answered = 0
        while any(person.code is None for person in people):
            for person in people:
                if person.code is None:
                    answered += await _answers(person)
        assert answered > 10
        assert {person.code for person in people} == {1012}


async def _answers(person: Client) -> int:
    with contextlib.suppress(ConnectionClosed, AssertionError):
        await person.do("still served")
        return 1
    await person.closed()
    return 0


async def test_a_command_on_its_way_is_finished_before_the_end(clients: Connect) -> None:
    async with serve() as node:
        cara = await clients(node, "cara", orders={"1042": 0})
        gate = node.shop.faults.gate = asyncio.Event()
        await cara.say("a")
        await eventually(lambda: node.shop.counts["perform"] == 1)
        node.server.should_exit = True
        assert await cara.closed() == 1012
        gate.set()
    assert node.shop.performed == ["a"]


async def test_a_client_that_sends_without_reading_is_made_to_wait(clients: Connect) -> None:
    async with serve(pace=replace(QUICK, patience=60.0)) as node:
        slow = await _lazy(node.url, "cara")
        gate = node.shop.faults.gate = asyncio.Event()
        cid = "0190d5ba-0000-7000-8000-000000000001"
        held = {"type": "do", "cid": cid, "order": "1042", "do": "messages.send", "data": {"text": "a"}}
        await slow.send(json.dumps(held))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                for _ in range(5_000):
                    await slow.send(json.dumps({"type": "ping", "padding": BIG}))
        gate.set()
        slow.transport.abort()
        await eventually(lambda: not node.live._services.hub.connections)


async def test_nothing_is_left_of_a_connection(node: Node, clients: Connect) -> None:
    before = len(asyncio.all_tasks())
    for _ in range(20):
        cara = await clients(node, "cara", orders={"1042": 0, "1043": 0}, inbox=True)
        await cara.do("a")
        await cara.socket.close()
    hub = node.live._services.hub
    await eventually(lambda: not hub.connections and not hub.held())
    await eventually(lambda: len(asyncio.all_tasks()) <= before + 1)


async def test_a_connection_needs_no_collector_to_be_gone(
    node: Node, clients: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, connection_made = list[weakref.ref[LiveProtocol]](), LiveProtocol.connection_made

    def noted(protocol: LiveProtocol, transport: BaseTransport) -> None:
        made.append(weakref.ref(protocol))
        connection_made(protocol, transport)

    monkeypatch.setattr(LiveProtocol, "connection_made", noted)
    gc.disable()
    try:
        for _ in range(3):
            cara = await clients(node, "cara", orders={"1042": 0}, inbox=True)
            await cara.do("a")
            await cara.socket.close()
        await eventually(lambda: len(made) == 3 and not any(protocol() for protocol in made))
    finally:
        gc.enable()


class Transport:
    """What was sent, a send each."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.sent.append(data)

    def is_closing(self) -> bool:
        return False


def wire() -> tuple[LiveProtocol, Transport]:
    """The lower half of a connection after its handshake."""
    protocol, transport = LiveProtocol.__new__(LiveProtocol), Transport()
    protocol.loop, protocol.writable = asyncio.get_running_loop(), asyncio.Event()
    protocol.writable.set()
    protocol.transport = transport  # type: ignore[assignment]
    protocol.close_sent = protocol.disconnected = False
    return protocol, transport


async def test_what_can_wait_leaves_together_with_what_follows_at_once() -> None:
    protocol, transport = wire()
    assert protocol.write_soon(b"event ") and transport.sent == []
    assert protocol.write(b"ack")
    assert transport.sent == [b"event ack"]
    await asyncio.sleep(0)
    assert transport.sent == [b"event ack"]


async def test_what_can_wait_leaves_alone_when_nothing_follows() -> None:
    protocol, transport = wire()
    protocol.write_soon(b"one ")
    protocol.write_soon(b"two")
    await asyncio.sleep(0)
    assert b"".join(transport.sent) == b"one two"


async def test_many_that_wait_write_in_the_next_turn_and_nothing_is_lost() -> None:
    wires = [wire() for _ in range(10)]
    for protocol, _ in wires:
        protocol.write_soon(b"event ")
    for protocol, _ in wires:
        protocol.write(b"ack ")
        protocol.write(b"more")
    assert all(transport.sent == [] for _, transport in wires)
    await asyncio.sleep(0)
    assert all(transport.sent == [b"event ack more"] for _, transport in wires)


async def test_what_is_much_does_not_wait() -> None:
    wires = [wire() for _ in range(10)]
    for protocol, _ in wires:
        protocol.write_soon(b"event ")
    protocol, transport = wires[0]
    protocol.write(b"x" * 20_000)
    assert transport.sent == [b"event " + b"x" * 20_000]
    await asyncio.sleep(0)


async def test_nothing_follows_a_close_frame() -> None:
    protocol, transport = wire()
    protocol.write_soon(b"event")
    protocol.close_sent = True
    await asyncio.sleep(0)
    assert transport.sent == [] and not protocol.write(b"more")
