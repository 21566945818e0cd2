"""Whoever is removed is put out of every open socket within two seconds, and told not to come back."""

import time
from functools import partial

import httpx2
import pytest
from websockets.asyncio.client import ClientConnection

from tests.cast import ALICE, BOB, OLGA
from tests.conftest import Api, Deploy
from tests.live_client import LiveClient
from tests.product import Deployment
from tests.rules.http import place
from tests.rules.test_live import closed, signed_in, socket

WITHIN = 2.0  # seconds


async def id_of(of: Deployment, cookie: str, email: str) -> str:
    """As the owner's page names a member."""
    page = await window(of, cookie, "GET", "/desk/settings/team")
    block = next(part for part in page.text.split("<li>") if email in part)
    return block.partition('action="/desk/settings/team/')[2].partition("/")[0]


async def window(
    of: Deployment, cookie: str, method: str, path: str, data: dict[str, str] | None = None
) -> httpx2.Response:
    headers = {"Cookie": cookie, "Origin": of.urls[0]}
    async with httpx2.AsyncClient(trust_env=False, headers=headers, timeout=30) as client:
        return await client.request(method, of.urls[0] + path, data=data)


async def bobs_browser(of: Deployment, url: str, cookie: str) -> ClientConnection:
    opened = await socket(of, cookie=cookie, origin=url, url=url)
    await opened.send('{"type":"resume","orders":{},"inbox":true}')
    await opened.recv()
    return opened


@pytest.mark.parametrize(
    ("shop", "redis"), [("embedded", "none"), ("scaled", "up"), ("scaled", "down")], indirect=["shop"]
)
async def test_removal_closes_browsers_and_programs_in_every_process(
    deploy: Deploy, api: Api, redis: str
) -> None:
    deployment = await deploy()
    number = await place(api(ALICE, deployment))
    cookie, owner = await signed_in(deployment, BOB), await signed_in(deployment, OLGA)
    key = await id_of(deployment, owner, BOB.email)
    browsers = [await bobs_browser(deployment, url, cookie) for url in deployment.urls]
    token = deployment.tokens[BOB]
    async with LiveClient(deployment.urls[-1], token, {number: 0}) as program:
        if redis == "down":
            assert deployment.redis is not None
            await deployment.redis.kill()
        since = time.monotonic()
        answer = await window(deployment, owner, "POST", f"/desk/settings/team/{key}/remove")
        assert answer.headers["location"] == "/desk/settings/team?removed"
        assert [await closed(browser) for browser in browsers] == [4403] * len(browsers)
        await program.until(partial(getattr, program, "close_code"), within=10)
        assert program.close_code == 4403
        assert time.monotonic() - since < WITHIN
    assert (await api(BOB, deployment).get("/orders")).status_code == 401


async def test_signing_out_everywhere_closes_the_other_browsers(own_deployment: Deployment) -> None:
    here = await signed_in(own_deployment, BOB)
    there = await signed_in(own_deployment, BOB)
    mine = await bobs_browser(own_deployment, own_deployment.urls[0], here)
    others = [await bobs_browser(own_deployment, url, there) for url in own_deployment.urls]
    since = time.monotonic()
    path = "/desk/settings/sign_out_elsewhere"
    assert (await window(own_deployment, here, "POST", path)).status_code == 303
    assert [await closed(other) for other in others] == [4401] * len(others)
    assert time.monotonic() - since < WITHIN
    await mine.send('{"type":"ping"}')
    async for frame in mine:
        if '"pong"' in str(frame):
            break
