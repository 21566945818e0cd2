"""The Inbox as a tool: filters, many at once and back, keys, and two who would answer at once."""

import re

from playwright.async_api import expect

from tests.cast import BOB, OLGA
from tests.marks import EMBEDDED
from tests.story.people import House, Member


@EMBEDDED
async def test_bob_tidies_the_inbox_while_olga_looks_on(own_house: House) -> None:
    house = own_house
    alice = await house.guest("Alice")
    numbers = [await alice.orders_a_plate(f"Plate {n}") for n in range(3)]
    bob, olga = await house.member(BOB), await house.member(OLGA)
    await bob.opens_box("Inbox")
    await choose_by_keys(bob, numbers)
    await label_and_take_back(bob, numbers)
    await filter_by_label(bob, olga, numbers)
    await snooze_and_wake(bob, numbers[0])
    await answer_at_once(bob, olga, numbers[1])
    await a_canned_reply(bob, numbers[1])


async def choose_by_keys(bob: Member, numbers: list[str]) -> None:
    """The newest order is on top."""
    await bob.page.keyboard.press("?")
    dialog = bob.page.get_by_role("dialog", name="Keyboard shortcuts")
    await expect(dialog).to_contain_text("Assign to me")
    await bob.page.keyboard.press("Escape")
    await expect(bob.page.locator("dialog[open]")).to_have_count(0)
    await bob.page.keyboard.press("j")
    await expect(bob.row(numbers[2]).get_by_role("link")).to_be_focused()
    await bob.page.keyboard.press("x")
    await bob.row(numbers[0]).get_by_role("checkbox").click(modifiers=["Shift"])
    await expect(bob.page.locator(".bulk-count")).to_have_text("3 chosen")


async def label_and_take_back(bob: Member, numbers: list[str]) -> None:
    await bob.page.get_by_label("What to do with the chosen orders").select_option("label:rush")
    await bob.page.get_by_role("button", name="Apply").click()
    result = bob.page.locator("#bulk-result")
    await expect(result).to_contain_text("3 orders: done.")
    for number in numbers:
        await expect(bob.row(number)).to_contain_text("Rush")
    await result.get_by_role("button", name="Undo").click()
    for number in numbers:
        await expect(bob.row(number)).not_to_contain_text("Rush")


async def filter_by_label(bob: Member, olga: Member, numbers: list[str]) -> None:
    """A live row comes when it fits, and leaves when it no longer does."""
    await bob.page.goto("/desk/inbox")
    await bob.page.locator("#list").get_by_text("Filter", exact=True).click()
    await bob.page.locator(".filter-form").get_by_text("Rush").click()
    await bob.page.get_by_label("Assigned to").select_option("nobody")
    await bob.page.get_by_role("button", name="Show", exact=True).click()
    await bob.page.wait_for_url(re.compile(r"/desk/inbox\?assignee=nobody&label=rush$"))
    await expect(bob.page.get_by_text("Nothing with these filters")).to_be_visible()
    await bob.is_live()
    await olga.opens(numbers[1])
    await olga.labels("Rush")
    await expect(bob.row(numbers[1])).to_be_visible()
    await expect(bob.rows).to_have_count(1)
    await olga.page.keyboard.press("Escape")
    await olga.page.keyboard.press("a")
    await expect(olga.facts).to_contain_text("Assigned to Olga")
    await expect(bob.row(numbers[1])).to_have_count(0)
    await bob.page.get_by_role("link", name="Assigned to: Nobody").click()
    await bob.page.wait_for_url(re.compile(r"/desk/inbox\?label=rush$"))
    await expect(bob.row(numbers[1])).to_be_visible()


async def snooze_and_wake(bob: Member, number: str) -> None:
    await bob.opens(number)
    await bob.page.keyboard.press("s")
    await bob.page.locator(".forms .panel").get_by_role("button", name="Until the customer replies").click()
    await bob.sees_state("Snoozed until the customer replies")
    await bob.sees_count("Snoozed", 1)
    await bob.page.get_by_role("button", name="Back to the Inbox").click()
    await bob.sees_state("Our turn")


async def answer_at_once(bob: Member, olga: Member, number: str) -> None:
    await bob.opens(number)
    await bob.opens_the_chat()
    await olga.opens(number)
    await expect(olga.page.locator(".lookers")).to_have_text("Bob is looking at this")
    await olga.starts_to_write("Good mor")
    await expect(bob.page.locator(".typing")).to_have_text("Olga is typing a reply…")
    await bob.writes("We begin tomorrow.")
    await olga.sees("We begin tomorrow.")
    await olga.field.press("Enter")
    await expect(olga.page.get_by_role("alert")).to_contain_text("Bob answered while you were writing.")
    await expect(olga.field).to_have_value("Good mor")
    await olga.field.press("Enter")
    await bob.sees("Good mor")


async def a_canned_reply(bob: Member, number: str) -> None:
    await bob.starts_to_write("/rea")
    await expect(bob.page.locator(".replies li")).to_have_text(
        re.compile(rf"^/ready Good news: order {number} is ready")
    )
    await bob.field.press("Enter")
    await expect(bob.field).to_have_value(re.compile(rf"order {number} is ready"))
    await bob.field.press("Enter")
    await bob.sees(f"order {number} is ready")
