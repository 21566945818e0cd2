"""Tokens at the live door: reading leaves no trace, and what is revoked is closed within two seconds."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial

import asyncpg
import httpx2
import pytest

from app.access import digest
from tests.cast import ALICE, BOB, OLGA, Person
from tests.conftest import Api, Deploy, Live
from tests.live_client import LiveClient, Nack
from tests.marks import SCALED
from tests.product import Deployment
from tests.rules.http import done, place
from tests.rules.test_live import signed_in

WITHIN = 2.0  # seconds
NewToken = Callable[..., Awaitable[str]]
Follow = Callable[..., Awaitable[LiveClient]]


@pytest.fixture
async def new_token() -> NewToken:
    """`await new_token(deployment, BOB, "read")`: another token, from the command line."""

    async def make(of: Deployment, who: Person, scope: str = "write") -> str:
        made = await of.cli("token", who.option, who.email, "--name", "a program", "--scope", scope)
        return made.stdout.strip()

    return make


@pytest.fixture
async def follow() -> AsyncIterator[Follow]:
    """`await follow(url, secret, number)`: a program that follows this order there."""
    async with AsyncExitStack() as stack:

        async def client(url: str, secret: str, number: str) -> LiveClient:
            return await stack.enter_async_context(LiveClient(url, secret, {number: 0}))

        yield client


async def closed(clients: list[LiveClient], since: float) -> None:
    """All of them are put out in time."""
    for client in clients:
        await client.until(partial(getattr, client, "close_code"), within=10)
        assert client.close_code == 4401
    assert time.monotonic() - since < WITHIN


async def test_a_read_token_follows_and_changes_nothing(
    deployment: Deployment, api: Api, live: Live, new_token: NewToken, follow: Follow
) -> None:
    alice, number = api(ALICE, deployment), await place(api(ALICE, deployment))
    await done(api(BOB, deployment), f"/orders/{number}/open_chat")
    watcher = await follow(deployment.urls[-1], await new_token(deployment, BOB, "read"), number)
    customer = await live(ALICE, deployment, {number: 0})
    await done(alice, f"/orders/{number}/messages", text="Hello")
    await watcher.until(lambda: len(watcher.entries.get(number, [])) == 3)
    for verb, data in (("messages.send", {"text": "Hi"}), ("read", {"seq": 3}), ("orders.confirm", {})):
        with pytest.raises(Nack) as refused:
            await watcher.do(verb, number, **data)
        assert refused.value.code == "forbidden"
    await watcher.send({"type": "typing", "order": number})
    await watcher.until(lambda: any(f["cid"] is None for f in watcher.of_type("nack")))
    await live(OLGA, deployment, {number: 0})
    await customer.until(lambda: any(f["people"] for f in customer.of_type("presence", number)))
    assert "Bob" not in repr(customer.of_type("presence", number))
    assert customer.of_type("typing") == []


async def test_revoking_on_the_page_closes_that_tokens_sockets(
    deployment: Deployment, api: Api, new_token: NewToken, follow: Follow
) -> None:
    number, secret = await place(api(ALICE, deployment)), await new_token(deployment, BOB)
    programs = [await follow(url, secret, number) for url in deployment.urls]
    other = await follow(deployment.urls[-1], deployment.tokens[BOB], number)
    cookie = await signed_in(deployment, OLGA)
    origin = deployment.urls[0]
    async with httpx2.AsyncClient(trust_env=False, headers={"Cookie": cookie, "Origin": origin}) as window:
        since = time.monotonic()
        path = f"/desk/settings/tokens/{digest(secret)[:12]}/revoke"
        assert (await window.post(origin + path)).status_code == 303
        await closed(programs, since)
    await other.do("orders.open_chat", number)
    assert other.close_code is None


async def test_revoking_by_command_closes_them_too(
    deployment: Deployment, api: Api, new_token: NewToken, follow: Follow
) -> None:
    number, secret = await place(api(ALICE, deployment)), await new_token(deployment, ALICE)
    programs = [await follow(url, secret, number) for url in deployment.urls]
    listed = (await deployment.cli("tokens", "list", ALICE.email)).stdout.splitlines()
    [key] = [line.split("\t")[0] for line in listed if digest(secret).startswith(line.split("\t")[0])]
    assert (await deployment.cli("tokens", "revoke", key)).returncode == 0
    await closed(programs, time.monotonic())


@SCALED
async def test_what_the_bus_never_said_is_found_in_every_process(
    own_deployment: Deployment, api: Api, new_token: NewToken, follow: Follow
) -> None:
    number, secret = await place(api(ALICE, own_deployment)), await new_token(own_deployment, BOB)
    programs = [await follow(url, secret, number) for url in own_deployment.urls]
    connection = await asyncpg.connect(own_deployment.env["DATABASE_URL"])
    await connection.execute("UPDATE tokens SET revoked_at = now() WHERE id = $1", digest(secret))
    since = time.monotonic()
    await connection.close()
    await closed(programs, since)


@SCALED
async def test_revoking_needs_no_redis(deploy: Deploy, api: Api, new_token: NewToken, follow: Follow) -> None:
    deployment = await deploy()
    number, secret = await place(api(ALICE, deployment)), await new_token(deployment, BOB)
    programs = [await follow(url, secret, number) for url in deployment.urls]
    cookie, origin = await signed_in(deployment, BOB), deployment.urls[0]
    assert deployment.redis is not None
    await deployment.redis.kill()
    async with httpx2.AsyncClient(trust_env=False, headers={"Cookie": cookie, "Origin": origin}) as window:
        since = time.monotonic()
        path = f"/desk/settings/tokens/{digest(secret)[:12]}/revoke"
        assert (await window.post(origin + path)).status_code == 303
        await closed(programs, since)


async def test_an_open_socket_counts_as_a_use(
    deployment: Deployment, api: Api, new_token: NewToken, follow: Follow
) -> None:
    number, secret = await place(api(ALICE, deployment)), await new_token(deployment, ALICE, "read")
    await follow(deployment.urls[0], secret, number)
    async with asyncio.timeout(10):
        while True:
            listed = (await deployment.cli("tokens", "list", ALICE.email)).stdout.splitlines()
            [line] = [line for line in listed if line.startswith(digest(secret)[:12])]
            if "never" not in line:
                break
    assert line.split("\t")[1] == "read"
    assert line.endswith(f"\t{ALICE.email}\ta program")
