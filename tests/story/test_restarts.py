"""Whatever breaks during a chat: what was written goes out once, nothing is missing and nothing double."""

import signal
from collections.abc import Iterable

import pytest
from playwright.async_api import Page, expect

from tests.marks import SCALED
from tests.story.people import Customer, House, Member, Somebody, Wire

HIDE = """hidden => {
    Object.defineProperty(document, "hidden", { get: () => hidden, configurable: true });
    const state = hidden ? "hidden" : "visible";
    Object.defineProperty(document, "visibilityState", { get: () => state, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""
TURN = "name => dispatchEvent(new PageTransitionEvent(name, { persisted: true }))"


async def texts(somebody: Somebody) -> list[str]:
    """The messages of the conversation, in the order shown."""
    return list(await somebody.conversation.locator(".entry.message .text").all_inner_texts())


async def all_see(people: Iterable[Somebody], *messages: str) -> None:
    """Everybody has each of these once, stored, and all in the same order, also after a reload."""
    people = list(people)
    for somebody in people:
        for message in messages:
            await expect(somebody.message(message)).to_have_count(1, timeout=20_000)
        await expect(somebody.conversation.locator(".pending")).to_have_count(0)
    shown = await texts(people[0])
    assert len(shown) == len(set(shown)), shown
    for somebody in people[1:]:
        assert await texts(somebody) == shown
    await people[0].page.reload()
    assert await texts(people[0]) == shown


async def both_write(alice: Customer, bob: Member, when: str) -> list[str]:
    await alice.writes(f"Alice, {when}")
    await bob.writes(f"Bob, {when}")
    return [f"Alice, {when}", f"Bob, {when}"]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_the_server_restarts(own_house: House, how: signal.Signals) -> None:
    alice, bob, _ = await own_house.chat()
    web = own_house.shop.web
    written = await both_write(alice, bob, "before")
    for process in web:
        await (process.stop() if how == signal.SIGTERM else process.kill())
    written += await both_write(alice, bob, "while it was away")
    unsent = alice.conversation.locator(".pending", has_text="Alice, while it was away")
    await expect(unsent).to_contain_text("Goes out as soon as you are connected")
    await expect(alice.banner).to_contain_text("What you write is kept")
    for process in web:
        await process.start()
    written += await both_write(alice, bob, "afterwards")
    await all_see((alice, bob), *written)
    await expect(alice.banner).to_be_hidden()


@SCALED
async def test_redis_dies_and_returns(own_house: House) -> None:
    alice, bob, _ = await own_house.chat()
    redis = own_house.shop.redis
    assert redis
    await redis.kill()
    written = await both_write(alice, bob, "without Redis")
    for somebody in (alice, bob):
        for text in written:
            await expect(somebody.message(text)).to_have_count(1, timeout=15_000)
    await redis.start()
    written += await both_write(alice, bob, "with Redis again")
    await all_see((alice, bob), *written)
    await alice.types_until_seen_by(bob)  # goes over Redis alone


async def test_offline_and_back(house: House) -> None:
    alice, bob, number = await house.chat()
    wire = await Wire.of(alice.page)
    await alice.opens(number)
    await wire.cut()
    await expect(alice.banner).to_contain_text("You are offline")
    await alice.writes("From the tunnel")
    await alice.writes("Still in the tunnel")
    await expect(alice.conversation.locator(".pending")).to_have_count(2)
    await expect(alice.conversation.locator(".pending .delivery").first).to_contain_text("Goes out")
    await bob.writes("Are you there?")
    await bob.sees_sent("Are you there?")
    await wire.mend()
    await all_see((alice, bob), "From the tunnel", "Still in the tunnel", "Are you there?")
    await expect(alice.banner).to_be_hidden()


async def test_what_is_unsent_survives_leaving_the_page(own_house: House) -> None:
    alice, bob, number = await own_house.chat()
    for process in own_house.shop.web:
        await process.stop()
    await alice.writes("Written, not sent")
    await alice.starts_to_write("Half a sen")
    await alice.page.goto("about:blank")
    for process in own_house.shop.web:
        await process.start()
    await alice.opens(number)
    await expect(alice.field).to_have_value("Half a sen")
    await all_see((bob, alice), "Written, not sent")


async def test_a_reload_keeps_the_drafts_of_message_and_note(house: House) -> None:
    _, bob, _ = await house.chat()
    await bob.starts_to_write("Dear Ali")
    await bob.page.get_by_role("radio", name="Internal note").check()
    await expect(bob.field).to_have_value("")
    await bob.starts_to_write("She is")
    await bob.page.reload()
    await expect(bob.field).to_have_value("Dear Ali")
    await bob.page.get_by_role("radio", name="Internal note").check()
    await expect(bob.field).to_have_value("She is")


async def test_the_back_button_catches_up(house: House) -> None:
    alice, bob, _ = await house.chat()
    await alice.page.get_by_role("link", name="Catalogue").click()
    await alice.page.wait_for_url("**/")
    await bob.writes("You were away")
    await bob.sees_sent("You were away")
    await alice.page.go_back()
    await all_see((alice, bob), "You were away")


async def test_a_page_out_of_the_back_forward_cache_catches_up(house: House) -> None:
    alice, bob, _ = await house.chat()
    await alice.page.evaluate(TURN, "pagehide")
    await bob.writes("You were away")
    await bob.sees_sent("You were away")
    await expect(alice.message("You were away")).to_have_count(0)
    await alice.page.evaluate(TURN, "pageshow")
    await alice.sees("You were away")
    await alice.writes("Now I am back")
    await all_see((alice, bob), "You were away", "Now I am back")


async def test_a_hidden_tab_receives_and_does_not_read(house: House) -> None:
    alice, bob, number = await house.chat()
    orders: Page = await alice.page.context.new_page()
    await orders.goto("/orders")
    badge = orders.locator(f'[data-unread="{number}"]')
    await expect(badge).to_be_hidden()
    await alice.page.evaluate(HIDE, True)
    await bob.writes("Look!")
    await alice.sees("Look!")
    await expect(badge).to_have_text("1")
    await alice.page.evaluate(HIDE, False)
    await expect(badge).to_be_hidden()
