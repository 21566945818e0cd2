"""The tests' own client loses and doubles nothing, whatever a server does to it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.live_client import LiveClient, Nack
from tests.processes import free_port


class Script:
    """A server with one order of five entries (the third is hidden) that misbehaves as it is told to."""

    def __init__(self) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        self.log = {1: 0, 2: 1, 4: 2, 5: 4}
        self.skipped: set[int] = set()
        self.resumes: list[dict[str, Any]] = []
        self.done: list[str] = []
        self.closing: list[int] = []
        self.resets = 0
        self.socket: ServerConnection

    async def serve(self, socket: ServerConnection) -> None:
        self.socket = socket
        with suppress(ConnectionClosed):
            async for text in socket:
                frame = json.loads(text)
                await getattr(self, f"on_{frame['type']}")(frame)
                if socket.close_code:
                    return

    async def send(self, **frame: Any) -> None:
        await self.socket.send(json.dumps(frame))

    async def on_resume(self, frame: dict[str, Any]) -> None:
        self.resumes.append(frame)
        if self.resets:
            self.resets -= 1
            await self.send(type="reset", order="7")
        await self.send(type="hello", epoch="e1", heads={"7": 5})
        for seq in self.log:
            if seq > frame["orders"]["7"] and seq not in self.skipped:
                await self.event(seq)

    async def event(self, seq: int) -> None:
        await self.send(type="event", order="7", seq=seq, prev=self.log[seq], kind="message", data={})

    async def on_do(self, frame: dict[str, Any]) -> None:
        if self.closing:
            await self.socket.close(self.closing.pop())
        elif frame["do"] == "nonsense":
            await self.send(type="nack", cid=frame["cid"], code="malformed", detail="no such verb")
        else:
            self.done.append(frame["cid"])
            await self.send(type="ack", cid=frame["cid"], order="7", seq=6)


@pytest.fixture
async def script() -> AsyncIterator[Script]:
    script = Script()
    async with serve(script.serve, "127.0.0.1", int(script.url.rpartition(":")[2])):
        yield script


def seqs(client: LiveClient) -> list[int]:
    return [event["seq"] for event in client.entries["7"]]


async def test_a_gap_is_asked_for_again_and_repeats_are_dropped(script: Script) -> None:
    script.skipped = {2}
    async with LiveClient(script.url, "t", {"7": 0}) as client:
        await client.until(lambda: len(script.resumes) > 1)
        script.skipped.clear()
        await script.event(1)
        await client.until(lambda: client.seen["7"] == 5)
        await client.until(lambda: client.repeats)
    assert seqs(client) == [1, 2, 4, 5]


async def test_a_lost_connection_is_taken_up_where_it_was(script: Script) -> None:
    async with LiveClient(script.url, "t", {"7": 2}) as client:
        await client.until(lambda: client.seen["7"] == 5)
        client.drop()
        await client.until(lambda: client.hellos == 2)
    assert script.resumes[-1] == {"type": "resume", "epoch": "e1", "orders": {"7": 5}}
    assert seqs(client) == [4, 5]


async def test_what_was_not_acknowledged_goes_out_again_in_order(script: Script) -> None:
    script.closing = [1013, 1012]
    async with LiveClient(script.url, "t", {"7": 5}) as client:
        asked = [client.do("messages.send", "7", cid=cid, text=cid) for cid in ("a", "b", "c")]
        acks = await asyncio.gather(*asked)
    assert [ack["cid"] for ack in acks] == ["a", "b", "c"]
    assert list(dict.fromkeys(script.done)) == ["a", "b", "c"]
    assert client.connections == 3


async def test_a_refusal_is_raised(script: Script) -> None:
    async with LiveClient(script.url, "t", {"7": 5}) as client:
        with pytest.raises(Nack) as refusal:
            await client.do("nonsense")
    assert refusal.value.code == "malformed"


async def test_who_is_signed_out_does_not_come_back(script: Script) -> None:
    async with LiveClient(script.url, "t", {"7": 5}) as client:
        await script.socket.close(4401)
        await client.until(lambda: client.close_code == 4401)
        with pytest.raises(AssertionError, match="4401"):
            await client.until(lambda: client.hellos == 2)


async def test_heads_ahead_and_resets_are_caught_up(script: Script) -> None:
    script.skipped = {5}
    async with LiveClient(script.url, "t", {"7": 0}) as client:
        await client.until(lambda: client.seen["7"] == 4)
        script.skipped.clear()
        await script.send(type="heads", orders={"7": 5})
        await client.until(lambda: client.seen["7"] == 5)
        script.resets = 1
        await client.watch({"7": 9})
        await client.until(lambda: client.seen["7"] == 5)
    assert seqs(client) == [1, 2, 4, 5]
