"""The main path by keyboard alone: Tab, arrows, Space, Enter; nobody clicks."""

from dataclasses import dataclass

from playwright.async_api import expect

from app.demo import PASSWORD
from app.demo_scenes import PEOPLE
from tests.marks import EMBEDDED
from tests.story.keyboard import Keyboard
from tests.story.people import Customer, House, Member

pytestmark = EMBEDDED


@dataclass
class Hands:
    """Alice and Jonas with `her` and `his` keyboards."""

    alice: Customer
    jonas: Member
    her: Keyboard
    his: Keyboard
    number: str = ""


async def test_the_story_by_keyboard_alone(house: House) -> None:
    alice = await house.guest("Alice Archer")
    jonas = Member(await house.new_window(house.shop.urls[1]), "Jonas Weidner")
    hands = Hands(alice, jonas, Keyboard(alice.page), Keyboard(jonas.page))
    await jonas_signs_in(hands)
    await alice_chooses(hands)
    await alice_places_the_order(hands)
    await jonas_opens_the_chat(hands)
    await they_write(hands)
    await jonas_sends_a_quote(hands)
    await alice_approves(hands)
    await jonas_confirms(hands)
    await jonas_searches(hands)


async def jonas_signs_in(hands: Hands) -> None:
    jonas, his = hands.jonas, hands.his
    await his.page.goto("/desk")
    await his.fill("Mail address", PEOPLE["agent"])
    await his.fill("Password", PASSWORD)
    await his.press("Enter")
    await jonas.is_live()


async def alice_chooses(hands: Hands) -> None:
    her = hands.her
    await her.page.goto("/")
    await her.use("Hand-painted shop sign")
    await expect(her.page.get_by_role("heading", name="Your order")).to_be_visible()
    await her.use("Oak, oiled", "Space")
    await her.press("ArrowDown")
    await her.use("Gold leaf", "Space")
    await her.use("Mounting", "Space")
    await her.fill("What shall it say", "ARCHER")
    await her.fill("Width in cm", "180")
    await her.fill("When do you open", "03012031")


async def alice_places_the_order(hands: Hands) -> None:
    alice, her = hands.alice, hands.her
    await her.fill("Wish date", "02012031")
    await her.fill("Anything else", "The wall is wet.")
    await her.reach("Online")
    await her.press("ArrowUp")
    await her.fill("Your name", "Alice Archer")
    await her.fill("Mail address", "alice.keys@example.org")
    await her.use("Ask for a quote")
    await alice.sees_state("Pending", "Invoice")
    for words in ("Powder-coated steel", "Gold leaf, Mounting", "March 1, 2031", "February 1, 2031"):
        await expect(alice.facts).to_contain_text(words)
    hands.number = alice.page.url.rpartition("/")[2]


async def jonas_opens_the_chat(hands: Hands) -> None:
    jonas, his = hands.jonas, hands.his
    await expect(jonas.row(hands.number)).to_be_visible()
    await his.reach("Alice Archer")
    await his.press("ArrowDown", "ArrowUp", "Enter")
    await expect(jonas.page.get_by_text("You are only looking")).to_be_visible()
    await jonas.is_live()
    await his.use("Skip to the order")
    await his.use("Open chat")
    await expect(jonas.field).to_be_focused()


async def they_write(hands: Hands) -> None:
    jonas, his, her = hands.jonas, hands.his, hands.her
    await his.type("Good morning!")
    await his.press("Enter")
    await jonas.sees_sent("Good morning!")
    await her.fill("Your message", "Hello")
    await her.press("Shift+Enter")
    await her.type("and thank you")
    await her.press("Enter")
    await jonas.sees("and thank you")
    await his.back_to("Message")
    await his.press("ArrowRight")
    await expect(jonas.field).to_be_focused()
    await his.type("She is polite.")
    await his.press("Enter")
    await jonas.sees("She is polite.")
    await expect(jonas.message("She is polite.")).to_contain_text("Internal note")


async def jonas_sends_a_quote(hands: Hands) -> None:
    """A mistake and the preview keep the focus in the form."""
    jonas, his = hands.jonas, hands.his
    await his.back_to("Send quote")
    await his.press("Enter")
    await his.fill("Amount", "twelve")
    await his.use("Preview")
    await expect(jonas.page.get_by_text("Please write an amount")).to_be_visible()
    await expect(jonas.page.get_by_role("textbox", name="Amount")).to_be_focused()
    await his.press("Control+A")
    await his.type("1,200")
    await his.use("Preview")
    await expect(jonas.page.get_by_text("The customer will see this")).to_be_visible()
    await expect(jonas.page.locator(".panel").get_by_role("button", name="Send quote")).to_be_focused()
    await his.press("Enter")
    await jonas.sees_quote(1, "Open")
    await expect(jonas.page.locator(".forms summary", has_text="Send quote")).to_be_focused()


async def alice_approves(hands: Hands) -> None:
    alice, her = hands.alice, hands.her
    await alice.sees_quote(1, "Open")
    await her.back_to("Approve")
    await her.press("Enter")
    for somebody in (alice, hands.jonas):
        await somebody.sees_quote(1, "Approved")
    await her.reach("Your message")


async def jonas_confirms(hands: Hands) -> None:
    jonas, his = hands.jonas, hands.his
    question = jonas.page.get_by_role("heading", name="Confirm this order?")
    await his.use("Confirm")
    await expect(question).to_be_visible()
    await his.press("Escape")
    await expect(question).to_be_hidden()
    await his.press("Enter")
    await his.use("Confirm order")
    await hands.alice.sees_state("Confirmed", "€1,200.00")


async def jonas_searches(hands: Hands) -> None:
    jonas, his = hands.jonas, hands.his
    await his.press("/")
    await expect(jonas.page.get_by_role("searchbox")).to_be_focused()
    await his.type(hands.number)
    await his.press("Enter")
    await expect(jonas.page.get_by_text("Nothing found")).to_be_visible()
    await his.use("Search all orders")
    await expect(jonas.row(hands.number)).to_contain_text("Confirmed")
