"""A member offers a service, a customer collects and orders, and the order stays what it was."""

import io
import re

from PIL import Image
from playwright.async_api import expect

from tests.browser import PHONE
from tests.cast import BOB
from tests.marks import EMBEDDED
from tests.story.people import Customer, House, Member


def sketch() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (900, 600), "teal").save(file, "PNG")
    return file.getvalue()


async def makes_a_service(bob: Member) -> None:
    page = bob.page
    await page.get_by_role("navigation", name="Desk").get_by_role("link", name="Catalogue").click()
    await page.get_by_role("link", name="New product").click()
    await page.get_by_label("Name", exact=True).fill("Gilded mirror")
    await page.get_by_label("Description").fill("Leaf by leaf.")
    await page.get_by_label("Category").fill("Mirrors")
    await page.get_by_label("Add pictures").set_input_files(
        {"name": "mirror.png", "mimeType": "image/png", "buffer": sketch()}
    )
    await page.get_by_role("radio", name="By quote").check()
    await expect(page.get_by_label("Price", exact=True)).to_be_hidden()
    await page.get_by_role("button", name="Add option").click()
    await expect(page.get_by_label("What do you ask for?")).to_be_focused()
    await page.keyboard.type("Frame")
    await page.get_by_label("Customers must answer").check()
    for number, choice in ((1, "Walnut"), (2, "Silver leaf")):
        await page.get_by_role("button", name="Add choice").click()
        await expect(page.get_by_label(f"Choice {number}", exact=True)).to_be_focused()
        await page.keyboard.type(choice)
    await page.get_by_label("Surcharge for").last.fill("120")
    await page.get_by_label(re.compile("^What is on it")).fill("A round mirror")
    await page.get_by_role("button", name="Save").last.click()
    await expect(page.get_by_role("status")).to_contain_text("Gilded mirror is saved.")


async def collects(alice: Customer) -> None:
    page = alice.page
    await page.goto("/?category=Mirrors")
    await alice.opens_product("Gilded mirror")
    await expect(page.get_by_role("img", name="A round mirror")).to_be_visible()
    assert await page.get_by_role("img", name="A round mirror").evaluate(
        "image => image.complete && image.naturalWidth"
    )
    await page.get_by_role("button", name="Put into the basket").click()
    await expect(page.get_by_text("Please choose here.")).to_be_visible()
    await alice.chooses("Silver leaf")
    await page.get_by_role("button", name="Put into the basket").click()
    await page.get_by_role("link", name="Add something else").click()
    await alice.opens_product("Engraved brass plate")
    await alice.chooses("20 × 10 cm")
    await alice.fills_in({"Engraving": "ARCHER", "Quantity": "2"})
    await page.get_by_role("button", name="Put into the basket").click()
    await expect(page.get_by_role("heading", level=2)).to_contain_text(
        ["Gilded mirror", "Engraved brass plate", "Your order"]
    )


@EMBEDDED
async def test_what_is_offered_collected_and_ordered_outlives_the_catalogue(own_house: House) -> None:
    bob = await own_house.member(BOB)
    await makes_a_service(bob)
    alice = await own_house.guest("Alice Archer", viewport=PHONE, scripts=False)
    await collects(alice)
    await alice.fills_in({"Your name": alice.name, "Mail address": "alice@example.org"})
    number = await alice.places_the_order()
    lines = alice.page.locator(".line")
    await expect(lines).to_have_count(2)
    await expect(lines.first).to_contain_text("Silver leaf")

    await bob.page.goto("/desk/catalogue")
    await bob.page.get_by_role("link", name="Gilded mirror", exact=True).click()
    await bob.page.get_by_label("Name", exact=True).fill("Plain mirror")
    await bob.page.get_by_role("button", name="Remove Frame").click()
    await bob.page.get_by_role("button", name="Save").last.click()
    await bob.page.get_by_role("button", name="Archive: Plain mirror").click()
    await expect(bob.page.get_by_role("status")).to_contain_text("Plain mirror is archived")

    await alice.page.reload()
    await bob.opens(number)
    for window in (alice, bob):
        shown = window.page.locator(".line")
        await expect(shown.first).to_contain_text("Gilded mirror")
        await expect(shown.first).to_contain_text("Silver leaf")
        await window.sees_nowhere("Plain mirror")
