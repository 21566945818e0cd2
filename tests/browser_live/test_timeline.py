"""Nothing moves under a reader."""

from __future__ import annotations

import asyncio

from playwright.async_api import Page, expect
from pytest_playwright_asyncio.pytest_playwright import CreateContextCallback

from tests.browser_live.conftest import Open
from tests.browser_live.desk import ORDER, Desk
from tests.browser_live.drawing import draw
from tests.browser_live.mock import Server
from tests.processes import eventually


async def top_of(page: Page, seq: int) -> float:
    return float(
        await page.locator(f"#e-{ORDER}-{seq}").evaluate("entry => entry.getBoundingClientRect().top")
    )


async def distance_to_end(page: Page) -> float:
    return float(
        await page.locator(".timeline").evaluate("t => t.scrollHeight - t.scrollTop - t.clientHeight")
    )


async def scroll_to(page: Page, top: int) -> None:
    await page.locator(".timeline").evaluate("(timeline, top) => { timeline.scrollTop = top }", top)


async def numbers(page: Page) -> list[int]:
    return list(
        await page.locator(".entry[data-seq]").evaluate_all("all => all.map(e => Number(e.dataset.seq))")
    )


async def test_opens_at_the_end_and_stays_there(opened: Open, desk: Desk) -> None:
    desk.talk(20)
    page = await opened()
    assert await distance_to_end(page) < 2
    await desk.say("New")
    await expect(page.locator(".entry")).to_have_count(21)
    assert await distance_to_end(page) < 2
    await expect(page.locator(".jump")).to_be_hidden()


async def test_what_unfolds_in_the_newest_entry_comes_into_view(opened: Open, desk: Desk) -> None:
    desk.talk(20)
    page = await opened()
    form = "<details><summary>Reject</summary><textarea rows=6></textarea><button>Really</button></details>"
    unfold = "(last, form) => last.insertAdjacentHTML('beforeend', form)"
    await page.locator(".entry").last.evaluate(unfold, form)
    await page.locator(".entry summary").click()
    await expect(page.get_by_role("button", name="Really")).to_be_in_viewport(ratio=1)


async def test_a_reader_further_up_is_left_alone(opened: Open, desk: Desk) -> None:
    desk.talk(30)
    page = await opened()
    await scroll_to(page, 500)
    before = await top_of(page, 15)
    card = draw("article", ORDER, desk.entries[0] | {"data": {"text": "taller " * 300}}, oob=True)
    await desk.say("New", content=card)
    jump = page.get_by_role("button", name="1 new message")
    await expect(jump).to_be_visible()
    assert abs(await top_of(page, 15) - before) < 1
    await jump.click()
    assert await distance_to_end(page) < 2
    await expect(page.locator(".jump")).to_be_hidden()


async def test_older_entries_keep_the_place(opened: Open, desk: Desk) -> None:
    desk.talk(75)
    page = await opened()
    await expect(page.locator(".entry")).to_have_count(30)
    await scroll_to(page, 0)
    before = await top_of(page, 46)
    await expect(page.locator(".entry")).to_have_count(60)
    await page.wait_for_timeout(100)
    assert abs(await top_of(page, 46) - before) < 2
    await scroll_to(page, 0)
    await expect(page.locator(".entry")).to_have_count(75)
    await scroll_to(page, 0)
    await expect(page.locator(".timeline")).to_have_attribute("data-more", "false")
    assert await numbers(page) == list(range(1, 76))
    assert desk.older_requests == 3
    await expect(page.locator(".day")).to_have_count(1)


async def test_older_entries_that_fail_offer_again(opened: Open, desk: Desk) -> None:
    desk.talk(40)
    desk.older_fails = 1
    page = await opened()
    await scroll_to(page, 0)
    await expect(page.locator(".older")).to_contain_text("could not be loaded")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator(".entry")).to_have_count(40)


async def test_a_link_to_a_card_far_up(opened: Open, desk: Desk) -> None:
    desk.talk(90)
    page = await opened(f"/orders/{ORDER}#e-{ORDER}-5")
    card = page.locator(f"#e-{ORDER}-5")
    await expect(card).to_be_in_viewport()
    await expect(card).to_have_class("entry message highlighted")
    await expect(card).to_be_focused()


async def test_the_line_before_what_is_new(opened: Open, desk: Desk) -> None:
    desk.talk(25)
    desk.read = 5
    page = await opened()
    assert await page.evaluate("document.querySelector('.new-line').nextElementSibling.id") == f"e-{ORDER}-7"
    await expect(page.locator(".new-line")).to_be_in_viewport()


async def test_days_and_times_are_the_readers(
    desk: Desk, server: Server, new_context: CreateContextCallback
) -> None:
    for at in ("2026-11-22T10:30:00+00:00", "2026-11-23T14:30:00+00:00", "2026-11-23T16:30:00+00:00"):
        desk.add(at, at=at)
    context = await new_context(timezone_id="Asia/Tokyo", locale="en-GB")
    page = await context.new_page()
    await page.clock.install(time="2026-11-24T03:00:00+00:00")
    await page.goto(server.url())
    await expect(page.locator(".day")).to_have_text(["Sunday, November 22", "Yesterday", "Today"])
    await expect(page.locator(".entry time").first).to_have_text("7:30 PM")


async def test_reading_is_marked_once_it_is_seen(opened: Open, desk: Desk) -> None:
    desk.talk(30)
    page = await opened()
    await eventually(lambda: [frame["data"]["seq"] for frame in desk.done("read")] == [30])
    await scroll_to(page, 0)
    await desk.say("Unseen")
    await asyncio.sleep(1.2)
    assert len(desk.done("read")) == 1
    await page.get_by_role("button", name="1 new message").click()
    await eventually(lambda: [frame["data"]["seq"] for frame in desk.done("read")] == [30, 31])


async def test_peeking_reads_nothing(opened: Open, desk: Desk) -> None:
    desk.talk(3)
    desk.side, desk.person, desk.peek = "team", "m3", True
    await opened()
    await asyncio.sleep(0.5)
    assert desk.done("read") == []


async def test_typing_and_presence(opened: Open, desk: Desk, page: Page) -> None:
    await page.clock.install()
    page = await opened()
    anna = {"role": "member", "name": "Anna <i>", "person": "m3"}
    me = {"role": "customer", "name": "Carl", "person": "c7"}
    await desk.send({"type": "presence", "order": ORDER, "people": [anna, me]})
    await expect(page.locator("#presence-1042")).to_have_text("Anna <i> is here")
    typing = {"type": "typing", "order": ORDER, "by": {"role": "member", "name": "Anna"}, "person": "m3"}
    await desk.send(typing)
    await expect(page.locator("#typing-1042")).to_have_text("Anna is typing…")
    await page.clock.run_for(6_100)
    await expect(page.locator("#typing-1042")).to_be_empty()
    await desk.send(typing)
    await expect(page.locator("#typing-1042")).to_have_text("Anna is typing…")
    await desk.say("Done")
    await expect(page.locator("#typing-1042")).to_be_empty()


async def test_typing_is_told_now_and_then(opened: Open, desk: Desk) -> None:
    page = await opened()
    await page.locator("textarea[name=text]").press_sequentially("Hello there", delay=20)
    await asyncio.sleep(0.2)
    assert desk.of_type("typing") == [{"type": "typing", "order": ORDER}]
