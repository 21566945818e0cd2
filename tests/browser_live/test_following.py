"""The page holds every entry once, whatever happens to the connection."""

from __future__ import annotations

import asyncio

from playwright.async_api import Page, expect

from tests.browser_live.conftest import Open
from tests.browser_live.desk import ORDER, Desk, Frame
from tests.browser_live.drawing import draw
from tests.processes import eventually

HIDE = """hidden => {
  const say = (name, value) => Object.defineProperty(document, name, {configurable: true, get: () => value});
  say('visibilityState', hidden ? 'hidden' : 'visible');
  say('hidden', hidden);
  document.dispatchEvent(new Event('visibilitychange'));
}"""


async def numbers(page: Page) -> list[int]:
    return list(
        await page.locator(".entry[data-seq]").evaluate_all("all => all.map(e => Number(e.dataset.seq))")
    )


async def test_resume_says_what_the_page_holds(opened: Open, desk: Desk) -> None:
    desk.talk(3)
    await opened()
    [frame] = desk.of_type("resume")
    assert frame == {"type": "resume", "epoch": "e1", "orders": {ORDER: 3}, "inbox": True, "html": "en"}


async def test_repeats_are_dropped_and_gaps_are_asked_for(opened: Open, desk: Desk) -> None:
    desk.talk(2)
    page = await opened()
    await desk.send(desk.entries[1])
    third, fourth = desk.add("three"), desk.add("four")
    await desk.send(fourth)
    await eventually(lambda: len(desk.of_type("resume")) == 2)
    assert desk.of_type("resume")[1]["orders"] == {ORDER: 2}
    await expect(page.locator(".entry")).to_have_count(4)
    await desk.send(third)
    await asyncio.sleep(0.1)
    assert await numbers(page) == [1, 2, 3, 4]


async def test_a_head_that_stays_ahead_is_asked_for(opened: Open, desk: Desk) -> None:
    page = await opened()
    desk.add("lost on the bus")
    await desk.send({"type": "heads", "orders": {ORDER: 1}})
    await expect(page.locator(".entry")).to_have_count(1, timeout=5_000)
    assert len(desk.of_type("resume")) == 2


async def test_an_endless_gap_ends_in_a_fresh_reading(opened: Open, desk: Desk, page: Page) -> None:
    await page.clock.install()
    page = await opened()
    desk.add("one")
    broken = dict(desk.entries[0], prev=77)

    async def broken_catch_up(desk: Desk, frame: Frame) -> None:
        await desk.send({"type": "hello", "epoch": desk.epoch, "heads": {ORDER: 1}})
        await desk.send(broken)

    desk.on_resume = broken_catch_up
    for _ in range(6):
        await desk.send(broken)
        await asyncio.sleep(0.05)
        await page.clock.run_for(1_100)
    await expect(page.locator(".entry .text")).to_have_text(["one"])


async def test_reset_reads_anew_and_keeps_what_was_typed(opened: Open, desk: Desk) -> None:
    desk.talk(3)
    page = await opened()
    await page.fill("textarea[name=text]", "half a thought")
    await page.get_by_text("Cancel order").click()
    await page.fill("textarea[name=reason]", "changed my mind")
    desk.entries.clear()
    desk.epoch = "e2"
    desk.add("After the restore")
    await desk.close(1012)
    await expect(page.locator(".entry .text")).to_have_text(["After the restore"])
    await expect(page.locator("textarea[name=text]")).to_have_value("half a thought")
    await expect(page.locator("textarea[name=reason]")).to_have_value("changed my mind")
    await eventually(lambda: desk.of_type("resume")[-1]["epoch"] == "e2")
    assert desk.of_type("resume")[-1]["orders"] == {ORDER: 1}
    await desk.say("And on")
    await expect(page.locator(".entry")).to_have_count(2)


async def test_a_hidden_tab_reads_nothing_but_stays_complete(opened: Open, desk: Desk) -> None:
    desk.talk(3)
    desk.read = 3
    page = await opened()
    await page.evaluate(HIDE, True)
    await desk.say("While away")
    await expect(page.locator(".entry")).to_have_count(4)
    await asyncio.sleep(0.3)
    assert desk.done("read") == []
    await page.evaluate(HIDE, False)
    await eventually(lambda: [frame["data"]["seq"] for frame in desk.done("read")] == [4])


async def test_back_from_elsewhere(opened: Open, desk: Desk) -> None:
    desk.talk(3)
    page = await opened()
    await page.fill("textarea[name=text]", "draft")
    await page.click("#elsewhere")
    await eventually(lambda: not desk.sockets)
    desk.add("While away")
    await page.go_back()
    await expect(page.locator(".entry")).to_have_count(4)
    await expect(page.locator("textarea[name=text]")).to_have_value("draft")
    await desk.say("And on")
    await expect(page.locator(".entry")).to_have_count(5)


async def test_out_of_the_back_forward_cache(opened: Open, desk: Desk) -> None:
    desk.talk(2)
    page = await opened()
    await page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
    await eventually(lambda: not desk.sockets)
    desk.add("While away")
    await page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    await expect(page.locator(".entry")).to_have_count(3)
    await expect(page.locator("#connection")).to_be_hidden()


async def test_a_dead_connection_is_noticed(opened: Open, desk: Desk, page: Page) -> None:
    await page.clock.install()
    page = await opened()
    silent, desk.sockets = desk.sockets, []
    await page.clock.run_for(16_000)
    await eventually(lambda: bool(desk.of_type("ping")))
    assert len(desk.of_type("resume")) == 1
    await page.clock.run_for(25_000)
    await eventually(lambda: len(desk.of_type("resume")) == 2)
    del silent
    await desk.say("Over the new one")
    await expect(page.locator(".entry")).to_have_count(1)


async def test_signed_out_stays_away(opened: Open, desk: Desk) -> None:
    page = await opened()
    await desk.close(4401)
    await expect(page.locator("#connection")).to_contain_text("You are signed out")
    await expect(page.locator("#connection a")).to_have_attribute("href", "/sign-in")
    await page.evaluate("dispatchEvent(new Event('online'))")
    await asyncio.sleep(1)
    assert len(desk.of_type("resume")) == 1


async def test_an_old_state_puts_no_button_back(opened: Open, desk: Desk) -> None:
    desk.talk(1)
    page = await opened()
    new = draw("state", ORDER, "cancelled", "messages.send", head=2, oob=True)
    await desk.say("", kind="status", content=new)
    await expect(page.locator("#state-1042")).to_have_attribute("data-status", "cancelled")
    await expect(page.locator(".action")).to_be_hidden()
    old = draw("state", ORDER, "processing", "messages.send cancel", head=1, oob=True)
    await page.evaluate("text => htmx.swap({text, swap: 'none', sourceElement: document.body})", old)
    await page.wait_for_timeout(50)
    await expect(page.locator("#state-1042")).to_have_attribute("data-status", "cancelled")
    await expect(page.locator(".order")).to_have_attribute("data-can", "messages.send")


async def test_a_pane_that_htmx_brings_is_followed(opened: Open, desk: Desk) -> None:
    page = await opened("/desk/inbox")
    assert desk.of_type("resume")[0]["orders"] == {}
    desk.talk(2)
    await page.evaluate(f"""async () => {{
      const text = await (await fetch('/orders/{ORDER}')).text();
      const pane = new DOMParser().parseFromString(text, 'text/html').querySelector('section').outerHTML;
      await htmx.swap({{text: pane, target: document.body, swap: 'beforeend', sourceElement: document.body}});
    }}""")
    await eventually(lambda: desk.of_type("resume")[-1]["orders"] == {ORDER: 2})
    await desk.say("Live")
    await expect(page.locator(".entry")).to_have_count(3)
