"""Being told: by the title and a line in the window that is open, and by push when none is."""

import json
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from playwright import async_api as playwright
from playwright.async_api import Page, expect

from tests.browser import NewWindow, sign_in
from tests.cast import ALICE, BOB
from tests.conftest import Api, Deploy
from tests.marks import EMBEDDED
from tests.push.browser import Browser
from tests.story.people import House
from tests.until import until
from tests.webhooks.receiver import Receiver, receiver

pytestmark = EMBEDDED
# A browser that was not asked yet; Chromium's own push service cannot be reached from a test.
STAND_IN = """
const made = %s;
const known = () => (localStorage.standIn
  ? { endpoint: made.endpoint, options: {}, toJSON: () => made, unsubscribe: async () => true } : null);
Object.defineProperty(Notification, "permission", { get: () => localStorage.asked ?? "default" });
Notification.requestPermission = async () => (localStorage.asked = "granted");
PushManager.prototype.getSubscription = async () => known();
PushManager.prototype.subscribe = async () => { localStorage.standIn = 1; return known(); };
"""


@pytest.fixture
def browser(whole_browser: playwright.Browser) -> playwright.Browser:
    """The headless shell shows no notices."""
    return whole_browser


@pytest.fixture
async def service() -> AsyncIterator[Receiver]:
    async with receiver(lambda _: 201) as made:
        yield made


async def soon(holds: Callable[[], bool], within: float = 10) -> None:
    async def asked() -> bool:
        return holds()

    await until(asked, within)


async def pushes(page: Page, *payloads: dict[str, Any]) -> None:
    """Hands these to the service worker, one after the other, as the browser's push service does."""
    devtools = await page.context.new_cdp_session(page)
    known: list[dict[str, Any]] = []
    devtools.on("ServiceWorker.workerRegistrationUpdated", lambda event: known.extend(event["registrations"]))
    await devtools.send("ServiceWorker.enable")
    await soon(lambda: bool(known))
    origin = "/".join(page.url.split("/")[:3])
    where = {"origin": origin, "registrationId": known[0]["registrationId"]}
    for said in payloads:
        await devtools.send("ServiceWorker.deliverPushMessage", where | {"data": json.dumps(said)})


async def sees_notices(page: Page, *titles: str) -> None:
    """Exactly these stand on the screen."""

    async def they_are() -> bool:
        ready = "(await navigator.serviceWorker.ready)"
        shown = f"async () => (await {ready}.getNotifications()).map((n) => n.title).sort()"
        return bool(await page.evaluate(shown) == sorted(titles))

    await until(they_are)


async def test_bob_is_told_of_an_order_and_of_the_answer(
    deploy: Deploy, new_window: NewWindow, api: Api, service: Receiver
) -> None:
    house = House(await deploy(PUSH_ALLOW_LOOPBACK="1"), new_window, api)
    browser = Browser(service, "bob")
    bob = await house.member(BOB)
    await bob.page.context.grant_permissions(["notifications"])
    await bob.page.add_init_script(STAND_IN % json.dumps(browser.subscription))
    await bob.page.goto("/desk/settings/tokens")
    await bob.is_live()

    number = await house.order()
    await expect(bob.page).to_have_title(re.compile(r"^\(\d+\) "))
    icon = bob.page.locator('link[rel="icon"]')
    await expect(icon).to_have_attribute("href", re.compile("^data:image/png"))
    line = bob.page.locator(".news-line")
    await expect(line).to_contain_text(f"New order · #{number}")
    await line.get_by_role("link").click()
    await bob.page.wait_for_url(re.compile(f"/desk/orders/{number}"))
    await bob.is_live()
    await bob.opens_the_chat()

    offer = bob.page.locator(".push-offer")
    await expect(offer).to_have_count(0)
    await bob.writes("Good morning")
    await bob.sees("Good morning")
    await offer.get_by_role("button", name="Switch on").click()
    await expect(offer).to_have_count(0)

    await bob.page.goto("/desk/settings/notifications")
    await expect(bob.page.get_by_text("This browser tells you.")).to_be_visible()
    await house.do(ALICE, f"{number}/messages", text="Is it ready?")
    await soon(lambda: bool(browser.tries), 30)
    (told,) = browser.told
    assert told["body"] == "Is it ready?" and told["url"].endswith(f"/desk/orders/{number}#e-{number}-4")

    # the window is looked at and has told of it by itself; of the other it has not
    await bob.page.bring_to_front()
    await pushes(bob.page, told, told | {"screen": False, "order": "9999", "title": "Of another"})
    await sees_notices(bob.page, "Of another")
    # what is read anywhere goes from the screen
    await pushes(bob.page, told | {"screen": False})
    await sees_notices(bob.page, "Of another", told["title"])
    await house.do(BOB, f"{number}/read", seq=99)
    await sees_notices(bob.page, "Of another")

    # signing in again ends the session before, and what the server knew of the browser with it
    async with bob.page.expect_response(lambda answer: answer.url.endswith("/desk/push")) as told_anew:
        await sign_in(bob.page, BOB, house.shop, house.shop.urls[1])
    assert (await told_anew.value).status == 204
    await bob.page.goto("/desk/settings/notifications")
    await expect(bob.page.locator("form[action*='/browsers/']")).to_have_count(1)
    await bob.page.get_by_role("button", name="Switch off in this browser").click()
    await expect(bob.page.get_by_text("This browser does not tell you yet.")).to_be_visible()
    await bob.page.reload()
    await expect(bob.page.get_by_text("No browser of yours is told by push yet.")).to_be_visible()
