"""The team in the browser: somebody is invited, joins, secures the door with a code, and is removed."""

import re

import pyotp
from playwright.async_api import Page, ViewportSize, expect

from tests.cast import BOB, OLGA
from tests.marks import EMBEDDED
from tests.story.axe import SIZES, Findings, findings
from tests.story.people import House, text_of
from tests.story.test_accessibility_open import open_one_by_one
from tests.until import until

DORA = "dora@example.org"
PASSWORD = "a good long password"


@EMBEDDED
@SIZES
async def test_a_member_comes_and_goes(own_house: House, size: ViewportSize) -> None:
    olga, found = (await own_house.member(OLGA, viewport=size)).page, Findings()
    await olga.goto("/desk/settings")
    await olga.get_by_role("link", name="Manage the team").click()
    await olga.get_by_label("Mail address").fill("nobody@")
    await olga.get_by_label("Mail address").evaluate("field => { field.form.noValidate = true }")
    await olga.get_by_role("button", name="Send invitation").click()
    await expect(olga.get_by_text("This is not a mail address.")).to_be_visible()
    found += await findings(olga, "a refused invitation")
    await olga.get_by_label("Mail address").fill(DORA)
    await olga.get_by_role("button", name="Send invitation").click()
    await expect(olga.get_by_text("The invitation is on its way.")).to_be_visible()
    dora = await joined(own_house, size, found)
    await olga.reload()
    await fits(olga)
    found += await open_one_by_one(olga, "the team")
    await fits(olga)
    dora_row = olga.get_by_role("listitem").filter(has_text=DORA)

    async def is_seen() -> bool:
        await olga.reload()
        return "last seen" in await dora_row.inner_text()

    await until(is_seen)
    await dora_row.get_by_text("Remove").first.click()
    await dora_row.get_by_role("button", name="Remove from the team").click()
    await expect(olga.get_by_text("Removed. Nothing opens for them any more.")).to_be_visible()
    await expect(olga.get_by_text(DORA)).to_have_count(0)
    await expect(dora.get_by_text("You no longer have access here.")).to_be_visible()
    await olga.goto("/desk/settings/audit")
    await expect(olga.get_by_text("Removed a member")).to_be_visible()
    await olga.get_by_label("What happened", exact=True).select_option(label="Team")
    await olga.get_by_role("button", name="Show").click()
    await expect(olga.get_by_text("Joined the team")).to_be_visible()
    await expect(olga.get_by_text("Signed in", exact=True)).to_have_count(0)
    found += await findings(olga, "the log of the team")
    await fits(olga)
    assert found == []


@EMBEDDED
@SIZES
async def test_signing_in_with_a_code(own_house: House, size: ViewportSize) -> None:
    bob, found = (await own_house.member(BOB, viewport=size)).page, Findings()
    await bob.goto("/desk/settings/two-factor")
    await bob.get_by_role("button", name="Set up").click()
    secret = (await bob.locator(".two-factor-key").inner_text()).replace(" ", "")
    box = await bob.get_by_role("img", name="QR code for your app").bounding_box()
    assert box and box["width"] > 150, "large enough for a phone's camera"
    await bob.get_by_label("Code", exact=True).fill("123")
    await bob.get_by_role("button", name="Switch two-factor sign-in on").click()
    await expect(bob.get_by_text("This code is wrong, or was used already.")).to_be_visible()
    found += await findings(bob, "a wrong code")
    await fits(bob)
    await bob.get_by_label("Code", exact=True).fill(pyotp.TOTP(secret).now())
    await bob.get_by_role("button", name="Switch two-factor sign-in on").click()
    codes = await bob.locator(".recovery-codes code").all_inner_texts()
    assert len(codes) == 10
    found += await findings(bob, "recovery codes")
    await fits(bob)
    again = (await own_house.guest(viewport=size)).page
    await again.goto(await own_house.shop.sign_in_link(BOB, own_house.shop.urls[0]))
    await again.get_by_role("main").get_by_role("button", name="Sign in").click()
    await expect(again.get_by_role("heading", name="Your code")).to_be_visible()
    found += await findings(again, "the question for a code")
    await again.get_by_label("Code", exact=True).fill(codes[3])
    await again.get_by_role("button", name="Sign in").click()
    await again.wait_for_url("**/desk/inbox")
    assert found == []


async def joined(house: House, size: ViewportSize, found: Findings) -> Page:
    """Dora's window, after she accepted."""
    mail = await house.mail(DORA, "invites you to the team")
    dora = (await house.guest(viewport=size)).page
    link = re.search(r"/join/[\w-]+", text_of(mail))
    assert link
    await dora.goto(link[0])
    await expect(dora.get_by_role("main")).to_contain_text("invites you to the team of")
    await dora.get_by_label("Name").fill("Dora Dietz")
    await fits(dora)
    await dora.get_by_label("Password").fill("short")
    await dora.get_by_role("button", name="Join and sign in").click()
    await expect(dora.get_by_role("main").get_by_text("A password needs at least 10")).to_be_visible()
    found += await findings(dora, "joining with a mistake")
    await dora.get_by_label("Password").fill(PASSWORD)
    await dora.get_by_role("button", name="Join and sign in").click()
    await dora.wait_for_url(re.compile("/desk/inbox"))
    return dora


async def fits(page: Page) -> None:
    """Nothing sticks out of the window sideways."""
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
