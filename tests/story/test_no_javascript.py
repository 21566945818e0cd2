"""Without JavaScript the forms still work, and an error keeps what was typed."""

import re

import pytest
from playwright.async_api import Locator, expect

from tests.cast import ALICE, BOB
from tests.marks import EMBEDDED
from tests.story.people import Customer, House, Member

pytestmark = EMBEDDED


class Plain(Member):
    """A member whose browser runs no scripts; each action loads the page again."""

    async def opens(self, number: str) -> None:
        await self.page.goto(f"/desk/orders/{number}")

    async def acts(self, action: str) -> Locator:
        await self.page.locator(".forms summary", has_text=re.compile(rf"^\s*{action}\s*$")).click()
        return self.page.locator(".forms details[open] .panel")


async def plain(house: House) -> tuple[Customer, Plain]:
    """Alice and Bob, without scripts."""
    alice = await house.guest("Alice Archer", scripts=False)
    bob = await house.member(BOB, scripts=False)
    return alice, Plain(bob.page, "Bob")


async def test_the_story_without_scripts(house: House) -> None:
    alice, bob = await plain(house)
    number = await alice.orders_a_plate(email="alice.plain@example.org")
    await they_talk(alice, bob, number)
    await bob_sends_a_quote(bob)
    await alice.page.reload()
    await alice.sees_state("Awaiting response")
    await alice.approves(1)
    await alice.sees_quote(1, "Approved")
    await alice.sees_no_buttons(1)
    await bob_confirms(bob)
    await alice.page.reload()
    await alice.sees_state("Confirmed", "€120.50")
    await alice.page.get_by_role("link", name="My orders").first.click()
    await expect(alice.page.locator(".row")).to_contain_text("Confirmed")


async def they_talk(alice: Customer, bob: Plain, number: str) -> None:
    await bob.opens(number)
    await bob.page.locator(".peek").get_by_role("button", name="Open chat").click()
    await bob.field.fill("Good morning!\n<b>Brick</b>?")
    await bob.page.get_by_role("button", name="Send", exact=True).click()
    await bob.sees("<b>Brick</b>?")
    await alice.page.reload()
    await alice.sees("Bob opened the chat")
    await alice.sees("<b>Brick</b>?")
    await alice.field.fill("Plaster")
    await alice.page.get_by_role("button", name="Send", exact=True).click()
    await alice.sees("Plaster")


async def bob_sends_a_quote(bob: Plain) -> None:
    """The preview is a page with the form open in it; one can go back to the form and on again."""
    panel = await bob.acts("Send quote")
    await panel.get_by_label("Amount").fill("120.50")
    await panel.get_by_label("Note to the customer").fill("With polished edges.")
    await panel.get_by_role("button", name="Preview").click()
    await expect(panel.locator(".slip")).to_contain_text("€120.50")
    await panel.get_by_role("button", name="Edit").click()
    await expect(panel.get_by_label("Amount")).to_have_value("120.50")
    await expect(panel.get_by_label("Note to the customer")).to_have_value("With polished edges.")
    await panel.get_by_role("button", name="Preview").click()
    await panel.get_by_role("button", name="Send quote").click()
    await bob.sees_quote(1, "Open")
    await bob.sees_state("Awaiting response")


async def bob_confirms(bob: Plain) -> None:
    await bob.page.reload()
    panel = await bob.acts("Confirm")
    await expect(panel).to_contain_text("€120.50")
    await panel.get_by_role("button", name="Confirm order").click()
    await bob.sees_state("Confirmed")


async def test_a_note_goes_to_the_team_without_scripts(house: House) -> None:
    number = await house.order()
    bob = Plain((await house.member(BOB, scripts=False)).page, "Bob")
    await bob.opens(number)
    await bob.page.locator(".peek").get_by_role("button", name="Open chat").click()
    await bob.page.get_by_role("radio", name="Internal note").check()
    await bob.field.fill("She pays on the day.")
    await bob.page.get_by_role("button", name="Add internal note").click()
    await expect(bob.message("She pays on the day.")).to_contain_text("only the team sees it")
    alice = await house.customer(ALICE, scripts=False)
    await alice.page.goto(f"/orders/{number}")
    await alice.sees_nowhere("on the day")


@pytest.mark.parametrize("amount", ["1.234,5x", "12,345", "0", "-5", "10000000000,01"])
async def test_a_wrong_amount_keeps_what_was_typed(house: House, amount: str) -> None:
    number = await house.order()
    bob = Plain((await house.member(BOB, scripts=False, locale="de-DE")).page, "Bob")
    await bob.opens(number)
    panel = await bob.acts("Preisangebot senden")
    await panel.get_by_label("Betrag").fill(amount)
    await panel.locator("textarea").fill("Mit Kante")
    await panel.get_by_role("button", name="Vorschau").click()
    await expect(panel.get_by_label("Betrag")).to_have_value(amount)
    await expect(panel.get_by_label("Betrag")).to_have_attribute("aria-invalid", "true")
    await expect(panel.locator("textarea")).to_have_value("Mit Kante")
    await expect(panel.locator(".problem")).not_to_be_empty()


async def test_the_readers_notation_is_understood(house: House) -> None:
    number = await house.order()
    bob = Plain((await house.member(BOB, scripts=False, locale="de-DE")).page, "Bob")
    await bob.opens(number)
    panel = await bob.acts("Preisangebot senden")
    await panel.get_by_label("Betrag").fill("1.234,50")
    await panel.get_by_role("button", name="Vorschau").click()
    await expect(panel.locator(".slip")).to_contain_text("1.234,50 €")


async def test_an_order_form_with_mistakes_keeps_what_was_typed(house: House) -> None:
    alice = await house.guest("Alice Archer", scripts=False)
    await alice.page.goto("/")
    await alice.opens_product("Hand-painted shop sign")
    await alice.chooses("Gold leaf", "Invoice")
    await alice.fills_in({"What shall it say?": "ARCHER", "Your name": "Alice Archer"})
    await alice.fills_in({"Anything else": "Wet wall", "Mail address": "alice at home"})
    await sends_without_checks(alice)
    await expect(alice.page.get_by_text("This is not a mail address.")).to_be_visible()
    await expect(alice.page.get_by_label("Mail address")).to_have_value("alice at home")
    await alice.fills_in({"Mail address": "alice@example.org"})
    await sends_without_checks(alice)
    await expect(alice.page.get_by_text("Please choose here.")).to_be_visible()
    await expect(alice.page.get_by_text("Please fill this in.")).to_be_visible()
    for choice in ("Gold leaf", "Invoice"):
        await expect(alice.page.get_by_label(choice)).to_be_checked()
    for label, value in (("What shall it say?", "ARCHER"), ("Anything else", "Wet wall")):
        await expect(alice.page.get_by_label(label)).to_have_value(value)


async def sends_without_checks(alice: Customer) -> None:
    """As a browser does that checks nothing itself."""
    await alice.page.locator("form.order-form").evaluate("form => { form.noValidate = true }")
    await alice.page.get_by_role("button", name="Ask for a quote").click()


async def test_a_late_decision_says_what_happened(house: House) -> None:
    """The page that Alice decides on is older than Bob's cancelling."""
    number = await house.order("Window lettering")
    await house.do(BOB, f"{number}/quotes", amount=10_000)
    alice = await house.customer(ALICE, scripts=False)
    await alice.page.goto(f"/orders/{number}")
    await alice.sees_quote(1, "Open")
    await house.do(BOB, f"{number}/quotes/1/cancel")
    await alice.approves(1)
    await alice.sees_quote(1, "Cancelled")
    await alice.sees_no_buttons(1)
    await expect(alice.page.get_by_role("alert")).to_be_visible()
