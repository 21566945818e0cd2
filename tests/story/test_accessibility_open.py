"""axe-core finds nothing serious in what opens, changes and goes wrong on a page."""

from playwright.async_api import Page, ViewportSize

from tests.cast import ALICE, BOB, OLGA
from tests.marks import EMBEDDED
from tests.story.axe import SIZES, Findings, findings
from tests.story.people import House, Wire
from tests.story.places import NORA, OWNER


@EMBEDDED
@SIZES
async def test_every_open_panel_with_its_mistakes(house: House, size: ViewportSize) -> None:
    team, found = (await house.member(OWNER, viewport=size)).page, Findings()
    for number in (1001, 1004, 1005, 1006, 1007, 1009):
        await team.goto(f"/desk/orders/{number}")
        found += await open_one_by_one(team, f"order {number}")
    await team.goto("/desk/orders/1009")
    await team.locator(".forms summary", has_text="Send quote").click()
    panel = team.locator(".forms details[open] .panel")
    for amount, words in (("twelve", "Please write an amount"), ("1,200", "The customer will see this")):
        await panel.get_by_label("Amount").fill(amount)
        await panel.get_by_role("button", name="Preview").click()
        await panel.get_by_text(words).wait_for()
        found += await findings(team, f"a quote of {amount}")
    assert found == []


async def open_one_by_one(page: Page, what: str) -> Findings:
    found = Findings()
    for summary in await page.locator("details:not([open]) > summary").element_handles():
        if await summary.is_visible():
            await summary.evaluate("summary => { summary.parentElement.open = true }")
            found += await findings(page, f"{what}: {await summary.inner_text()}")
    return found


@EMBEDDED
@SIZES
async def test_the_customers_open_details_and_mistakes(house: House, size: ViewportSize) -> None:
    nora, found = (await house.customer(NORA, viewport=size)).page, Findings()
    await nora.goto("/orders/1009")
    found += await open_one_by_one(nora, "order 1009")
    guest = (await house.guest(viewport=size)).page
    await guest.goto("/products/1")
    await guest.locator("form.order-form").evaluate("form => { form.noValidate = true; form.submit() }")
    await guest.locator(".problem").first.wait_for()
    found += await findings(guest, "an order form with mistakes")
    for path in ("/sign-in", "/desk/sign-in"):
        await guest.goto(path)
        async with guest.expect_navigation():
            await guest.locator("main form").evaluate("form => form.submit()")
        found += await findings(guest, f"{path} with mistakes")
    assert found == []


@EMBEDDED
@SIZES
async def test_a_conversation_cut_off(house: House, size: ViewportSize) -> None:
    """Typing, presence, a message and a note, what is unsent, the line about the connection."""
    number = await house.order()
    await house.do(BOB, f"{number}/open_chat")
    bob, olga = await house.member(BOB), await house.member(OWNER, viewport=size)
    wire = await Wire.of(olga.page)
    await olga.opens(number)
    await bob.opens(number)
    await bob.writes("A message")
    await bob.notes("A note")
    await olga.sees("A note")
    await bob.types_until_seen_by(olga)
    await wire.cut()
    await olga.writes("Are you there?")
    await olga.banner.get_by_text("You are offline").wait_for()
    assert await findings(olga.page, "cut off") == []


@EMBEDDED
@SIZES
async def test_what_customers_pay(own_house: House, size: ViewportSize) -> None:
    """Charged, declined and to be approved; the subscriptions of it, and the way to the bank."""
    alice, found = await own_house.customer(ALICE, viewport=size), Findings()
    olga = await own_house.member(OLGA, viewport=size)
    number = await own_house.order("Sign care")
    await alice.opens(number)
    found += await findings(alice.page, "an order without a card")
    for card, words in (("4242424242424242", "Paid"), ("4000000000000341", "Payment failed")):
        await own_house.api(ALICE, own_house.shop).post("/demo/card", json={"number": card})
        number = await own_house.order("Sign care")
        await alice.opens(number)
        await own_house.do(OLGA, f"{number}/confirm")
        await alice.sees_state(words)
        await olga.opens(number)
        for who in (alice, olga):
            found += await findings(who.page, f"{words}, {who.name}")
            await who.page.goto(
                await who.page.locator(".facts-link[href*=subscriptions]").get_attribute("href") or ""
            )
            found += await findings(who.page, f"the subscription, {words}, {who.name}")
            found += await open_one_by_one(who.page, f"the subscription, {words}, {who.name}")
    assert found == []
