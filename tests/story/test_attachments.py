"""Files in the conversation: pasted, dropped and chosen, sent when they are there, seen by the other side."""

import asyncio
import base64
import re
from pathlib import Path
from typing import Any

from playwright.async_api import Locator, Page, Route, expect

from tests.cast import CAROL
from tests.marks import EMBEDDED
from tests.rules.files import PDF, picture
from tests.story.axe import findings
from tests.story.people import Customer, House, Somebody

GIVE = """([kind, name, type, data]) => {
  const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type }));
  const options = { bubbles: true, cancelable: true };
  const field = document.querySelector("form.composer textarea");
  const event = kind === "paste"
    ? new ClipboardEvent("paste", { ...options, clipboardData: transfer })
    : new DragEvent(kind, { ...options, dataTransfer: transfer });
  (kind === "paste" ? field : document.querySelector(".timeline")).dispatchEvent(event);
}"""


async def give(page: Page, kind: str, name: str, type: str, data: bytes) -> None:
    """As the browser hands over what is pasted or dropped."""
    await page.evaluate(GIVE, [kind, name, type, base64.b64encode(data).decode()])


def waiting(somebody: Somebody, name: str) -> Locator:
    """A file in the composer."""
    return somebody.page.locator(".upload").filter(has_text=name)


class Gate:
    """Uploads of a window stand before it until it is opened, or break off."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.broken = False

    async def pass_through(self, route: Route) -> None:
        if self.broken:
            return await route.abort()
        await self.opened.wait()
        await route.continue_()


@EMBEDDED
async def test_files_are_pasted_dropped_and_sent_when_they_are_there(house: House) -> None:
    alice, bob, _ = await house.chat()
    gate = Gate()
    await alice.page.route("**/uploads", gate.pass_through)
    await give(alice.page, "paste", "facade.png", "image/png", picture(size=(800, 600)))
    await give(alice.page, "dragover", "plan.pdf", "application/pdf", PDF)
    await expect(alice.page.locator(".order.dropping")).to_be_visible()
    await give(alice.page, "drop", "plan.pdf", "application/pdf", PDF)
    await expect(alice.page.locator(".order.dropping")).to_have_count(0)
    for name in "facade.png", "plan.pdf":
        await expect(waiting(alice, name).get_by_role("progressbar")).to_be_visible()
        await expect(waiting(alice, name)).to_contain_text("Uploading…")
    assert await findings(alice.page, "composer with files") == []
    await alice.page.emulate_media(color_scheme="light")
    await alice.writes("The wall and the plan")
    await expect(alice.page.get_by_text("Goes out as soon as the files are there.")).to_be_visible()
    await expect(alice.conversation.get_by_text("The wall and the plan")).to_have_count(0)
    gate.opened.set()
    for somebody in alice, bob:
        await somebody.sees("The wall and the plan")
        message = somebody.message("The wall and the plan")
        await expect(message.get_by_role("img", name="facade.png")).to_be_visible()
        await expect(message.get_by_role("link", name=re.compile("plan.pdf"))).to_be_visible()
    await expect(alice.page.locator(".upload")).to_have_count(0)
    await expect(alice.field).to_have_value("")
    await looks_and_downloads(bob)
    carol = await house.customer(CAROL)
    href = (
        await alice.message("The wall").get_by_role("link", name=re.compile("plan.pdf")).get_attribute("href")
    )
    answer = await carol.page.goto(href or "")
    assert answer is not None and answer.status == 404


async def looks_and_downloads(bob: Somebody) -> None:
    message = bob.message("The wall and the plan")
    shown = message.get_by_role("img", name="facade.png")
    assert await shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 800
    await shown.click()
    dialog = bob.page.get_by_role("dialog", name="facade.png")
    await expect(dialog).to_be_visible()
    await bob.page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    async with bob.page.expect_download() as started:
        await message.get_by_role("link", name=re.compile("plan.pdf")).click()
    download = await started.value
    assert download.suggested_filename == "plan.pdf"
    assert (await download.path()).read_bytes() == PDF


@EMBEDDED
async def test_what_breaks_off_is_tried_again_and_what_is_refused_is_said(
    house: House, tmp_path: Path
) -> None:
    alice, bob, _ = await house.chat()
    gate = Gate()
    gate.broken = True
    await alice.page.route("**/uploads", gate.pass_through)
    await choose(alice, ("plan.pdf", "application/pdf", PDF), ("page.html", "text/html", b"<html>"))
    await expect(waiting(alice, "plan.pdf")).to_contain_text("The connection broke off.")
    gate.broken = False
    gate.opened.set()
    await waiting(alice, "plan.pdf").get_by_role("button", name="Try again").click()
    await expect(waiting(alice, "plan.pdf")).to_contain_text("Ready")
    await waiting(alice, "page.html").get_by_role("button", name="Try again").click()
    await expect(waiting(alice, "page.html")).to_contain_text("Files of this kind are not taken.")
    await alice.field.press("Enter")
    await expect(alice.page.get_by_text("One of the files was not taken.")).to_be_visible()
    await waiting(alice, "page.html").get_by_role("button", name="Remove").click()
    await bob.sees("plan.pdf")
    await expect(bob.message("plan.pdf").locator(".text:visible")).to_have_count(0)
    (tmp_path / "large.pdf").write_bytes(PDF + bytes(25 * 1024 * 1024))
    await alice.page.get_by_label("Add files").set_input_files(tmp_path / "large.pdf")
    await expect(waiting(alice, "large.pdf")).to_contain_text("A file may have 25 MB.")
    await waiting(alice, "large.pdf").get_by_role("button", name="Remove").click()
    await alice.acts_on("plan.pdf", "Withdraw")
    await alice.message("plan.pdf").get_by_role("button", name="Withdraw", exact=True).click()
    await expect(bob.message("Message withdrawn")).to_be_visible()
    await alice.sees_nowhere("plan.pdf")


async def choose(somebody: Customer, *files: tuple[str, str, bytes]) -> None:
    given: list[Any] = [{"name": name, "mimeType": type, "buffer": data} for name, type, data in files]
    await somebody.page.get_by_label("Add files").set_input_files(given)
