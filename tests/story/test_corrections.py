"""Correcting and withdrawing what one wrote, in the conversation itself, with somebody else looking on."""

from playwright.async_api import Locator, ViewportSize, expect

from tests.browser import PHONE
from tests.cast import ALICE, BOB, CAROL, OLGA
from tests.marks import EMBEDDED
from tests.story.axe import SIZES, findings
from tests.story.people import Customer, House

CHANGE, WITHDRAW = "Change or withdraw", "Withdraw"


async def test_a_correction_reaches_the_other_window(house: House) -> None:
    alice, bob, _ = await house.chat()
    await alice.writes("Twelvve pounds")
    await bob.sees("Twelvve pounds")
    await expect(bob.message("Twelvve").get_by_role("button", name=CHANGE)).to_have_count(0)
    await alice.acts_on("Twelvve", "Edit")
    await expect(alice.editor).to_be_focused()
    await expect(alice.editor).to_have_value("Twelvve pounds")
    await alice.editor.fill("Twelve pounds\nand a bit")
    await alice.editor.press("Enter")
    await expect(alice.editor).to_have_count(0)
    await expect(alice.field).to_be_focused()
    for somebody in (alice, bob):
        await expect(somebody.message("Twelve pounds")).to_contain_text("edited")
        await expect(somebody.message("Twelve pounds").locator(".bubble > .text")).to_have_text(
            "Twelve pounds and a bit", use_inner_text=False
        )
    await alice.sees_nowhere("Twelvve")
    await bob.message("Twelve pounds").get_by_text("Earlier versions").click()
    await expect(bob.message("Twelve pounds").locator(".versions .text")).to_have_text(["Twelvve pounds"])
    await alice.page.reload()
    await expect(alice.message("Twelve pounds")).to_contain_text("edited")
    await alice.sees_nowhere("Twelvve", "Earlier versions")


async def test_a_withdrawal_is_asked_about_and_reaches_the_other_window(house: House) -> None:
    alice, bob, number = await house.chat()
    await bob.writes("Eleven secrets")
    await alice.sees("Eleven secrets")
    await bob.acts_on("Eleven secrets", WITHDRAW)
    await bob.message("Eleven").get_by_role("button", name="Keep it").click()
    await alice.sees("Eleven secrets")
    await bob.acts_on("Eleven secrets", WITHDRAW)
    await expect(bob.message("Eleven")).to_contain_text("The others still see that there was one.")
    await bob.message("Eleven").get_by_role("button", name=WITHDRAW, exact=True).click()
    for somebody in (alice, bob):
        await expect(somebody.message("Message withdrawn")).to_be_visible()
    await alice.sees_nowhere("Eleven secrets")
    await expect(bob.message("Message withdrawn").get_by_role("button", name=CHANGE)).to_have_count(0)
    await bob.message("Message withdrawn").get_by_text("Earlier versions").click()
    await expect(bob.message("Message withdrawn").get_by_text("Eleven secrets")).to_be_visible()
    carol = await house.customer(CAROL)
    await carol.page.goto(f"/orders/{number}")
    await carol.sees_nowhere("Message withdrawn", "Eleven secrets")


async def test_a_note_is_corrected_among_the_team_alone(house: House) -> None:
    alice, bob, number = await house.chat()
    olga = await house.member(OLGA)
    await olga.opens(number)
    await bob.notes("She hagggles")
    await bob.acts_on("She hagggles", "Edit")
    await bob.editor.fill("She haggles")
    await bob.editor.press("Enter")
    await expect(olga.message("She haggles")).to_contain_text("edited")
    await bob.writes("And then?")
    await alice.sees("And then?")
    await alice.sees_nowhere("haggles", "corrected")


async def test_by_keyboard_with_the_arrow_up(house: House) -> None:
    alice, bob, _ = await house.chat()
    await alice.writes("Frist")
    await alice.writes("Secnod")
    await alice.sees_sent("Secnod")
    await alice.field.press("ArrowUp")
    await expect(alice.editor).to_have_value("Secnod")
    await alice.editor.press("Escape")
    await expect(alice.field).to_be_focused()
    await alice.sees("Secnod")
    await alice.field.press_sequentially("x")
    await alice.field.press("ArrowUp")  # there is something to move in
    await expect(alice.editor).to_have_count(0)
    await alice.field.fill("")
    await alice.field.press("ArrowUp")
    await alice.editor.fill("Second")
    await alice.editor.press("Enter")
    await bob.sees("Second")


async def test_what_is_being_edited_outlives_frames(house: House) -> None:
    alice, bob, number = await house.chat()
    other = await house.customer(ALICE)
    await other.opens(number)
    await alice.writes("Twelvve pounds")
    await other.sees("Twelvve pounds")
    await alice.acts_on("Twelvve", "Edit")
    await alice.editor.fill("Half a thou")
    await bob.writes("A frame beside it")
    await alice.sees("A frame beside it")
    await other.acts_on("Twelvve", "Edit")  # and one that replaces this very message
    await other.editor.fill("Thirteen pounds")
    await other.editor.press("Enter")
    await expect(bob.message("Thirteen pounds")).to_be_visible()
    await expect(alice.message("Thirteen pounds").locator(".bubble > .text")).to_have_text("Thirteen pounds")
    await expect(alice.editor).to_have_value("Half a thou")
    await expect(alice.editor).to_be_focused()
    await alice.editor.press_sequentially("ght")
    await alice.editor.press("Enter")
    await bob.sees("Half a thought")


async def test_after_five_minutes_the_menu_goes_by_itself(house: House) -> None:
    alice, _, number = await house.chat()
    await alice.page.clock.install()
    await alice.opens(number)
    await alice.writes("Twelvve pounds")
    await alice.sees("Twelvve pounds")
    button = alice.message("Twelvve").get_by_role("button", name=CHANGE)
    await expect(button).to_be_visible()
    await alice.page.clock.fast_forward("05:01")
    await expect(button).to_have_count(0)
    await alice.field.press("ArrowUp")
    await expect(alice.editor).to_have_count(0)


async def test_a_refusal_is_said_at_the_message_and_nothing_is_lost(house: House) -> None:
    alice, _, number = await house.chat()
    other = await house.customer(ALICE)
    await other.opens(number)
    await alice.writes("Twelvve pounds")
    await alice.acts_on("Twelvve", "Edit")
    await alice.editor.fill("x" * 16_001)
    await alice.editor.press("Enter")
    await expect(alice.conversation.get_by_role("alert")).to_contain_text("This is too long.")
    await expect(alice.editor).to_have_value("x" * 16_001)


async def test_without_scripts(house: House) -> None:
    number = await house.order()
    await house.do(ALICE, f"{number}/messages", text="Twelvve pounds")
    alice = await house.customer(ALICE, scripts=False)
    await alice.page.goto(f"/orders/{number}")
    await change(alice, "Twelvve").click()
    await alice.page.get_by_label("New text").fill("Twelve pounds")
    await alice.page.get_by_role("button", name="Save the correction").click()
    await expect(alice.message("Twelve pounds")).to_contain_text("edited")
    await change(alice, "Twelve").click()
    await alice.page.get_by_role("button", name="Withdraw this message").click()
    await expect(alice.message("Message withdrawn")).to_be_visible()
    await expect(change(alice, "")).to_have_count(0)


def change(customer: Customer, text: str) -> Locator:
    return customer.page.locator(".own-message summary", has_text=text)


@EMBEDDED
@SIZES
async def test_nothing_serious_is_found_on_the_way(house: House, size: ViewportSize) -> None:
    number = await house.order()
    await house.do(BOB, f"{number}/open_chat")
    alice, bob = await house.customer(ALICE, viewport=size), await house.member(BOB, viewport=size)
    await alice.opens(number)
    await bob.opens(number)
    for who in (alice, bob):
        for text in ("One", "Two", "Three"):
            await who.writes(f"{who.name}: {text}")
            await who.sees_sent(f"{who.name}: {text}")
        await who.acts_on(f"{who.name}: One", WITHDRAW)
        await who.message(f"{who.name}: One").get_by_role("button", name=WITHDRAW, exact=True).click()
        await who.acts_on(f"{who.name}: Two", "Edit")
        await who.editor.fill("Corrected")
        await who.editor.locator("xpath=ancestor::form").get_by_role("button", name="Save").click()
        await expect(who.editor).to_have_count(0)
    for who in (alice, bob):
        found = await findings(who.page, f"{who.name}'s corrections")
        await who.acts_on(f"{who.name}: Three", WITHDRAW)
        found += await findings(who.page, f"{who.name}'s question")
        await who.page.keyboard.press("Escape")
        await who.acts_on(f"{who.name}: Three", "Edit")
        found += await findings(who.page, f"{who.name}'s editor")
        for summary in await who.page.locator(".versions summary").all():
            await summary.click()
        found += await findings(who.page, f"{who.name}'s earlier versions")
        assert found == []
        wide = await who.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert wide or size != PHONE
