"""The money story in the browser: a card is given to the bank, charged, declined, approved, given back."""

import re

from playwright.async_api import Locator, expect

from tests.cast import BOB, CAROL, OLGA
from tests.marks import SCALED
from tests.story.people import Customer, House, Member, Somebody

pytestmark = SCALED  # another process charges

PAYS, DECLINES, ASKS = "4242 4242 4242 4242", "4000 0000 0000 0341", "4000 0000 0000 3220"


def card(who: Somebody, words: str = "") -> Locator:
    """The newest payment's card in the conversation that says this."""
    return who.conversation.locator(".pay-card").filter(has_text=words).last


async def gives(guest: Customer, number: str) -> None:
    """Types a card's number at the bank and comes back."""
    await guest.page.get_by_label("Card number").fill(number)
    await guest.page.get_by_role("button", name="Save the card").click()
    await guest.page.wait_for_url("**/orders/*")
    await guest.is_live()


async def ordered(house: House, number: str) -> tuple[Customer, Member, str]:
    """A guest has ordered and given this card; Bob has opened the chat."""
    guest = await house.guest()
    order = await guest.orders_a_plate()
    await guest.page.get_by_role("button", name="Add a card").click()
    await gives(guest, number)
    await guest.sees_state(f"Visa ···· {number[-4:]} will be charged when the order is confirmed")
    bob = await house.member(BOB)
    await bob.opens(order)
    await bob.opens_the_chat()
    return guest, bob, order


async def quoted(guest: Customer, bob: Member, amount: str) -> None:
    await bob.sends_quote(amount)
    await guest.approves(1)
    await guest.sees_quote(1, "Approved")
    await bob.sees_quote(1, "Approved")


async def test_a_card_is_saved_and_charged_on_confirmation(house: House) -> None:
    guest, bob, _ = await ordered(house, PAYS)
    await quoted(guest, bob, "480")
    panel = await bob.chooses_action("Confirm")
    await expect(panel).to_contain_text("Charges €480.00 now to Visa ···· 4242.")
    await panel.get_by_role("button", name="Confirm order").click()
    for who in (guest, bob):
        await who.sees("€480.00 was charged to Visa ···· 4242")
        await expect(card(who)).to_contain_text("Paid with Visa ···· 4242")
        await who.sees_state("Paid")
    await card(guest).get_by_role("link", name=re.compile(r"Receipt R-\d{6}")).click()
    await expect(guest.page.get_by_role("heading", name="Receipt", exact=True)).to_be_visible()
    await expect(guest.page.get_by_role("row", name="Total")).to_contain_text("€480.00")


async def test_a_declined_charge_is_paid_with_another_card(house: House) -> None:
    guest, bob, _ = await ordered(house, DECLINES)
    await quoted(guest, bob, "99.50")
    await bob.confirms()
    for who in (guest, bob):
        await expect(card(who)).to_contain_text("The bank has declined the charge.")
        await who.sees_state("Payment failed")
    await expect(card(bob).get_by_role("button", name="Pay now")).to_have_count(0)
    await card(guest).get_by_role("button", name="Change card").click()
    await gives(guest, PAYS)
    for who in (guest, bob):
        await who.sees("€99.50 was charged to Visa ···· 4242")
        await expect(card(who)).to_contain_text("Paid with Visa ···· 4242")
        await expect(card(who).get_by_role("button", name="Change card")).to_have_count(0)


async def test_something_extra_is_asked_for_and_paid(house: House) -> None:
    guest, bob, _ = await ordered(house, PAYS)
    panel = await bob.chooses_action("Request payment")
    await panel.get_by_label("Amount").fill("0")
    await panel.get_by_label("What is it for?").fill("A second bracket")
    await panel.get_by_role("button", name="Request payment").click()
    await expect(panel.get_by_text("The amount must be more than nothing.")).to_be_visible()
    await panel.get_by_label("Amount").fill("100")
    await panel.get_by_role("button", name="Request payment").click()
    await expect(card(bob).get_by_role("button", name="Withdraw")).to_be_visible()
    await expect(card(guest)).to_contain_text("A second bracket")
    await card(guest).get_by_role("button", name="Pay now").click()
    for who in (guest, bob):
        await expect(card(who, "A second bracket")).to_contain_text("Paid with Visa ···· 4242")
    await expect(card(bob).get_by_role("button", name="Withdraw")).to_have_count(0)


async def test_a_payment_is_approved_at_the_bank(house: House) -> None:
    guest, bob, _ = await ordered(house, ASKS)
    await bob.confirms()
    await expect(card(guest)).to_contain_text("The bank wants the cardholder to approve the payment.")
    await card(guest).get_by_role("button", name="Pay now").click()
    await guest.page.get_by_role("heading", name="Do you approve this payment?").wait_for()
    await expect(card(bob)).to_contain_text("Approval needed")
    await guest.page.get_by_role("button", name="Approve").click()
    await guest.page.wait_for_url("**/orders/*")
    for who in (guest, bob):
        await expect(card(who)).to_contain_text("Paid with Visa ···· 3220")


async def test_the_owner_gives_a_part_back(house: House) -> None:
    guest, bob, number = await ordered(house, PAYS)
    await quoted(guest, bob, "80")
    await bob.confirms()
    await expect(card(bob)).to_contain_text("Paid with Visa")
    await expect(card(bob).get_by_text("Refund…")).to_be_hidden()
    olga = await house.member(OLGA)
    await olga.opens(number)
    await card(olga).get_by_text("Refund…").click()
    await card(olga).get_by_label("Amount").fill("80.01")
    await card(olga).get_by_label("Reason").fill("A scratch")
    await guest.writes("There is a scratch")
    await olga.sees("There is a scratch")
    await expect(card(olga).get_by_label("Reason")).to_have_value("A scratch")
    await card(olga).get_by_role("button", name="Refund").click()
    too_much = "This is more than what was paid and not given back yet."
    await expect(card(olga).get_by_text(too_much)).to_be_visible()
    await card(olga).get_by_label("Amount").fill("20")
    await card(olga).get_by_role("button", name="Refund").click()
    for who in (guest, bob, olga):
        await expect(card(who)).to_contain_text("€20.00 given back")
        await expect(card(who)).to_contain_text("Partly refunded")
        await who.sees("refunded €20.00")
    await expect(card(olga).get_by_label("Amount")).to_have_value("60.00")


async def test_others_see_nothing_of_it(house: House) -> None:
    guest, bob, number = await ordered(house, PAYS)
    await quoted(guest, bob, "1,234.56")
    await bob.confirms()
    receipt = card(guest).get_by_role("link", name=re.compile("Receipt"))
    address = await receipt.get_attribute("href")
    carol = await house.customer(CAROL)
    for path in (f"/orders/{number}", str(address)):
        answer = await carol.page.goto(path)
        assert answer is not None and answer.status == 404
        await carol.sees_nowhere("1,234.56", "4242")
