"""A customer looks into the account, takes everything along and goes, while the team looks on."""

import re
import zipfile

from playwright.async_api import ViewportSize, expect

from tests.cast import ALICE
from tests.marks import EMBEDDED
from tests.story.axe import SIZES, Findings, findings
from tests.story.people import House


@EMBEDDED
@SIZES
async def test_a_customer_takes_the_data_along_and_goes(own_house: House, size: ViewportSize) -> None:
    alice, bob, number = await own_house.chat()
    await alice.writes("Zaubertinte, please")
    await bob.sees("Zaubertinte, please")
    home, found = (await own_house.customer(ALICE, viewport=size)).page, Findings()
    await home.goto("/orders")
    await home.get_by_role("link", name="Your account", exact=True).click()
    await home.get_by_label("Name", exact=True).fill("Alice Neumann")
    await home.get_by_role("button", name="Save").click()
    await expect(home.get_by_text("Saved.")).to_be_visible()
    found += await findings(home, "the account")
    async with home.expect_download() as taken:
        await home.get_by_role("button", name="Download my data").click()
    with zipfile.ZipFile(await (await taken.value).path()) as archive:
        assert "Zaubertinte, please" in archive.read("data.json").decode()
    await home.get_by_role("link", name="Delete my account").click()
    await home.get_by_label("Your mail address").fill("somebody@example.org")
    await home.get_by_role("button", name="Delete everything for good").click()
    await expect(home.get_by_text("Please type the mail address as it stands above.").first).to_be_visible()
    found += await findings(home, "a refused deletion")
    width = await home.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width <= 0, "the page fits"
    await home.get_by_label("Your mail address").fill(ALICE.email)
    await home.get_by_role("button", name="Delete everything for good").click()
    await expect(home.get_by_role("heading", name="Deleted")).to_be_visible()
    await expect(bob.conversation.get_by_text("what was written here is erased")).to_be_visible()
    await expect(bob.message(re.compile("Erased \\d"))).to_have_count(2)
    await expect(bob.page.locator("#rows")).not_to_contain_text("Zaubertinte")
    await bob.sees_nowhere("Zaubertinte", "Alice", ALICE.email)
    await expect(bob.facts).to_contain_text("Deleted customer")
    await expect(alice.page.get_by_text("You are signed out")).to_be_visible()
    await alice.page.goto(f"/orders/{number}")
    await expect(alice.page.get_by_text("There is no such order.")).to_be_visible()
    assert found == []
