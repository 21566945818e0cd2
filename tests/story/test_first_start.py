"""From an empty database to the first order: what somebody does who has just installed it."""

import re
from pathlib import Path

from playwright.async_api import Page, expect

from tests.browser import PHONE, NewWindow
from tests.processes import free_port
from tests.product import ORDERLINE, Web, environment
from tests.story.axe import findings

CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")


async def test_an_empty_shop_is_opened_with_the_code_from_the_console(
    tmp_path: Path, new_window: NewWindow
) -> None:
    port = free_port()
    env = environment(DATABASE_URL=f"sqlite:///{tmp_path / 'shop.db'}")
    async with Web((*ORDERLINE, "serve", "--port", str(port)), tmp_path, port, env) as server:
        olga = await new_window(server.url)
        await olga.goto("/desk/inbox")
        await expect(olga.get_by_role("heading", name="Set up your shop")).to_be_visible()
        assert await findings(olga, "the set-up page") == []
        await fills_in(olga, "WRNG-C0DE-0000")
        await expect(olga.get_by_text("This is not the code")).to_be_visible()
        assert await findings(olga, "the set-up page with an error") == []
        await expect(olga.get_by_label("Name of the shop")).to_have_value("Sonnenschein")
        found = CODE.search(server.text())
        assert found, "the console says it"
        await fills_in(olga, found[0])
        await expect(olga.get_by_role("heading", name="First steps")).to_be_visible()
        assert await findings(olga, "the first steps") == []
        await offers_something(olga)
        await picks_a_colour(olga)

        gus = await new_window(server.url, viewport=PHONE)
        await gus.goto("/")
        await gus.get_by_role("link", name="House number").click()
        await gus.get_by_label("Your name").fill("Gus")
        await gus.get_by_label("Mail address").fill("gus@example.org")
        await gus.get_by_role("button", name="Place order").click()
        await expect(gus.get_by_role("log")).to_be_visible()

        await olga.goto("/desk/inbox")
        await expect(olga.locator("#rows").get_by_text("House number")).to_be_visible()
        await expect(olga.locator("#rows").get_by_text(re.compile(r"CHF\s49\.00"))).to_be_visible()
        answer = await gus.goto("/setup")
        assert answer is not None
        assert answer.status == 404


async def fills_in(page: Page, code: str) -> None:
    texts = {
        "One-time code": code, "Name of the shop": "Sonnenschein", "Your name": "Olga Brandt",
        "Mail address": "olga@example.org", "Password": "correct horse battery",
    }  # fmt: skip
    for label, text in texts.items():
        await page.get_by_label(label).fill(text)
    await page.get_by_label("Currency").select_option("CHF")
    await expect(page.get_by_label("Time zone")).to_have_value("Europe/Berlin")
    await page.get_by_role("button", name="Open the shop").click()


async def offers_something(page: Page) -> None:
    await page.get_by_role("link", name="Offer something").click()
    await page.goto("/desk/catalogue/new")
    await page.get_by_label("Name").fill("House number")
    await page.locator("#price").fill("49")
    await page.get_by_role("button", name="Save", exact=True).last.click()
    await page.goto("/desk/inbox")
    await expect(page.locator(".step-done")).to_have_count(1)


async def picks_a_colour(page: Page) -> None:
    """The page wears it at once, before it is saved."""
    await page.goto("/desk/settings/shop")
    await page.locator("#color").fill("#ffd600")
    await expect(page.locator("link[data-brand]")).to_have_attribute("href", re.compile("ffd600"))
    button = page.get_by_role("button", name="Upload the logo")
    await expect(button).to_have_css("background-color", "rgb(255, 214, 0)")
    await page.locator("form[data-sheets] button").click()
    await expect(page.get_by_text("Saved.")).to_be_visible()
    await page.goto("/desk/inbox")
    assert await findings(page, "the desk in yellow") == []
