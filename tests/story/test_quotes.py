"""Quotes with lines on a phone: what the customer ticks is what they approve; what they offer is answered."""

import re
from typing import Any

from playwright.async_api import Locator, Page, expect

from app.quotes.lines import Priced
from app.quotes.sums import add_up, line_amount
from tests.browser import PHONE
from tests.cast import ALICE, BOB, CAROL
from tests.marks import EMBEDDED
from tests.story.axe import findings
from tests.story.people import House, Member

SIGN = {"title": "Sign", "quantity": 1, "unit_price": 100_000, "tax_rate": "19"}
GILT = {"title": "Gold leaf", "quantity": "2.5", "unit_price": 4_567, "tax_rate": "7.7", "optional": True}
LAMP = {"title": "Lamp", "quantity": 1, "unit_price": 9_999, "tax_rate": "19", "optional": True}


@EMBEDDED
async def test_what_is_ticked_is_what_is_approved(house: House) -> None:
    number = await house.order()
    await house.do(BOB, f"{number}/quotes", lines=[SIGN, GILT, LAMP], tax_included=False)
    alice, bob = await house.customer(ALICE, viewport=PHONE), await house.member(BOB)
    await bob.opens(number)
    await alice.opens(number)
    await expect(bob.quote(1)).to_contain_text("Seen by the customer")
    card, total = alice.quote(1), alice.quote(1).locator(".slip-amount")
    await expect(total).to_have_text("€1,190.00")
    await card.get_by_label("Gold leaf").check()
    await expect(total).to_have_text("€1,312.97")
    await card.get_by_label("Lamp").check()
    await expect(total).to_have_text("€1,431.96")
    await expect(card.locator(".slip-sums")).to_contain_text("€8.79")
    await card.get_by_label("Gold leaf").uncheck()
    await expect(total).to_have_text("€1,308.99")
    await bob.writes("Take your time")  # frames leave alone what is ticked
    await alice.sees("Take your time")
    await expect(card.get_by_label("Lamp")).to_be_checked()
    assert await findings(alice.page, "a quote with optional lines") == []
    await alice.approves(1)
    for somebody in (alice, bob):
        await somebody.sees_quote(1, "Approved")
        await somebody.sees_no_buttons(1)
        await expect(somebody.quote(1).locator(".slip-amount")).to_have_text("€1,308.99")
        await expect(somebody.quote(1)).to_contain_text("optional, not chosen")
        await expect(somebody.state).to_contain_text("€1,308.99")
    await same_sums_in_the_browser(alice.page)


@EMBEDDED
async def test_an_offer_is_answered_with_the_next_version(house: House) -> None:
    number = await house.order()
    alice, bob = await house.customer(ALICE, viewport=PHONE), await house.member(BOB)
    await bob.opens(number)
    await bob.opens_the_chat()
    await bob_writes_lines(bob)
    await alice.opens(number)
    await expect(alice.quote(1).locator(".slip-amount")).to_have_text("€1,200.00")
    await alice.quote(1).get_by_label("Mounting").check()
    await alice.quote(1).get_by_text("Offer another amount").click()
    await alice.quote(1).get_by_label("What would you pay?").fill("1,100")
    await alice.quote(1).get_by_label("A word about it").fill("All in all?")
    assert await findings(alice.page, "an offer that is being written") == []
    await alice.quote(1).get_by_role("button", name="Send the offer").click()
    for somebody in (alice, bob):
        await expect(somebody.quote(1).locator(".slip-counter")).to_contain_text("€1,100.00")
        await expect(somebody.quote(1)).to_contain_text("€100.00 less than this quote")
        await somebody.sees("offered €1,100.00 instead of quote 1")
    await expect(alice.quote(1).get_by_label("Mounting")).to_be_checked()
    await expect(alice.quote(1).get_by_role("button", name="Approve")).to_be_visible()
    await bob.sees_state("Our turn")
    await bob.quote(1).get_by_role("link", name="Answer with a new quote").click()
    panel = bob.page.locator(".forms details[open] .panel")
    await expect(panel.get_by_label("Amount")).to_have_value("1,100.00")
    await panel.get_by_label("Amount").fill("1,150")
    await panel.get_by_role("button", name="Preview").click()
    await panel.get_by_role("button", name="Send quote").click()
    await alice.sees_quote(1, "Superseded")
    await alice.approves(2)
    await bob.sees_quote(2, "Approved")
    await bob.sees_state("€1,150.00")
    carol = await house.customer(CAROL)
    await carol.page.goto(f"/orders/{number}")
    await carol.sees_nowhere("1,100.00", "Offer another amount")


async def bob_writes_lines(bob: Member) -> None:
    """With the keyboard alone, once the lines are there."""
    panel = await bob.chooses_action("Send quote")
    await panel.get_by_role("button", name="Line by line").click()
    titles = panel.get_by_label("Title", exact=True)
    await expect(titles).to_have_count(2)
    await expect(titles.first).to_be_focused()
    await titles.first.fill("Sign")
    await panel.get_by_label("Unit price").first.fill("1,200")
    await panel.get_by_label("Unit price").first.press("Enter")
    await expect(titles.nth(1)).to_be_focused()
    await titles.nth(1).fill("Mounting")
    await panel.get_by_label("Quantity").nth(1).fill("1.5")
    await panel.get_by_label("Unit price").nth(1).fill("64")
    await panel.get_by_label("Optional", exact=True).nth(1).check()
    await titles.nth(1).press("Enter")
    await expect(titles).to_have_count(3)
    await expect(panel.get_by_role("group", name="Line 3")).to_be_visible()
    await panel.get_by_role("button", name="Remove line 3").click()
    await expect(titles).to_have_count(2)
    await expect(running(panel, "gross")).to_have_text("€1,200.00")
    await expect(running(panel, "most")).to_have_text("€1,296.00")
    assert await findings(bob.page, "the lines of a quote") == []
    await panel.get_by_role("button", name="Preview").click()
    await expect(panel.get_by_text("The customer will see this")).to_be_visible()
    await panel.get_by_role("button", name="Send quote").click()
    await expect(panel).to_be_hidden()


def running(panel: Locator, name: str) -> Locator:
    return panel.locator(f'[data-running] [data-sum="{name}"]')


async def same_sums_in_the_browser(page: Page) -> None:
    """The page's arithmetic is the server's, to the cent, also where it is large or halves are."""
    source = await page.locator('link[rel="modulepreload"][href*="sums.js"]').get_attribute("href")
    assert source and re.search("sums", source)
    rates = ("19", "7.7", "0", "99.999", "5.5")
    lines: list[tuple[int, str]] = [
        ((n * 7919 + k * 104729) % 10**9, rates[(n + k) % 5]) for n in range(40) for k in range(n % 6)
    ]
    for included in (True, False):
        for size in (1, 2, 7, 40):
            some = lines[:size]
            asked: dict[str, Any] = {"source": source, "items": some, "included": included}
            sums = add_up([Priced(1, "", a, r, False) for a, r in some], included=included)
            assert await page.evaluate(SUMS, asked) == [str(sums.gross), str(sums.net)]
    for quantity, price in (("2.5", 4_567), ("0.001", 500), ("0.001", 499), ("999999.999", 10**9)):
        asked = {"source": source, "quantity": quantity, "price": price}
        assert await page.evaluate(LINE, asked) == str(line_amount(quantity, price))


SUMS = """async ({ source, items, included }) => {
  const { addUp } = await import(source);
  const { gross, net } = addUp(items.map(([amount, rate]) => ({ amount, rate })), included);
  return [String(gross), String(net)];
}"""
LINE = """async ({ source, quantity, price }) =>
  String((await import(source)).lineAmount(quantity, price))"""
