"""The story: an order is a conversation. Alice buys, Bob and Olga sell, and Carol must see nothing."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from playwright.async_api import expect

from tests.browser import PHONE
from tests.cast import BOB, CAROL, OLGA
from tests.conftest import Live
from tests.live_client import LiveClient
from tests.story.people import Customer, House, Member, at_once, text_of

ALICES = "alice@example.org"
NOTE = "Ask for a deposit first."
LABEL = "Measure on site"
HERS_ALONE = ("ARCHER", "The wall is wet", "Brick or plaster")


@dataclass
class Cast:
    """Who is in the story, each at a window; `phone` is Alice's other device."""

    house: House
    alice: Customer
    phone: Customer
    bob: Member
    olga: Member
    carol: Customer
    carols_socket: LiveClient
    number: str = ""

    @property
    def everybody(self) -> tuple[Customer, Customer, Member, Member]:
        return self.alice, self.phone, self.bob, self.olga


async def test_an_order_is_a_conversation(own_house: House, live: Live) -> None:
    cast = Cast(
        house=own_house,
        alice=await own_house.guest("Alice Archer"),
        phone=await own_house.guest("Alice Archer", viewport=PHONE),
        bob=await own_house.member(BOB),
        olga=await own_house.member(OLGA, color_scheme="dark"),
        carol=await own_house.customer(CAROL),
        carols_socket=await live(CAROL, own_house.shop, inbox=True),
    )
    await alice_orders_a_sign_and_the_team_sees_it(cast)
    await bob_looks_and_then_opens_the_chat(cast)
    await they_talk(cast)
    await the_teams_own_stays_with_the_team(cast)
    await bob_sends_a_quote(cast)
    await alice_rejects_it_on_her_phone(cast)
    await bob_changes_his_mind_twice(cast)
    await two_windows_decide_at_once(cast)
    await bob_confirms(cast)
    await carol_saw_nothing(cast)


async def alice_orders_a_sign_and_the_team_sees_it(cast: Cast) -> None:
    bob, olga = cast.bob, cast.olga
    inbox, pending, unread = await bob.count("Inbox"), await bob.count("Pending"), await bob.unread_orders()
    await alice_orders_a_sign(cast)
    for member in (bob, olga):
        await expect(member.rows.first).to_contain_text("Alice Archer")
        await expect(member.row(cast.number)).to_contain_text("By quote")
        await member.sees_unread(cast.number, 1)
        await member.sees_count("Inbox", inbox + 1)
        await member.sees_count("Pending", pending + 1)
        await expect(member.total).to_have_text(str(unread + 1))
        await cast.house.mail(member.address, f"New order {cast.number}")


async def alice_orders_a_sign(cast: Cast) -> None:
    alice = cast.alice
    await alice.looks_through_the_catalogue()
    await alice.opens_product("Hand-painted shop sign")
    await expect(alice.page.get_by_text("+ €180.00")).to_be_visible()
    await alice.chooses("Powder-coated steel", "Gold leaf", "Mounting", "Invoice")
    await alice.fills_in({"What shall it say?": "ARCHER & SONS", "Width in cm": "180"})
    await alice.fills_in({"When do you open?": "2031-03-01", "Wish date": "2031-02-01"})
    await alice.fills_in({"Anything else": "The wall is wet.", "Your name": "Alice Archer"})
    await alice.fills_in({"Mail address": ALICES})
    cast.number = await alice.places_the_order()
    await alice.sees_state("Pending", "By quote", "Invoice")
    await alice.sees("The wall is wet.")
    for words in ("Powder-coated steel", "Gold leaf, Mounting", "ARCHER & SONS", "180", "February 1, 2031"):
        await expect(alice.facts).to_contain_text(words)
    await cast.house.mail(ALICES, f"We have received your order {cast.number}")
    await cast.carols_socket.watch({cast.number: 0}, inbox=True)


async def bob_looks_and_then_opens_the_chat(cast: Cast) -> None:
    """Looking changes nothing."""
    alice, bob, number = cast.alice, cast.bob, cast.number
    await bob.looks_at(number)
    await bob.sees("The wall is wet.")
    await expect(bob.page.get_by_text("You are only looking")).to_be_visible()
    await expect(bob.facts).to_contain_text("Address not verified")
    await expect(bob.field).to_be_hidden()
    await bob.page.reload()
    await bob.is_live()
    await bob.sees_state("Pending")
    await bob.sees_unread(number, 1)
    await expect(alice.presence).to_be_empty()
    await bob.opens_the_chat()
    for somebody in (alice, bob):
        await somebody.sees_state("Processing")
        await somebody.sees("Bob opened the chat")
    await bob.sees_unread(number, 0)
    await cast.olga.sees_unread(number, 1)


async def they_talk(cast: Cast) -> None:
    alice, bob = cast.alice, cast.bob
    await alice.sees_present("Bob")
    await bob.starts_to_write("Good ")
    await alice.sees_typing("Bob")
    await bob.writes("Good morning!\nBrick or plaster?")
    await bob.sees_sent("Brick or plaster?")
    await alice.sees("Brick or plaster?")
    await alice.starts_to_write("Brick")
    await bob.sees_typing("Alice Archer")
    await alice.writes("Brick, see https://example.com/wall")
    await alice.sees_sent("Brick, see")
    await bob.sees("Brick, see")
    await expect(bob.message("Brick, see").get_by_role("link")).to_have_text("https://example.com/wall")


async def the_teams_own_stays_with_the_team(cast: Cast) -> None:
    alice, bob, olga = cast.alice, cast.bob, cast.olga
    await bob.labels(LABEL)
    await bob.notes(NOTE)
    await bob.assigns_to("Bob")
    await expect(bob.facts).to_contain_text("Assigned to Bob")
    await expect(olga.row(cast.number)).to_contain_text(LABEL)
    await olga.looks_at(cast.number)
    await olga.sees(NOTE)
    await olga.sees_present("Bob")
    await bob.sees_present("Olga")
    await bob.changes_payment_to("Bank transfer")
    for somebody in (alice, olga):
        await somebody.sees("Bob changed the payment method from Invoice to Bank transfer")
        await expect(somebody.facts).to_contain_text("Bank transfer")
    await alice.sees_nowhere(NOTE, LABEL, "assigned", "Assigned")
    await alice.page.reload()
    await alice.sees("Brick, see")
    await alice.sees_nowhere(NOTE, LABEL, "assigned", "Assigned")


async def bob_sends_a_quote(cast: Cast) -> None:
    alice, bob, olga = cast.alice, cast.bob, cast.olga
    await olga.opens_box("Inbox")
    await expect(olga.row(cast.number)).to_be_visible()
    awaiting = await bob.count("Awaiting response")
    until = date.today() + timedelta(days=14)
    panel = await bob.prepares_quote("2,480.00", "Steel and gold leaf, mounted.", until.isoformat())
    await expect(panel.locator(".slip")).to_contain_text("€2,480.00")
    await expect(alice.page.get_by_text("€2,480.00")).to_have_count(0)
    await panel.get_by_role("button", name="Send quote").click()
    for somebody in (alice, bob):
        await somebody.sees_quote(1, "Open")
        await somebody.sees_state("Processing", "Awaiting response")
    await bob.sees_count("Awaiting response", awaiting + 1)
    await expect(olga.row(cast.number)).to_have_count(0)  # it is Alice's turn
    await olga.sees_unread(cast.number, 0)


async def alice_rejects_it_on_her_phone(cast: Cast) -> None:
    """The mail's link leads to that very card, on any device."""
    phone, bob, olga, doors = cast.phone, cast.bob, cast.olga, cast.house.shop.urls
    unread = await olga.unread_orders()
    await phone.follows(await cast.house.mail(ALICES, "Your quote"), doors[0])
    await expect(phone.quote(1)).to_be_focused()
    await expect(phone.quote(1)).to_be_in_viewport()
    await expect(phone.quote(1)).to_contain_text("Steel and gold leaf, mounted.")
    await phone.rejects(1, "Too dear. And without the gold?")
    for somebody in (phone, cast.alice, bob):
        await somebody.sees_quote(1, "Rejected")
        await somebody.sees_no_buttons(1)
        await somebody.sees("Alice Archer rejected quote 1")
    await expect(olga.row(cast.number)).to_contain_text("Waiting for us")
    await olga.sees_unread(cast.number, 1)
    await expect(olga.total).to_have_text(str(unread + 1))
    assert "without the gold?" in text_of(await cast.house.mail(bob.address, "Quote rejected"))
    await bob.page.reload()
    await expect(bob.facts).to_contain_text("Address verified")


async def bob_changes_his_mind_twice(cast: Cast) -> None:
    """A newer quote supersedes, and a quote can be taken back: no screen keeps its buttons."""
    bob, olga = cast.bob, cast.olga
    await olga.looks_at(cast.number)
    await bob.sends_quote("2,200.00", "Without the gold.")
    for somebody in cast.everybody:
        await somebody.sees_quote(2, "Open")
    await bob.sends_quote("2,150.00", "Without the gold, and a little less.")
    for somebody in cast.everybody:
        await somebody.sees_quote(3, "Open")
        await somebody.sees_quote(2, "Superseded")
        await somebody.sees_no_buttons(2)
    await bob.cancels_quote(3)
    for somebody in cast.everybody:
        await somebody.sees_quote(3, "Cancelled")
        await somebody.sees_no_buttons(3)
        await somebody.sees("Bob cancelled quote 3")


async def two_windows_decide_at_once(cast: Cast) -> None:
    """One wins, the other sees what happened."""
    alice, phone = cast.alice, cast.phone
    await cast.bob.sends_quote("1,950.00")
    rejection = await phone.prepares_rejection(4, "No.")
    await at_once(alice.quote(4).get_by_role("button", name="Approve"), rejection)
    outcome = cast.olga.quote(4).locator(".slip-status")
    await expect(outcome).to_have_text(re.compile("Approved|Rejected"))
    for somebody in cast.everybody:
        await somebody.sees_quote(4, await outcome.inner_text())
        await somebody.sees_no_buttons(4)
        await expect(somebody.message(re.compile("(approved|rejected) quote 4"))).to_have_count(1)
    if await outcome.inner_text() == "Rejected":
        await cast.bob.sends_quote("1,950.00")
        await alice.approves(5)
    await cast.olga.sees_state("€1,950.00", "Our turn")


async def bob_confirms(cast: Cast) -> None:
    """After reading what it will do."""
    panel = await cast.bob.chooses_action("Confirm")
    for words in ("€1,950.00", "Bank transfer", "Nothing is charged"):
        await expect(panel).to_contain_text(words)
    await panel.get_by_role("button", name="Confirm order").click()
    for somebody in cast.everybody:
        await somebody.sees_state("Confirmed", "€1,950.00", "Unpaid")
        await somebody.sees("Bob confirmed the order")
    await expect(cast.alice.page.locator("summary", has_text="Cancel order")).to_be_hidden()
    assert "€1,950.00" in text_of(await cast.house.mail(ALICES, "is confirmed"))


async def carol_saw_nothing(cast: Cast) -> None:
    carol, number = cast.carol, cast.number
    for path in (f"/orders/{number}", f"/orders/{number}/entries?before=99"):
        answer = await carol.page.goto(path)
        assert answer and answer.status == 404
        await carol.sees_nowhere(*HERS_ALONE)
    await carol.page.goto("/orders")
    await carol.is_live()
    await carol.sees_nowhere(*HERS_ALONE, number)
    assert number not in cast.carols_socket.heads
    assert not [frame for frame in cast.carols_socket.frames if number in str(frame)]
