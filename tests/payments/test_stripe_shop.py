"""A shop with Stripe, end to end: real processes of ours, and localstripe with its own webhooks."""

import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest

from tests.cast import ALICE, BOB, OLGA
from tests.conftest import Api, Deploy
from tests.marks import EMBEDDED
from tests.payments.conftest import HOOK_SECRET
from tests.payments.localstripe import KEY, Localstripe
from tests.product import Deployment
from tests.rules.http import done, json_of, place
from tests.until import until

pytestmark = EMBEDDED
GOOD, DECLINED = "4242424242424242", "4000000000000341"


@pytest.fixture
async def stripe_shop(deploy: Deploy, localstripe: Localstripe) -> Deployment:
    running = await deploy(
        STRIPE_SECRET_KEY=KEY, STRIPE_WEBHOOK_SECRET=HOOK_SECRET, STRIPE_API_BASE=localstripe.url
    )
    await localstripe.hook(f"{running.urls[0]}/webhooks/stripe", HOOK_SECRET)
    return running


@asynccontextmanager
async def window(deployment: Deployment) -> AsyncIterator[httpx2.AsyncClient]:
    """Alice's browser, signed in through a mailed link."""
    url = deployment.urls[0]
    async with httpx2.AsyncClient(
        base_url=url, headers={"Origin": url}, trust_env=False, timeout=30
    ) as client:
        link = await deployment.sign_in_link(ALICE, url)
        assert (await client.post(link.removeprefix(url))).status_code == 303
        yield client


async def gives_card(client: httpx2.AsyncClient, stripe: Localstripe, path: str, number: str) -> None:
    """To Stripe's page, where the card is typed, and back."""
    leave = await client.post(path)
    assert leave.status_code == 200, leave.text
    found = re.search(r'href="([^"]*checkout[^"]*)"', leave.text)
    assert found is not None, "no way to the bank"
    ref = re.search(r"cs_[A-Za-z0-9_]+", html.unescape(found[1]))
    assert ref is not None
    await stripe.fill(ref[0], number)
    session = await stripe.session(ref[0])
    back = await client.get(session["success_url"])
    assert back.status_code in (200, 303), back.text


async def test_saved_on_stripes_page_charged_on_confirmation_and_given_back(
    stripe_shop: Deployment, localstripe: Localstripe, api: Api
) -> None:
    alice, bob, olga = (api(who, stripe_shop) for who in (ALICE, BOB, OLGA))
    number = await place(alice, "fixed")
    async with window(stripe_shop) as client:
        await gives_card(client, localstripe, f"/orders/{number}/cards", GOOD)
        order = (await done(bob, f"/orders/{number}/confirm"))["order"]
        assert order["payment_status"] == "paid"
        assert "Visa ···· 4242" in (await client.get(f"/orders/{number}")).text
    payment = await newest(alice, number)
    await done(olga, f"/orders/{number}/payments/{payment}/refund", reason="Scratched", amount=500)
    await until(lambda: _status(alice, number, "partially_refunded"))


async def test_declined_then_another_card(
    stripe_shop: Deployment, localstripe: Localstripe, api: Api
) -> None:
    alice, bob = api(ALICE, stripe_shop), api(BOB, stripe_shop)
    number = await place(alice, "fixed")
    async with window(stripe_shop) as client:
        await gives_card(client, localstripe, f"/orders/{number}/cards", DECLINED)
        order = (await done(bob, f"/orders/{number}/confirm"))["order"]
        assert order["payment_status"] == "failed"
        payment = await newest(alice, number)
        await gives_card(client, localstripe, f"/orders/{number}/payments/{payment}/card", GOOD)
    await until(lambda: _status(alice, number, "paid"))


async def test_the_demo_banks_door_is_closed(stripe_shop: Deployment, api: Api) -> None:
    answer = await api(ALICE, stripe_shop).post("/demo/card", json={"number": GOOD})
    assert answer.status_code == 404
    ahead = await stripe_shop.cli("worker", "--once", "--now", "2099-01-01T00:00:00Z")
    assert ahead.returncode == 0, "a test key is not live, so the clock may be put forward"


async def test_with_a_live_key_the_clock_is_not_put_forward(stripe_shop: Deployment) -> None:
    stripe_shop.env["STRIPE_SECRET_KEY"] = "sk_live_for_tests_only"
    ahead = await stripe_shop.cli("worker", "--once", "--now", "2099-01-01T00:00:00Z")
    assert ahead.returncode == 1
    assert ahead.stderr.count("\n") == 1 and "--now" in ahead.stderr


async def newest(client: httpx2.AsyncClient, number: str) -> int:
    log = (await json_of(client, f"/orders/{number}/timeline", limit=200))["items"]
    return int([entry["data"]["payment"] for entry in log if entry["kind"] == "payment"][-1])


async def _status(client: httpx2.AsyncClient, number: str, status: str) -> bool:
    return bool((await json_of(client, f"/orders/{number}"))["payment_status"] == status)
