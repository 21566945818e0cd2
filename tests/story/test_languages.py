"""Each reads the shop in their own language, also what arrives live, and nothing stays English in German."""

import pytest
from playwright.async_api import Page, expect

from tests.browser import DESK
from tests.cast import ALICE, BOB, OLGA, Person
from tests.marks import EMBEDDED
from tests.story.people import House
from tests.story.places import NORA, OWNER, PLACES

pytestmark = EMBEDDED
SHARED = {
    "English",
    "Deutsch",
    "Online",
    "Plan",
    "Name",
    "Shop",
    "Team",
    "Visa ···· 4242",
    "Webhooks",
    "Push",
    "Filter",
    "Labels",
    "Text",
    "Logo",
    "EUR",
}
PARTS = 3  # so that no test takes minutes
# Visible text that the shop says, not its people; plus what is said to screen readers.
SAID = """() => {
    const data = "bdi, time, [dir=auto], .money, .text, .legal-text, script, .notice-code, "
        + "select[name=member], select[name=timezone]";
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) {
        const parent = walker.currentNode.parentElement;
        if (!parent.closest(data)) texts.push(walker.currentNode.data);
    }
    for (const element of document.querySelectorAll("[aria-label], [placeholder], [title]:not(time)"))
        texts.push(element.ariaLabel ?? "", element.getAttribute("placeholder") ?? "", element.title);
    return texts.map(text => text.replace(/\\s+/g, " ").trim()).filter(text => /\\p{L}{2}/u.test(text))
        .filter(text => !/^[\\d.,]+ [kM]B$/.test(text));
}"""


async def said(page: Page, path: str) -> set[str]:
    await page.goto(path)
    await page.wait_for_function("document.querySelector('#connection')?.hidden ?? true")
    texts: list[str] = await page.evaluate(SAID)
    return {text.strip(" ,:·") for text in texts}


async def windows(house: House, locale: str) -> dict[str, Page]:
    return {
        "guest": (await house.guest(locale=locale)).page,
        "customer": (await house.customer(NORA, locale=locale)).page,
        "team": (await house.member(OWNER, locale=locale)).page,
    }


@pytest.mark.parametrize("part", range(PARTS))
async def test_nothing_that_the_shop_says_stays_english(house: House, part: int) -> None:
    english, german = await windows(house, "en-GB"), await windows(house, "de-DE")
    same: dict[str, set[str]] = {}
    for who, path in PLACES[part::PARTS]:
        both = await said(english[who], path) & await said(german[who], path)
        if left := both - SHARED:
            same[path] = left
    assert same == {}


async def test_each_reads_the_conversation_in_their_own_language(house: House) -> None:
    number = await house.order("Hand-painted shop sign")
    alice = await house.customer(ALICE, locale="de-DE")
    bob = await house.member(BOB)
    await alice.page.goto(f"/orders/{number}")
    await bob.opens(number)
    await bob.opens_the_chat()
    await expect(alice.state).to_contain_text("In Bearbeitung")
    await expect(alice.message("Bob hat den Chat geöffnet")).to_be_visible()
    await bob.sends_quote("1,200.50", "As agreed.")
    card = alice.page.locator(".entry.quote")
    for words in ("Preisangebot 1", "1.200,50 €", "Annehmen", "Ablehnen"):
        await expect(card).to_contain_text(words)
    await expect(alice.state).to_contain_text("Wartende Antwort")
    await card.get_by_role("button", name="Annehmen").click()
    await expect(bob.message("approved quote 1")).to_be_visible()
    await bob.sees_state("€1,200.50")


async def test_the_desk_is_german_to_a_german(house: House) -> None:
    olga = await house.member(OLGA, locale="de-DE")
    for words in ("Posteingang", "Ausstehend", "In Bearbeitung", "Wartende Antwort", "Bestätigt"):
        await expect(olga.page.locator(".rail")).to_contain_text(words)
    number = await house.order()
    await expect(olga.row(number)).to_contain_text("Ausstehend")
    await olga.page.goto(f"/desk/orders/{number}")
    for words in ("Preisangebot senden", "Bestätigen", "Aktionslabel", "Zahlungsmethode"):
        await expect(olga.page.locator(".forms")).to_contain_text(words)
    await expect(olga.page.locator(".composer")).to_contain_text("Interne Notiz")


async def test_a_customers_choice_goes_with_them(own_house: House) -> None:
    """To their other devices and into their mail."""
    house, carla = own_house, Person("carla@example.org", "customer")
    laptop = await house.customer(carla)
    await laptop.page.goto("/")
    await laptop.page.get_by_role("button", name="Deutsch").click()
    await expect(laptop.page.locator("html")).to_have_attribute("lang", "de")
    await laptop.page.goto("/orders")
    await expect(laptop.page.get_by_role("heading", level=1)).to_have_text("Meine Bestellungen")
    phone = await house.new_window(house.shop.urls[0], locale="en-GB", viewport=DESK)
    await phone.goto("/sign-in")
    await expect(phone.locator("html")).to_have_attribute("lang", "en")
    await phone.get_by_label("Mail address").fill(carla.email)
    await phone.get_by_role("button", name="Send me a link").click()
    await house.mail(carla.email, "Anmeldelink")
    again = await house.customer(carla, locale="en-GB")
    await expect(again.page.locator("html")).to_have_attribute("lang", "de")


async def test_a_guests_choice_stays_in_the_browser(house: House) -> None:
    guest = await house.guest(locale="de-DE")
    await guest.page.goto("/products/1")
    await expect(guest.page.get_by_text("Nach Angebot").first).to_be_visible()
    await guest.page.get_by_role("button", name="English").click()
    await expect(guest.page.get_by_text("By quote").first).to_be_visible()
    await guest.page.goto("/")
    await expect(guest.page.locator("html")).to_have_attribute("lang", "en")


async def test_a_members_choice_is_in_the_settings(own_house: House) -> None:
    olga = await own_house.member(OLGA)
    await olga.page.goto("/desk/settings")
    await olga.page.get_by_label("Language").select_option("de")
    await olga.page.get_by_role("button", name="Save").click()
    await expect(olga.page.get_by_role("heading", level=1)).to_have_text("Einstellungen")
    elsewhere = await own_house.member(OLGA, locale="en-GB")
    await expect(elsewhere.page.locator("html")).to_have_attribute("lang", "de")
