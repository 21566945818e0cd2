"""Who was deleted is out of every open socket within two seconds, and the team's pages forget the words."""

import time
from functools import partial

import pytest

from tests.cast import ALICE, BOB, CAROL, OLGA
from tests.conftest import Api, Deploy
from tests.live_client import LiveClient
from tests.rules.http import json_of, place
from tests.rules.test_live import closed, signed_in, socket
from tests.rules.test_team_sockets import WITHIN, window


@pytest.mark.parametrize(
    ("shop", "redis"), [("embedded", "none"), ("scaled", "up"), ("scaled", "down")], indirect=["shop"]
)
async def test_a_deletion_closes_her_windows_and_programs_in_every_process(
    deploy: Deploy, api: Api, redis: str
) -> None:
    deployment = await deploy()
    urls = deployment.urls
    number, other = await place(api(ALICE, deployment)), await place(api(CAROL, deployment))
    cookie, owner = await signed_in(deployment, ALICE), await signed_in(deployment, OLGA)
    listed = (await window(deployment, owner, "GET", "/desk/customers?q=alice")).text
    key = listed.partition('href="/desk/customers/')[2].partition('"')[0]
    browsers = []
    for url in urls:
        browsers.append(await socket(deployment, cookie=cookie, origin=url, url=url))
        await browsers[-1].send('{"type":"resume","orders":{},"inbox":true}')
        await browsers[-1].recv()
    tokens = deployment.tokens
    async with (
        LiveClient(urls[-1], tokens[ALICE], {number: 0}) as program,
        LiveClient(urls[-1], tokens[BOB], {number: 0}) as bob,
        LiveClient(urls[0], tokens[CAROL], {other: 0}) as carol,
    ):
        await program.do("messages.send", number, text="Zaubertinte")
        await bob.until(lambda: "Zaubertinte" in str(bob.entries))
        if redis == "down":
            assert deployment.redis is not None
            await deployment.redis.kill()
        since = time.monotonic()
        path = f"/desk/customers/{key}/delete"
        answer = await window(deployment, owner, "POST", path, {"confirm": ALICE.email})
        assert answer.headers["location"] == f"/desk/customers/{key}?deleted"
        assert [await closed(browser) for browser in browsers] == [4401] * len(browsers)
        await program.until(partial(getattr, program, "close_code"), within=10)
        assert program.close_code == 4401
        assert time.monotonic() - since < WITHIN
        head = (await json_of(api(BOB, deployment), f"/orders/{number}"))["last_seq"]
        await bob.until(lambda: bob.seen.get(number, 0) >= head)
        assert any(entry["data"].get("action") == "erase" for entry in bob.entries[number])
        async with LiveClient(urls[0], tokens[BOB], {number: 0}) as late:
            await late.until(lambda: late.seen.get(number, 0) >= head)
            assert "Zaubertinte" not in str(late.entries)
        await carol.do("messages.send", other, text="Still here")
    assert (await api(ALICE, deployment).get("/orders")).status_code == 401
