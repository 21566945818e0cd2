"""A shop's button on another site: order there, talk there, and nobody else's world shows through."""

import re
from collections.abc import AsyncIterator

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import ViewportSize, expect
from pytest_playwright_asyncio.pytest_playwright import CreateContextCallback

from tests.browser import DESK, PHONE
from tests.cast import ALICE, BOB, OLGA
from tests.marks import EMBEDDED
from tests.story.people import House, Member, Wire
from tests.story.site import Site, Visitor, frame_url, serve

pytestmark = EMBEDDED
MAIL = "vera@example.org"


@pytest.fixture
async def site(house: House) -> AsyncIterator[Site]:
    """A site that Olga allows, with a button for the brass plate."""
    async with serve(house.shop.urls[0]) as running:
        running.includes(f'data-product="{await plate(house)}"')
        await allow(house, running.origin)
        yield running


async def plate(house: House) -> int:
    items = (await house.api(ALICE, house.shop).get("/catalogue")).json()["items"]
    return int(next(item["id"] for item in items if item["title"] == "Engraved brass plate"))


async def allow(house: House, *origins: str) -> None:
    """Olga names the sites in the settings."""
    page = (await house.member(OLGA)).page
    await page.goto("/desk/settings/embed")
    await page.get_by_label("Sites that may show the panel").fill("\n".join(origins))
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Saved.")).to_be_visible()
    await page.context.close()


async def visit(house: House, site: Site, size: ViewportSize = DESK) -> Visitor:
    """Vera comes to the site."""
    page = await house.new_window(site.origin, viewport=size)
    await page.goto("/")
    return Visitor(page, "Vera Vogel")


async def ordered(house: House, site: Site, size: ViewportSize = DESK) -> tuple[Visitor, Member, str]:
    """Vera has ordered in the panel, and Bob has opened the chat."""
    vera = await visit(house, site, size)
    await vera.opens_the_panel()
    await vera.orders_in_the_panel(MAIL)
    bob = await house.member(BOB)
    await bob.opens(await vera.number())
    await bob.opens_the_chat()
    return vera, bob, await vera.number()


async def test_a_visitor_corrects_and_withdraws_what_they_wrote(house: House, site: Site) -> None:
    vera, bob, _ = await ordered(house, site)
    await vera.writes("Brasss, please.")
    await bob.sees("Brasss, please.")
    await vera.acts_on("Brasss", "Edit")
    await vera.editor.press("Escape")  # leaves the editor, and the panel stays open
    await expect(vera.field).to_be_focused()
    await vera.field.press("ArrowUp")
    await vera.editor.fill("Brass, please.")
    await vera.editor.press("Enter")
    await expect(bob.message("Brass, please.")).to_contain_text("edited")
    await vera.acts_on("Brass, please.", "Withdraw")
    await vera.message("Brass").get_by_role("button", name="Withdraw", exact=True).click()
    await expect(bob.message("Message withdrawn")).to_be_visible()
    await expect(vera.message("Message withdrawn")).to_be_visible()


async def test_a_visitor_orders_and_talks_on_the_other_site(house: House, site: Site) -> None:
    vera, bob, number = await ordered(house, site)
    await bob.writes("Brass or copper?")
    await vera.sees("Brass or copper?")
    await vera.writes("Brass, please.")
    await bob.sees("Brass, please.")
    await vera.has_read_everything()
    await vera.field.press("Escape")
    await expect(vera.dialog).to_be_hidden()
    await expect(vera.button).to_be_focused()
    await bob.writes("Will do.")
    await expect(vera.badge).to_have_text("1")
    await expect(vera.button).to_have_accessible_name("Your order, 1 new message")
    await vera.page.reload()
    await expect(vera.badge).to_have_text("1")
    await vera.opens_the_panel()
    await vera.sees("Will do.")
    assert await vera.number() == number
    await vera.page.get_by_role("button", name="Close").click()
    await expect(vera.badge).to_be_hidden()
    await house.mail(MAIL, f"We have received your order {number}")


async def test_what_came_while_the_site_was_offline_counts_on_its_button(house: House, site: Site) -> None:
    page = await house.new_window(site.origin)
    wire = await Wire.of(page)
    await page.goto("/")
    vera = Visitor(page, "Vera Vogel")
    await vera.opens_the_panel()
    await vera.orders_in_the_panel(MAIL)
    number = await vera.number()
    await house.do(BOB, f"{number}/open_chat")
    await house.do(BOB, f"{number}/messages", text="Good morning")
    await vera.sees("Good morning")
    await vera.has_read_everything()
    await vera.field.press("Escape")
    bob = await house.member(BOB)
    await bob.page.goto("/desk/all")
    await bob.is_live()
    await wire.cut()
    await house.do(BOB, f"{number}/messages", text="Brass or copper?")
    await expect(bob.page.locator(f"#row-{number}")).to_contain_text("Brass or copper?")
    await wire.mend()
    await expect(vera.badge).to_have_text("1")
    await house.do(BOB, f"{number}/messages", text="Or wood?")
    await expect(vera.badge).to_have_text("2")


async def test_a_quote_is_answered_in_the_panel(house: House, site: Site) -> None:
    vera, bob, _ = await ordered(house, site)
    await bob.sends_quote("120")
    card = vera.conversation.locator(".entry.quote")
    await card.get_by_text("Reject", exact=True).click()
    await card.get_by_label("Reason").fill("Too much.")
    await card.get_by_role("button", name="Reject quote").click()
    await bob.sees_quote(1, "Rejected")
    await bob.sends_quote("99")
    await vera.conversation.get_by_role("button", name="Approve").click()
    await bob.sees_quote(2, "Approved")
    await expect(vera.conversation.get_by_text("Vera Vogel approved quote 2")).to_be_visible()


async def test_money_is_for_a_tab_of_its_own(house: House, site: Site) -> None:
    vera, bob, number = await ordered(house, site)
    await vera.panel.get_by_role("button", name="Add a card").click()
    await expect(vera.panel.get_by_role("heading", name="Continue in a new tab")).to_be_visible()
    async with vera.page.expect_popup() as opened:
        await vera.panel.get_by_role("link", name="Open in a new tab").click()
    tab = await opened.value
    await expect(tab.get_by_role("heading", level=1)).to_contain_text(f"#{number}")
    await tab.get_by_role("button", name="Add a card").click()
    await expect(tab).to_have_title(re.compile("Demo bank"))
    await tab.close()
    await vera.panel.get_by_role("link", name="Back to the conversation").click()
    await bob.writes("Thank you")
    await vera.sees("Thank you")


async def test_who_is_signed_in_at_the_shop_is_nobody_in_the_panel(house: House, site: Site) -> None:
    hers = await house.order()
    alice = (await house.customer(ALICE)).page
    await alice.goto(site.origin)
    vera = Visitor(alice, "Vera Vogel")
    await vera.opens_the_panel()
    await expect(vera.panel.get_by_label("Mail address")).to_be_empty()
    await expect(vera.panel.get_by_text("You order as")).to_have_count(0)
    await vera.panel.get_by_role("link", name="Overview").click()
    await expect(vera.panel.get_by_role("heading", name="Catalogue")).to_be_visible()
    await expect(vera.panel.get_by_role("heading", name="Your orders")).to_have_count(0)
    await alice.locator("orderline-embed iframe").evaluate(
        "(frame, url) => { frame.src = url }", f"{site.shop}/embed/en/orders/{hers}"
    )
    await expect(vera.panel.get_by_role("heading", name="There is nothing here for you")).to_be_visible()


@pytest.mark.parametrize("allowed", [(), ("https://elsewhere.example",)], ids=["nobody", "another"])
async def test_a_site_that_is_not_allowed_gets_nothing(
    house: House, site: Site, allowed: tuple[str, ...], new_context: CreateContextCallback
) -> None:
    await allow(house, *allowed)
    page, said = await (await new_context(base_url=site.origin)).new_page(), list[str]()
    page.on("console", lambda message: said.append(message.text))
    async with page.expect_console_message(lambda message: "Orderline: no panel here." in message.text):
        await page.goto("/")
    assert any(f"The shop {site.shop} must allow {site.origin}" in text for text in said)
    assert await page.locator("orderline-embed").count() == 0


async def test_two_scripts_make_one_button(house: House, site: Site) -> None:
    product = await plate(house)
    site.includes(f'data-product="{product}"', 'data-label="Another"')
    vera = await visit(house, site)
    await expect(vera.button).to_be_visible()
    await vera.page.wait_for_load_state("networkidle")
    assert await vera.page.locator("orderline-embed").count() == 1


async def test_options_and_the_language_of_the_page(house: House, site: Site) -> None:
    site.includes('data-color="#ffd9a8" data-position="left"', language="de")
    vera = await visit(house, site)
    await expect(vera.button).to_have_text("Hier bestellen")
    box = await vera.button.bounding_box()
    assert box and box["x"] < 100
    await expect(vera.button).to_have_css("background-color", "rgb(255, 217, 168)")
    await vera.opens_the_panel()
    await vera.panel.get_by_role("link", name="Graviertes").or_(
        vera.panel.get_by_role("link", name="Engraved brass plate")).click()  # fmt: skip
    await expect(vera.panel.get_by_label("Ihr Name")).to_be_visible()
    site.includes('data-label="Talk to us"')
    await vera.page.reload()
    await expect(vera.button).to_have_text("Talk to us")


async def test_the_panel_fills_a_phone_and_goes_by_its_button(house: House, site: Site) -> None:
    vera, bob, _ = await ordered(house, site, PHONE)
    await bob.writes("Hello Vera")
    await vera.sees("Hello Vera")
    assert await vera.dialog.bounding_box() == {"x": 0, "y": 0, **PHONE}
    width = await vera.panel.locator("html").evaluate("html => html.scrollWidth")
    assert width <= PHONE["width"]
    await vera.page.get_by_role("button", name="Close").click()
    await expect(vera.button).to_be_focused()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_axe_finds_nothing_in_the_panel(house: House, site: Site, size: ViewportSize) -> None:
    vera, bob, _ = await ordered(house, site, size)
    await bob.sends_quote("120")
    await expect(vera.conversation.get_by_role("button", name="Approve")).to_be_visible()
    order, found = frame_url(vera.page), []
    page = await house.new_window(site.shop, storage=await vera.page.context.storage_state(), viewport=size)
    places = (order, "/embed/en/orders", "/embed/en/products/1", f"{order}/tab", "/embed/en/nowhere")
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for place in places:
            await page.goto(place.replace("?placed", ""))
            answer = (await Axe().run(page, options={"resultTypes": ["violations"]})).response
            found += [f"{place}, {scheme}: {each['id']}" for each in answer["violations"]]
    assert found == []
