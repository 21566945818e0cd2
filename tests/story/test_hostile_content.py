"""Whatever people write is text, on every screen: markup, scripts, htmx attributes, turned writing, floods.

Every window fails the test when a script error or a breach of the content policy is reported.
"""

import pytest
from playwright.async_api import Page, expect

from tests.cast import BOB, OLGA
from tests.marks import EMBEDDED
from tests.story.people import Customer, House, Member

pytestmark = EMBEDDED
NAME = '<img src=x onerror="document.title=`pwned`">‮Ecila'
SCRIPT = "<script>document.title='pwned'</script></textarea></template><hx-partial hx-target='body'>pwned"
HTMX = '<b hx-get="/sign-out" hx-trigger="load" hx-swap-oob="true" id="state">bold</b>{{ 7*7 }}${7*7}'
TURNED = "‮txet denruT‬⁦left‏right"
LINKS = (
    "javascript:document.title='pwned' "
    "https://example.org/\"onmouseover=\"document.title='pwned' <https://a.example/>"
)
EMOJI = "🦊" * 10_000
TEXTS = (SCRIPT, HTMX, TURNED, LINKS)
# What only our own code may put into a page.
MADE = (
    "article script, article img, article [hx-get], [onerror], [onmouseover], a[href^=javascript], body > b"
)


@pytest.fixture
async def hostile(house: House) -> tuple[Customer, Member, str]:
    """A guest with a hostile name, order and chat, and Bob, who opened it."""
    alice = await house.guest(NAME)
    await alice.page.goto("/")
    await alice.opens_product("Hand-painted shop sign")
    await alice.chooses("Oak, oiled")
    await alice.fills_in({"What shall it say?": SCRIPT, "Width in cm": "1", "Anything else": HTMX})
    await alice.fills_in({"Your name": NAME, "Mail address": "mallory@example.org"})
    number = await alice.places_the_order()
    await alice.is_live()
    bob = await house.member(BOB)
    await bob.opens(number)
    await bob.opens_the_chat()
    return alice, bob, number


async def is_harmless(page: Page) -> None:
    assert "pwned" not in (await page.title()).replace(NAME, "")
    await expect(page.locator(MADE)).to_have_count(0)
    assert "/sign-out" not in page.url and "49" not in await page.locator("#main .bubble").all_inner_texts()


async def test_messages_notes_and_quotes(house: House, hostile: tuple[Customer, Member, str]) -> None:
    alice, bob, _ = hostile
    for text in TEXTS:
        await alice.writes(text)
        await bob.writes(text)
        await bob.notes(text)
    await bob.sends_quote("10", SCRIPT)
    await alice.rejects(1, HTMX)
    for somebody in (alice, bob):
        for _ in ("live", "loaded"):
            await expect(somebody.message("txet denruT")).to_have_count(2 if somebody is alice else 3)
            for text in TEXTS:
                assert await shown(somebody.page, text) >= 2, text
            await expect(somebody.quote(1)).to_contain_text(SCRIPT)
            await expect(somebody.quote(1)).to_contain_text(HTMX)
            await expect(somebody.message("rejected quote 1").locator("blockquote")).to_have_text(HTMX)
            await is_harmless(somebody.page)
            await somebody.page.reload()
            await somebody.is_live()


async def shown(page: Page, text: str) -> int:
    """How many bubbles hold exactly this text."""
    return (await page.locator(".message .text, .note .text").all_text_contents()).count(text)


async def test_names_on_every_screen(house: House, hostile: tuple[Customer, Member, str]) -> None:
    alice, bob, number = hostile
    await alice.types_until_seen_by(bob)
    await expect(bob.page.locator(".typing")).to_contain_text(NAME)
    await expect(bob.facts.locator(".customer-name")).to_have_text(NAME)
    await is_harmless(bob.page)
    for path in ("/desk/inbox", "/desk/all", "/desk/all?q=%3Cimg", "/desk/all?q=%3Cscript%3Ealert(1)"):
        await bob.page.goto(path)
        await bob.is_live()
        await is_harmless(bob.page)
    await bob.page.goto("/desk/all")
    await expect(bob.row(number).locator(".row-name")).to_have_text(NAME)
    await alice.page.goto("/orders")
    await expect(alice.page.locator(".row")).to_contain_text("Hand-painted shop sign")
    await is_harmless(alice.page)


async def test_the_mail_that_quotes_it(house: House, hostile: tuple[Customer, Member, str]) -> None:
    _, _, number = hostile
    olga = await house.member(OLGA)
    await olga.page.goto("/desk/mail")
    await olga.page.get_by_role("link", name=f"New order {number}").first.click()
    frame = olga.page.frame_locator("iframe")
    await expect(frame.locator("blockquote")).to_have_text(HTMX)
    await expect(frame.locator("img, script, [hx-get]")).to_have_count(0)
    await is_harmless(olga.page)


async def test_ten_thousand_emoji(house: House, hostile: tuple[Customer, Member, str]) -> None:
    alice, bob, number = hostile
    await alice.writes(EMOJI)
    for somebody in (alice, bob):
        entry = somebody.conversation.locator(".entry[data-seq]").last
        await expect(entry).to_contain_text("🦊🦊🦊")
        assert await entry.locator(".text").text_content() == EMOJI
        assert await is_within_the_window(somebody.page)
    await bob.page.goto("/desk/inbox")
    await expect(bob.row(number)).to_contain_text("🦊")
    assert await is_within_the_window(bob.page)


async def test_long_words_do_not_break_the_page(house: House) -> None:
    word = "W" * 200
    alice = await house.guest(word, viewport={"width": 390, "height": 844})
    number = await alice.orders_a_plate("E" * 1500)
    bob = await house.member(BOB, viewport={"width": 390, "height": 844})
    await bob.opens(number)
    await bob.opens_the_chat()
    await bob.writes("https://example.org/" + "a" * 3000)
    await alice.sees("aaaa")
    await expect(bob.page.locator(".presence")).to_contain_text(word)
    for somebody in (alice, bob):
        assert await is_within_the_window(somebody.page)
    await bob.page.goto("/desk/inbox")
    assert await is_within_the_window(bob.page)


async def test_a_long_label_keeps_within_the_conversation(house: House) -> None:
    olga, number = house.api(OLGA, house.shop), await house.order()
    label = (await olga.post("/labels", json={"name": "L" * 60})).json()["label"]["slug"]
    await olga.post(f"/orders/{number}/labels/add", json={"label": label})
    await olga.post(f"/labels/{label}/archive")
    bob = await house.member(BOB)
    await bob.opens(number)
    told = bob.conversation.locator(".entry.label")
    await expect(told).to_contain_text("added the label")
    assert await told.evaluate("entry => getComputedStyle(entry).borderLeftWidth") == "0px"
    assert await told.evaluate("({parentElement: all}) => all.scrollWidth <= all.clientWidth")


async def is_within_the_window(page: Page) -> bool:
    inside: bool = await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    return inside


async def test_too_long_a_text_is_counted_not_cut(
    house: House, hostile: tuple[Customer, Member, str]
) -> None:
    alice, bob, _ = hostile
    await alice.writes("x" * 16_001)
    await expect(alice.page.locator(".counter")).to_contain_text("1 characters too long")
    await expect(alice.field).to_have_value("x" * 16_001)
    assert await is_within_the_window(alice.page)
    await alice.writes("x" * 16_000)
    await expect(bob.conversation.locator(".entry.message")).to_have_count(1)


async def test_a_refused_message_can_be_tried_again(
    house: House, hostile: tuple[Customer, Member, str]
) -> None:
    """NUL is the one character that no database takes."""
    alice, _, _ = hostile
    await alice.field.evaluate("field => { field.value = 'a\\u0000b'; field.form.requestSubmit(); }")
    failed = alice.conversation.locator(".entry.failed")
    await expect(failed).to_contain_text("Not sent.")
    await failed.get_by_role("button", name="Edit").click()
    await expect(alice.conversation.locator(".pending")).to_have_count(0)
    await alice.writes("ab")
    await alice.sees_sent("ab")
