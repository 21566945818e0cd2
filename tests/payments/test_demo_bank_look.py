"""The demo bank's pages in a browser: at every size, in both languages and themes, without scripts."""

from typing import Any, Literal

import httpx2
import pytest
from playwright.async_api import Browser, Page, Route, ViewportSize

from app.demo_bank.gateway import DemoBank
from tests.browser import DESK, PHONE, NewWindow
from tests.payments.test_demo_bank_pages import asking, page_for
from tests.rules.conftest import HOME, Door
from tests.rules.house import House
from tests.story.axe import findings

Language = Literal["en-GB", "de-DE"]
SIZES = pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])


@pytest.fixture
def browser(whole_browser: Browser) -> Browser:
    """Where nobody serves, the headless shell does not even show that."""
    return whole_browser


@pytest.fixture
def house(sqlite_house: House) -> House:
    """How a page looks is no matter of the database."""
    return sqlite_house


async def shown_by(page: Page, client: httpx2.AsyncClient) -> Page:
    """The window asks this process instead of a server."""

    async def answer(route: Route) -> None:
        request = route.request
        headers = {"content-type": request.headers.get("content-type", ""), "origin": HOME}
        headers["accept-language"] = request.headers.get("accept-language", "en")
        said = await client.request(
            request.method, request.url, content=request.post_data_buffer, headers=headers
        )
        await route.fulfill(status=said.status_code, headers=dict(said.headers), body=said.content)

    await page.route(f"{HOME}/**", answer)
    return page


async def wrongly_filled(page: Page, url: str) -> None:
    await page.goto(url)
    await page.get_by_role("textbox").fill("4111 1111 1111 1111")
    await page.get_by_role("button").first.click()


@SIZES
@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
async def test_every_page_is_for_everybody(
    bank: DemoBank, door: Door, new_window: NewWindow, size: ViewportSize, locale: Language
) -> None:
    page = await shown_by(await new_window(HOME, viewport=size, locale=locale), door())
    url, waiting, found = await page_for(bank, locale[:2]), await asking(bank), []
    for address in (url, waiting.action_url, url + "x"):
        await page.goto(address)
        found += await findings(page, address) + await beside_the_window(page)
    await wrongly_filled(page, url)
    found += await findings(page, "a wrong number") + await beside_the_window(page)
    assert found == []


async def beside_the_window(page: Page) -> list[str]:
    """What makes a page wider than its window."""
    wide: Any = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return [f"{page.url} is {wide} px too wide"] if wide > 0 else []


async def test_without_scripts_and_by_keyboard(bank: DemoBank, door: Door, new_window: NewWindow) -> None:
    page = await shown_by(await new_window(HOME, scripts=False), door())
    url = await page_for(bank)
    await wrongly_filled(page, url)
    field = page.get_by_role("textbox", name="Card number")
    assert await field.input_value() == "4111 1111 1111 1111"
    await field.fill("4242 4242 4242 4242")
    await field.press("Enter")
    await page.wait_for_url(f"{HOME}/orders/1001")
    card = await bank.saved_card(bank.named("cards", url.rpartition("/")[2]))
    assert card and card.last4 == "4242"
