"""The live door of the real product: the same verbs, the same refusals, and its own ends."""

import asyncio
import json
import re
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.cast import ALICE, BOB, CAROL, OLGA, Person
from tests.conftest import Api, Deploy, Live
from tests.live_client import LiveClient, Nack
from tests.marks import SCALED
from tests.product import Deployment
from tests.rules.http import done, json_of, line, place, post

NOT_FRAMES: tuple[Any, ...] = (
    "", "{", "null", "[]", '"do"', "1", "{}", '{"type":null}', '{"type":"dance"}', '{"type":["do"]}',
    '{"type":"do"}', '{"type":"do","cid":1,"do":"messages.send","order":"1042"}',
    '{"type":"do","cid":"x","do":"messages.send","order":"1042"}', '{"type":"resume","orders":[]}',
    '{"type":"resume","orders":{"1042":-1}}', '{"type":"resume","orders":{"1042":"1"}}', '{"type":"typing"}',
    '{"type":"resume","epoch":7}', '{"type":"resume","html":["de"]}', '{"type":"ping"', "\\ud800", "\x00",
)  # fmt: skip


async def refused(client: LiveClient, verb: str, order: str | None = None, **data: Any) -> str:
    with pytest.raises(Nack) as caught:
        await client.do(verb, order, **data)
    return caught.value.code


async def test_a_frame_does_what_the_api_does(deployment: Deployment, api: Api, live: Live) -> None:
    alice, bob = await live(ALICE, deployment), await live(BOB, deployment)
    lines = [await line(api(ALICE, deployment))]
    placed = await alice.do("orders.place", lines=lines, payment_method="online")
    number = placed["order"]
    assert placed["seq"] == 1
    assert await refused(bob, "orders.confirm", number) == "conflict"
    assert (await bob.do("quotes.send", number, amount=5_000))["seq"] == 3
    assert (await bob.do("orders.open_chat", number))["seq"] is None
    assert await refused(bob, "orders.confirm", number) == "quote_open"
    assert (await alice.do("quotes.approve", number, version=1))["seq"] == 4
    assert await refused(alice, "quotes.approve", number, version=1) == "quote_closed"
    await bob.do("orders.confirm", number)
    assert (await json_of(api(ALICE, deployment), f"/orders/{number}"))["total"]["amount"] == 5_000


async def test_one_cid_is_one_request_whatever_the_door(deployment: Deployment, api: Api, live: Live) -> None:
    client, number, cid = api(ALICE, deployment), await place(api(ALICE, deployment)), str(uuid4())
    alice = await live(ALICE, deployment, {number: 0})
    first = await alice.do("messages.send", number, cid=cid, text="Hello")
    again = await done(client, f"/orders/{number}/messages", cid, text="Hello")
    assert first["seq"] == again["seq"] == 2
    assert (await post(client, f"/orders/{number}/messages", cid, text="Bye")).json()["code"] == "cid_reused"
    await alice.until(lambda: len(alice.entries.get(number, [])) == 2)
    assert alice.entries[number][-1]["cid"] == cid


async def test_foreign_and_malformed_orders_are_nacked(deployment: Deployment, api: Api, live: Live) -> None:
    number = await place(api(ALICE, deployment))
    carol = await live(CAROL, deployment, {number: 0})
    assert carol.heads == {}
    for order in (number, "01001", "1001x", "-1", "1" + "0" * 30, "١٠٠١", "", None):
        assert await refused(carol, "messages.send", order, text="Hi") == "not_found", order
    assert await refused(carol, "orders.confirm", number) == "not_found"
    own = await place(api(CAROL, deployment))
    assert await refused(carol, "orders.confirm", own) == "forbidden"
    assert await refused(carol, "messages.send", own, text=" ") == "invalid"
    assert await refused(carol, "messages.send", own, words="Hi") == "invalid"
    assert await refused(carol, "orders.explode", own) == "malformed"
    await carol.send({"type": "typing", "order": number})
    await carol.until(lambda: carol.of_type("nack"))
    assert len((await json_of(api(ALICE, deployment), f"/orders/{number}/timeline"))["items"]) == 1


async def test_what_is_no_frame_is_nacked_and_nobody_else_notices(
    deployment: Deployment, api: Api, live: Live
) -> None:
    number = await place(api(ALICE, deployment))
    bob, alice = await live(BOB, deployment, {number: 0}), await live(ALICE, deployment, {number: 0})
    for text in NOT_FRAMES:
        await alice.send(text)
    await alice.until(lambda: len(alice.of_type("nack")) == len(NOT_FRAMES))
    assert {frame["code"] for frame in alice.of_type("nack")} <= {"malformed", "not_found"}
    await alice.do("messages.send", number, text="Still here")
    await bob.until(lambda: len(bob.entries.get(number, [])) == 2)
    assert (alice.connections, bob.connections) == (1, 1)


@pytest.mark.parametrize(("frame", "code"), [(b"\x00\x01", 1003), ("x" * 66_000, 1009)])
async def test_frames_that_end_the_connection_end_no_other(
    deployment: Deployment, api: Api, live: Live, frame: str | bytes, code: int
) -> None:
    number = await place(api(ALICE, deployment))
    bob = await live(BOB, deployment, {number: 0})
    async with await socket(deployment, token=deployment.tokens[ALICE]) as alice:
        await alice.send(frame)
        assert await closed(alice) == code
    await done(api(ALICE, deployment), f"/orders/{number}/messages", text="By another way")
    await bob.until(lambda: len(bob.entries.get(number, [])) == 2)
    assert bob.connections == 1


async def test_a_flood_is_told_when_to_go_on(deployment: Deployment, api: Api) -> None:
    number, client = await place(api(ALICE, deployment)), api(ALICE, deployment)
    answers: list[httpx2.Response] = []
    late: list[httpx2.Response] = []
    while not late and len(answers) < 5_000:  # a slow machine gives the bucket time to fill again
        posts = (post(client, f"/orders/{number}/messages", text="x") for _ in range(100))
        answers += await asyncio.gather(*posts)
        late = [answer for answer in answers if answer.status_code == 429]
    assert {answer.status_code for answer in answers} == {200, 429}
    assert late[0].json()["code"] == "rate_limited"
    assert late[0].json()["retry_after"] > 0
    assert int(late[0].headers["retry-after"]) >= 1
    other = await done(api(BOB, deployment), f"/orders/{number}/messages", text="I am not slowed down")
    assert other["seq"] == len(answers) - len(late) + 3
    page = await json_of(api(BOB, deployment), f"/orders/{number}/timeline", after=other["seq"] - 1)
    assert [entry["seq"] for entry in page["items"]] == [other["seq"]]


# Who one is, is settled at the handshake


async def test_nobody_is_told_so(deployment: Deployment) -> None:
    async with await socket(deployment, token="wrong") as nobody:
        assert await closed(nobody) == 4401
    async with await socket(deployment, origin=deployment.urls[0]) as nobody:
        assert await closed(nobody) == 4401


async def test_a_socket_with_a_cookie_needs_our_origin(deployment: Deployment) -> None:
    cookie = await signed_in(deployment, ALICE)
    for origin in ("https://evil.example", "null", None, deployment.urls[0] + ".evil.example"):
        with pytest.raises(InvalidStatus) as caught:
            await socket(deployment, cookie=cookie, origin=origin)
        assert caught.value.response.status_code == 403
    async with await socket(deployment, cookie=cookie, origin=deployment.urls[0]) as ours:
        await ours.send('{"type":"resume","orders":{}}')
        assert json.loads(await ours.recv())["type"] == "hello"


@pytest.mark.parametrize(("who", "path"), [(ALICE, "/sign-out"), (OLGA, "/desk/sign-out")])
async def test_signing_out_closes_the_sockets_of_that_session(
    deployment: Deployment, who: Person, path: str
) -> None:
    cookie, other = await signed_in(deployment, who), await signed_in(deployment, who)
    origin = deployment.urls[0]
    async with (
        await socket(deployment, cookie=cookie, origin=origin, url=deployment.urls[0]) as here,
        await socket(deployment, cookie=other, origin=origin, url=deployment.urls[0]) as elsewhere,
    ):
        for one in (here, elsewhere):
            await one.send('{"type":"resume","orders":{}}')
            assert json.loads(await one.recv())["type"] == "hello"
        async with httpx2.AsyncClient(
            trust_env=False, headers={"Cookie": cookie, "Origin": origin}
        ) as window:
            assert (await window.post(origin + path)).status_code == 303
        assert await closed(here) == 4401
        await elsewhere.send('{"type":"ping"}')
        while json.loads(await elsewhere.recv())["type"] != "pong":
            pass


@SCALED
async def test_a_removed_member_is_put_out_and_hears_nothing_more(
    deploy: Deploy, api: Api, live: Live
) -> None:
    deployment = await deploy()
    number = await place(api(ALICE, deployment))
    bob = await live(BOB, deployment, {number: 0})
    connection = await asyncpg.connect(deployment.env["DATABASE_URL"])
    await connection.execute("UPDATE members SET removed_at = now() WHERE email = $1", BOB.email)
    await connection.close()
    await bob.until(lambda: bob._task.done() or bob.close_code, within=30)
    assert bob.close_code == 4403
    assert (await api(BOB, deployment).get("/orders")).status_code == 401


async def socket(
    of: Deployment, *, token: str | None = None, cookie: str = "", origin: str | None = None, url: str = ""
) -> ClientConnection:
    headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
    headers |= {"Cookie": cookie} if cookie else {}
    headers |= {"Origin": origin} if origin else {}
    address = f"ws{(url or of.urls[0]).removeprefix('http')}/live"
    return await connect(address, additional_headers=headers, proxy=None, compression=None)


async def closed(connection: ClientConnection) -> int | None:
    """The code it was closed with."""
    try:
        async with asyncio.timeout(15):
            while True:
                await connection.recv()
    except ConnectionClosed:
        return connection.close_code


async def signed_in(of: Deployment, who: Person) -> str:
    """The cookie that a browser holds after it used a mailed link."""
    link = await of.sign_in_link(who, of.urls[0])
    async with httpx2.AsyncClient(trust_env=False, headers={"Origin": of.urls[0]}) as window:
        answer = await window.post(link)
    found = re.search(r"orderline_(team|shop)=[^;]+", answer.headers["set-cookie"])
    assert found, answer.text
    return found[0]
