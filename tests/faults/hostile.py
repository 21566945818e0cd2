"""What a hostile client tries at `/live`; each says what must come of it."""

import asyncio
import json
import os
import time
from typing import Any
from uuid import uuid4

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

Frame = dict[str, Any]


async def origins_are_refused(url: str) -> None:
    """A browser's socket is opened by our own pages alone."""
    for origin in ("https://evil.example", "null", None, f"{url}.evil.example"):
        with pytest.raises(InvalidStatus) as caught:
            await _open(url, {"Cookie": "orderline_team=x"} | ({"Origin": origin} if origin else {}))
        assert caught.value.response.status_code == 403


async def frames_end_with_their_code(url: str, token: str) -> None:
    """Too large, binary, not UTF-8, compressed although nobody agreed: this connection ends, and no other."""
    # 1006: who goes on sending for long may find the connection reset before the reason was read
    for message, good in ((b"\x00\x01", (1003,)), ("x" * 66_000, (1009,)), ("x" * 2**20, (1009, 1006))):
        async with await _open(url, _bearer(token)) as attacker:
            code = await _ends(attacker, message)
            assert code in good, f"{len(message)} ended with {code}"
    bomb = os.urandom(16)
    for head, payload, codes in ((0x81, b"\xff\xfe\xff", (1007,)), (0xC1, bomb, (1002,))):
        async with await _open(url, _bearer(token)) as attacker:
            masked = bytes([head, 0x80 | len(payload)]) + bytes(4) + payload
            attacker.transport.write(masked)
            assert await _ends(attacker) in codes


async def foreign_orders_do_not_exist(url: str, token: str, foreign: str) -> None:
    async with await _open(url, _bearer(token)) as attacker:
        await attacker.send(json.dumps({"type": "resume", "orders": {foreign: 0}}))
        assert (await _next(attacker, "hello"))["heads"] == {}
        for verb in ("messages.send", "orders.cancel", "read", "quotes.approve"):
            assert (await _asks(attacker, verb, foreign, {"text": "hi"}))["code"] == "not_found"
        await attacker.send(json.dumps({"type": "typing", "order": foreign}))
        assert (await _next(attacker, "nack"))["code"] == "not_found"


async def positions_beyond_everything_are_reset(url: str, token: str, order: str) -> None:
    async with await _open(url, _bearer(token)) as attacker:
        for position in (10**18, 10**30):
            await attacker.send(json.dumps({"type": "resume", "orders": {order: position}}))
            assert (await _next(attacker, "reset"))["order"] == order
        for wrong in (-1, "1", None, 0.5, [1], True):
            await attacker.send(json.dumps({"type": "resume", "orders": {order: wrong}}))
            assert (await _next(attacker, "nack"))["code"] == "malformed"


async def a_cid_is_one_request(url: str, token: str, order: str) -> None:
    async with await _open(url, _bearer(token)) as attacker:
        cid = str(uuid4())
        assert (await _asks(attacker, "messages.send", order, {"text": "once"}, cid))["type"] == "ack"
        assert (await _asks(attacker, "messages.send", order, {"text": "twice"}, cid))["code"] == "cid_reused"


async def markup_is_text(url: str, token: str, order: str) -> None:
    """In the fragment that others are sent, too."""
    text = '<script>alert(1)</script><b hx-get="/x" hx-trigger="load">'
    async with await _open(url, _bearer(token)) as attacker:
        await attacker.send(json.dumps({"type": "resume", "orders": {order: 0}, "html": "en"}))
        await _next(attacker, "hello")
        cid = str(uuid4())
        await attacker.send(_do("messages.send", order, {"text": text}, cid))
        event = await _next(attacker, "event")
        while event["cid"] != cid:
            event = await _next(attacker, "event")
    assert event["data"]["text"] == text
    assert "&lt;script&gt;" in event["content"]
    assert "<script" not in event["content"]
    assert '<b hx-get="/x"' not in event["content"]


async def flood(url: str, token: str, order: str, seconds: float) -> None:
    """As much as a socket takes: of nonsense, of typing, of resumes."""
    ends = time.monotonic() + seconds
    async with await _open(url, _bearer(token)) as attacker:
        reading = asyncio.create_task(_read(attacker))
        try:
            while time.monotonic() < ends:
                for frame in ("nonsense", '{"type":"ping"}', json.dumps({"type": "typing", "order": order})):
                    await attacker.send(frame)
                await attacker.send(json.dumps({"type": "resume", "orders": {order: 0}}))
                await asyncio.sleep(0.001)  # or this process would serve nobody else
        except ConnectionClosed:
            pass
        reading.cancel()


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def _open(url: str, headers: dict[str, str]) -> ClientConnection:
    address = f"ws{url.removeprefix('http')}/live"
    return await connect(address, additional_headers=headers, proxy=None, compression=None, max_size=None)


def _do(verb: str, order: str, data: Frame, cid: str) -> str:
    return json.dumps({"type": "do", "cid": cid, "order": order, "do": verb, "data": data})


async def _asks(socket: ClientConnection, verb: str, order: str, data: Frame, cid: str = "") -> Frame:
    """The answer."""
    cid = cid or str(uuid4())
    await socket.send(_do(verb, order, data, cid))
    while True:
        frame: Frame = json.loads(await socket.recv())
        if frame.get("cid") == cid and frame["type"] in ("ack", "nack"):
            return frame


async def _next(socket: ClientConnection, kind: str) -> Frame:
    async with asyncio.timeout(10):
        while True:
            frame: Frame = json.loads(await socket.recv())
            if frame["type"] == kind:
                return frame


async def _read(socket: ClientConnection) -> None:
    async for _ in socket:
        pass


async def _ends(socket: ClientConnection, message: str | bytes | None = None) -> int | None:
    try:
        if message is not None:
            await socket.send(message)
        async with asyncio.timeout(10):
            await _read(socket)
    except ConnectionClosed:
        pass
    return socket.close_code
