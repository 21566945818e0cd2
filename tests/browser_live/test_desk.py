"""Lists, badges, forms and keys."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.browser_live.conftest import Open
from tests.browser_live.desk import ORDER, Desk
from tests.browser_live.drawing import draw
from tests.processes import eventually


@pytest.fixture(autouse=True)
def team(desk: Desk) -> None:
    desk.side, desk.person = "team", "m3"


async def shown(page: Page) -> list[str]:
    return list(await page.locator("#rows li").evaluate_all("rows => rows.map(row => row.dataset.number)"))


async def send_row(desk: Desk, number: str, sort: str, boxes: str = "inbox", unread: int = 0) -> None:
    content = draw("row", number, sort, boxes, oob=True)
    row = {"number": number, "unread": unread}
    await desk.send({"type": "list", "order": number, "row": row, "content": content})


async def test_rows_come_move_and_go(opened: Open, desk: Desk) -> None:
    desk.rows = [
        draw("row", "1002", "2026-02-02T00:00:00+00:00"),
        draw("row", "1001", "2026-01-01T00:00:00+00:00"),
    ]
    page = await opened("/desk/inbox")
    await send_row(desk, "1003", "2026-01-15T00:00:00+00:00", unread=2)
    await expect(page.locator("#rows li")).to_have_count(3)
    assert await shown(page) == ["1002", "1003", "1001"]
    await expect(page.locator('[data-unread="1003"]')).to_have_text("2")
    await send_row(desk, "1001", "2026-03-03T00:00:00+00:00")
    await expect(page.locator("#rows li").first).to_have_attribute("data-number", "1001")
    assert await shown(page) == ["1001", "1002", "1003"]
    for number in ("1001", "1002", "1003"):
        await send_row(desk, number, "2026-03-03T00:00:00+00:00", boxes="processing")
    await expect(page.get_by_text("Nothing here")).to_be_visible()
    await send_row(desk, "1004", "2026-03-03T00:00:00+00:00")
    await expect(page.get_by_text("Nothing here")).to_be_hidden()


async def test_rows_that_were_missed_come_with_the_connection(opened: Open, desk: Desk) -> None:
    desk.rows = [draw("row", "1001", "2026-01-01T00:00:00+00:00")]
    page = await opened("/desk/inbox")
    desk.rows = [draw("row", "1002", "2026-02-02T00:00:00+00:00")]
    await desk.close(1012)
    await expect(page.locator("#row-1002")).to_be_visible()
    assert await shown(page) == ["1002"]


@pytest.mark.parametrize(("before", "after"), [(2, 0), (0, 3)])
async def test_what_was_read_or_came_without_a_connection_counts(
    opened: Open, desk: Desk, before: int, after: int
) -> None:
    sort = "2026-01-01T00:00:00+00:00"
    desk.rows = [draw("row", "1001", sort, unread=before)]
    page = await opened("/desk/inbox")
    badge = page.locator('[data-unread="1001"]')
    await expect(badge).to_have_text(str(before))
    desk.rows = [draw("row", "1001", sort, unread=after)]
    await desk.close(1012)
    await expect(badge).to_have_text(str(after))
    await expect(badge).to_be_visible(visible=after > 0)


async def test_what_a_frame_said_meanwhile_is_newer_than_the_rows(opened: Open, desk: Desk) -> None:
    sort = "2026-01-01T00:00:00+00:00"
    desk.rows = [draw("row", "1001", sort, unread=2), draw("row", "1000", sort, unread=1)]
    desk.on_rows = lambda: send_row(desk, "1001", sort, unread=4)
    page = await opened("/desk/inbox")
    desk.rows = [draw("row", "1001", sort, unread=2), draw("row", "1000", sort, unread=0)]
    await desk.close(1012)
    await expect(page.locator('[data-unread="1000"]')).to_be_hidden()
    await expect(page.locator('[data-unread="1001"]')).to_have_text("4")


async def test_rows_that_did_not_change_stay_the_same_elements(opened: Open, desk: Desk) -> None:
    desk.rows = [draw("row", "1001", "2026-01-01T00:00:00+00:00")]
    page = await opened("/desk/inbox")
    await page.locator("#row-1001").evaluate("row => { row.kept = true }")
    desk.rows.append(draw("row", "1000", "2025-01-01T00:00:00+00:00"))
    await desk.close(1012)
    await expect(page.locator("#row-1000")).to_be_attached()
    assert await page.locator("#row-1001").evaluate("row => row.kept")


async def test_badges_and_the_title(opened: Open, desk: Desk) -> None:
    page = await opened()
    await desk.send({"type": "badge", "order": ORDER, "unread": 2, "total": 3, "boxes": {"inbox": 5}})
    await expect(page.locator("[data-count=inbox]")).to_have_text("5")
    await expect(page).to_have_title("(3) Order")
    await desk.send({"type": "badge", "order": ORDER, "unread": 0, "total": 0, "boxes": {"inbox": 0}})
    await expect(page).to_have_title("Order")
    await expect(page.locator("[data-count=inbox]")).to_be_hidden()


async def cancel(page: Page, reason: str) -> None:
    await page.get_by_text("Cancel order").click()
    await page.fill("textarea[name=reason]", reason)
    await page.get_by_role("button", name="Really cancel").click()


async def test_a_verb_that_succeeds_closes_its_form(opened: Open, desk: Desk) -> None:
    page = await opened()
    await cancel(page, "because")
    await expect(page.locator("details")).not_to_have_attribute("open", "")
    assert await page.input_value("#cancel textarea") == ""
    assert await page.input_value("#cancel input[name=cid]") != "first"
    assert [post["reason"] for post in desk.posts] == ["because"]


async def test_no_double_submit(opened: Open, desk: Desk) -> None:
    desk.post_delay = 0.3
    page = await opened()
    await page.get_by_text("Cancel order").click()
    await page.locator("#cancel").evaluate("form => { form.requestSubmit(); form.requestSubmit(); }")
    await expect(page.get_by_role("button", name="Really cancel")).to_be_disabled()
    await eventually(lambda: bool(desk.posts))
    await asyncio.sleep(0.6)
    assert len(desk.posts) == 1


async def test_a_refusal_brings_the_form_back(opened: Open, desk: Desk) -> None:
    desk.post_status = 422
    page = await opened()
    await cancel(page, "short")
    await expect(page.get_by_role("alert")).to_have_text("Say why.")
    assert await page.input_value("#cancel textarea") == "short"
    desk.post_status = 204
    await page.get_by_role("button", name="Really cancel").click()
    await eventually(lambda: len(desk.posts) == 2)


async def test_nothing_typed_is_lost_on_the_way(opened: Open, desk: Desk, context: BrowserContext) -> None:
    page = await opened()
    await context.set_offline(True)
    await cancel(page, "unsent")
    await expect(page.get_by_role("alert")).to_contain_text("did not reach the server")
    await context.set_offline(False)
    desk.post_status = 502
    await page.get_by_role("button", name="Really cancel").click()
    await eventually(lambda: bool(desk.posts))
    await expect(page.get_by_role("alert")).to_contain_text("did not reach the server")
    await expect(page.get_by_role("button", name="Really cancel")).to_be_enabled()
    assert await page.input_value("#cancel textarea") == "unsent"


async def test_without_a_socket_success_reloads(opened: Open, desk: Desk) -> None:
    page = await opened()
    desk.accept = False
    await desk.close(1012)
    await page.wait_for_timeout(200)
    async with page.expect_event("load"):
        await cancel(page, "because")


async def test_the_list_by_keyboard(opened: Open, desk: Desk) -> None:
    desk.rows = [
        draw("row", "1002", "2026-02-02T00:00:00+00:00"),
        draw("row", "1001", "2026-01-01T00:00:00+00:00"),
    ]
    page = await opened("/desk/inbox")
    await page.keyboard.press("Escape")
    await expect(page.locator("#row-1002 a")).to_be_focused()
    await page.keyboard.press("j")
    await expect(page.locator("#row-1001 a")).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(page.locator("#row-1002 a")).to_be_focused()
    await page.keyboard.press("/")
    await expect(page.get_by_role("searchbox")).to_be_focused()
    await page.keyboard.press("j")
    await expect(page.get_by_role("searchbox")).to_have_value("j")
    await page.locator("#row-1001 a").focus()
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/desk/orders/1001*")
