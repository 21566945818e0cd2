"""What one writes is shown at once, sent once, and never lost."""

from __future__ import annotations

import asyncio
import re

from playwright.async_api import BrowserContext, Page, expect

from tests.browser_live.conftest import Open
from tests.browser_live.desk import ORDER, Desk, Frame, ignore, refuse, store
from tests.browser_live.mock import Server
from tests.processes import eventually

DRAFT = f"draft:c7:{ORDER}"


async def write(page: Page, text: str) -> None:
    await page.fill("textarea[name=text]", text)
    await page.press("textarea[name=text]", "Enter")


async def test_a_message_is_sending_then_sent_and_replaced(opened: Open, desk: Desk) -> None:
    desk.add("Hello")
    desk.on_do = ignore
    page = await opened()
    await write(page, "<b>Good</b> day")
    pending = page.locator(".entry.pending")
    await expect(pending).to_contain_text("<b>Good</b> day")
    await expect(pending.locator(".delivery")).to_have_text("Sending…")
    await expect(page.locator("textarea[name=text]")).to_have_value("")
    [frame] = desk.done("messages.send")
    await desk.acknowledge(frame, 2)
    await expect(pending.locator(".delivery")).to_have_text("Sent")
    await desk.say("<b>Good</b> day", person="c7", cid=frame["cid"])
    await expect(pending).to_have_count(0)
    await expect(page.locator(f"#e-{ORDER}-2.mine")).to_contain_text("<b>Good</b> day")
    await expect(page.locator(".entry")).to_have_count(2)


async def test_the_event_before_the_ack(opened: Open, desk: Desk) -> None:
    page = await opened()
    for text in ("one", "two", "three"):
        await write(page, text)
    await expect(page.locator(".entry[data-seq] .text")).to_have_text(["one", "two", "three"])
    await expect(page.locator(".entry.pending")).to_have_count(0)
    assert await page.evaluate("sessionStorage.getItem('outbox:c7')") == "[]"


async def test_one_in_flight_and_in_order(opened: Open, desk: Desk) -> None:
    desk.on_do = ignore
    page = await opened()
    await write(page, "one")
    await write(page, "two")
    await eventually(lambda: len(desk.done("messages.send")) == 1)
    await asyncio.sleep(0.2)
    [first] = desk.done("messages.send")
    desk.on_do = store
    await store(desk, first)
    await expect(page.locator(".entry[data-seq] .text")).to_have_text(["one", "two"])


async def test_shift_enter_breaks_and_empty_is_not_sent(opened: Open, desk: Desk) -> None:
    page = await opened()
    field = page.locator("textarea[name=text]")
    await field.press("Enter")
    await field.fill("   ")
    await field.press("Enter")
    await field.fill("a")
    await field.press("Shift+Enter")
    await field.press_sequentially("b")
    await expect(field).to_have_value("a\nb")
    await field.press("Enter")
    await expect(page.locator(".entry[data-seq]")).to_have_count(1)
    assert [frame["data"]["text"] for frame in desk.done("messages.send")] == ["a\nb"]


async def test_a_lost_ack_is_asked_for_by_post(opened: Open, desk: Desk, page: Page) -> None:
    await page.clock.install()
    desk.on_do = ignore
    page = await opened()
    await write(page, "Once")
    await eventually(lambda: bool(desk.done("messages.send")))
    await page.clock.run_for(5_100)
    await eventually(lambda: bool(desk.posts))
    [post], [frame] = desk.posts, desk.done("messages.send")
    assert post == {"path": f"/orders/{ORDER}/messages", "htmx": "true", "cid": frame["cid"], "text": "Once"}
    await expect(page.locator(".entry.pending .delivery")).to_have_text("Sent")
    await desk.send(desk.entries[0])
    await expect(page.locator(".entry")).to_have_count(1)


async def test_a_restart_between_command_and_ack(opened: Open, desk: Desk, server: Server) -> None:
    async def store_and_die(desk: Desk, frame: Frame) -> None:
        if frame["do"] == "messages.send":
            desk.add(frame["data"]["text"], person="c7", cid=frame["cid"])
            desk.on_do = store
            await desk.close(1012)

    desk.on_do = store_and_die
    page = await opened()
    await write(page, "Survives")
    await expect(page.locator(".entry[data-seq] .text")).to_have_text(["Survives"])
    await expect(page.locator(".entry.pending")).to_have_count(0)
    assert desk.head == 1


async def test_a_server_that_is_away(opened: Open, desk: Desk, server: Server) -> None:
    desk.add("Hello")
    page = await opened()
    await server.stop()
    await write(page, "Meanwhile one")
    await write(page, "Meanwhile two")
    await expect(page.locator(".entry.pending")).to_have_count(2)
    banner = page.locator("#connection")
    await expect(banner).to_be_visible(timeout=4_000)
    await expect(banner).to_contain_text("is kept and goes out")
    desk.add("From the team, meanwhile")
    await server.start()
    texts = ["Hello", "From the team, meanwhile", "Meanwhile one", "Meanwhile two"]
    await expect(page.locator(".entry[data-seq] .text")).to_have_text(texts, timeout=15_000)
    await expect(page.locator(".entry.pending")).to_have_count(0)
    await expect(banner).to_be_hidden()


async def test_offline_and_back(opened: Open, desk: Desk, context: BrowserContext) -> None:
    page = await opened()
    await context.set_offline(True)
    await desk.close(1012)
    await write(page, "From the tunnel")
    await expect(page.locator(".entry.pending .delivery")).to_contain_text("as soon as you are connected")
    await expect(page.locator("#connection")).to_have_text(re.compile("You are offline"), timeout=4_000)
    await context.set_offline(False)
    await expect(page.locator(".entry[data-seq] .text")).to_have_text(["From the tunnel"])
    await expect(page.locator("#connection")).to_be_hidden()


async def test_a_reload_loses_nothing(opened: Open, desk: Desk) -> None:
    desk.on_do = ignore
    page = await opened()
    await write(page, "Not yet acknowledged")
    await eventually(lambda: bool(desk.done("messages.send")))
    await page.fill("textarea[name=text]", "half a thought")
    desk.on_do = store
    await page.reload()
    await expect(page.locator(".entry[data-seq] .text")).to_have_text(["Not yet acknowledged"])
    await expect(page.locator("textarea[name=text]")).to_have_value("half a thought")
    assert len({frame["cid"] for frame in desk.done("messages.send")}) == 1


async def test_a_reload_after_the_server_had_it(opened: Open, desk: Desk) -> None:
    desk.on_do = ignore
    page = await opened()
    await write(page, "Stored")
    await eventually(lambda: bool(desk.done("messages.send")))
    desk.add("Stored", person="c7", cid=desk.done("messages.send")[0]["cid"])
    desk.on_do = store
    await page.reload()
    await eventually(lambda: len(desk.done("messages.send")) == 2)
    await expect(page.locator(".entry")).to_have_count(1)
    await expect(page.locator(".entry.pending")).to_have_count(0)


async def test_refused_gives_the_text_back(opened: Open, desk: Desk) -> None:
    desk.on_do = refuse("invalid", "Too rude.")
    page = await opened()
    await write(page, "First try")
    pending = page.locator(".entry.pending.failed")
    await expect(pending.locator(".delivery")).to_contain_text("Not sent. Too rude.")
    await pending.get_by_role("button", name="Edit").click()
    await expect(page.locator("textarea[name=text]")).to_have_value("First try")
    await expect(pending).to_have_count(0)
    desk.on_do = refuse("invalid", "Still.")
    await page.press("textarea[name=text]", "Enter")
    await pending.get_by_role("button", name="Try again").click()
    await expect(page.locator(".entry[data-seq] .text")).to_have_text(["First try"])


async def test_too_fast_waits_and_goes_on(opened: Open, desk: Desk) -> None:
    desk.on_do = refuse("rate_limited", retry_after=1)
    page = await opened()
    await write(page, "one")
    await write(page, "two")
    await expect(page.locator(".entry.pending .delivery").first).to_contain_text("too fast")
    await expect(page.locator(".entry[data-seq] .text")).to_have_text(["one", "two"])


async def test_unavailable_is_tried_again(opened: Open, desk: Desk) -> None:
    desk.on_do = refuse("unavailable", retry_after=0.2)
    page = await opened()
    await write(page, "Patient")
    await expect(page.locator(".entry[data-seq] .text")).to_have_text(["Patient"])
    assert len({frame["cid"] for frame in desk.done("messages.send")}) == 1


async def test_too_long_is_counted_and_kept(opened: Open, desk: Desk) -> None:
    page = await opened()
    field = page.locator("textarea[name=text]")
    await field.fill("x" * 15_990)
    await expect(page.locator(".counter")).to_have_text("10 characters left")
    await field.fill("x" * 16_001)
    await expect(page.locator(".counter")).to_contain_text("1 characters too long")
    await field.press("Enter")
    assert desk.done("messages.send") == []
    assert len(await field.input_value()) == 16_001


async def test_notes_have_their_own_draft_and_verb(opened: Open, desk: Desk) -> None:
    desk.side, desk.person = "team", "m3"
    page = await opened()
    field = page.locator("textarea[name=text]")
    await field.fill("Dear customer")
    await page.get_by_label("Note").check()
    await expect(field).to_have_value("")
    await field.press_sequentially("He pays late")
    await eventually(lambda: any(frame.get("note") for frame in desk.of_type("typing")))
    await field.press("Enter")
    await expect(page.locator(".entry .text")).to_have_text(["He pays late"])
    await page.get_by_label("Message").check()
    await expect(field).to_have_value("Dear customer")
    assert [frame["data"]["text"] for frame in desk.done("notes.add")] == ["He pays late"]
    assert desk.done("messages.send") == []


async def test_the_draft_is_cleared_when_sent(opened: Open, desk: Desk) -> None:
    page = await opened()
    await page.fill("textarea[name=text]", "draft")
    assert await page.evaluate("key => localStorage.getItem(key)", DRAFT) == "draft"
    await page.press("textarea[name=text]", "Enter")
    assert await page.evaluate("key => localStorage.getItem(key)", DRAFT) is None
