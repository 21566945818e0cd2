"""Pictures of the demo shop for the README: `python -m tests.story.screenshots OUT`."""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal, NamedTuple

from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from app.demo_scenes import PEOPLE
from tests.browser import DESK, PHONE, sign_in
from tests.cast import Person
from tests.processes import find
from tests.product import Deployment, deploy, prepare

OWNER = Person(PEOPLE["owner"], "team", "owner")
NORA = Person(PEOPLE["customer"], "customer")
WIDE: ViewportSize = {"width": 1440, "height": 900}


class Picture(NamedTuple):
    """One file: who looks, where, how; `{quoted}` is the number of Nora's order with an open quote."""

    name: str
    person: Person | None
    path: str
    size: ViewportSize
    colors: Literal["light", "dark"] = "light"
    part: str = ""


PICTURES = (
    Picture("desk-light", OWNER, "/desk/orders/{quoted}?box=all", WIDE),
    Picture("desk-dark", OWNER, "/desk/orders/{quoted}?box=all", WIDE, "dark"),
    Picture("desk-1280", OWNER, "/desk/orders/{quoted}?box=inbox", DESK),
    Picture("desk-phone", OWNER, "/desk/inbox", PHONE),
    Picture("desk-order-phone", OWNER, "/desk/orders/{quoted}", PHONE),
    Picture("catalogue", None, "/", DESK),
    Picture("product", None, "/products/1", DESK),
    Picture("order", NORA, "/orders/{quoted}", DESK),
    Picture("order-phone", NORA, "/orders/{quoted}", PHONE),
    Picture("order-phone-dark", NORA, "/orders/{quoted}", PHONE, "dark"),
    Picture("orders-phone", NORA, "/orders", PHONE),
    Picture("quote-card", NORA, "/orders/{quoted}", PHONE, part=".entry.quote"),
)


async def main(folder: Path) -> None:
    """Write every picture into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    async with running_demo() as shop, chromium() as browser:
        quoted = await quoted_order(browser, shop)
        for picture in PICTURES:
            await take(browser, shop, picture, quoted, folder / f"{picture.name}.png")


async def take(browser: Browser, shop: Deployment, picture: Picture, quoted: str, file: Path) -> None:
    page = await window(browser, shop, picture.person, picture.size, picture.colors)
    await page.goto(picture.path.format(quoted=quoted), wait_until="networkidle")
    shown = page.locator(picture.part) if picture.part else page
    await shown.screenshot(path=file)
    await page.context.close()


async def quoted_order(browser: Browser, shop: Deployment) -> str:
    page = await window(browser, shop, OWNER, DESK)
    await page.goto("/desk/awaiting")
    number = await page.locator("#rows .row").first.get_attribute("data-number")
    await page.context.close()
    assert number
    return number


async def window(
    browser: Browser,
    shop: Deployment,
    person: Person | None,
    size: ViewportSize,
    colors: Literal["light", "dark"] = "light",
) -> Page:
    context = await browser.new_context(
        base_url=shop.urls[0], viewport=size, color_scheme=colors, device_scale_factor=2, locale="en-GB",
        timezone_id="Europe/Berlin", reduced_motion="reduce",
    )  # fmt: skip
    page = await context.new_page()
    if person:
        await sign_in(page, person, shop)
    return page


@asynccontextmanager
async def running_demo() -> AsyncIterator[Deployment]:
    """The demo shop as `make run` serves it."""
    with tempfile.TemporaryDirectory(prefix="orderline-") as name:
        prepared, running = Path(name) / "prepared", Path(name) / "running"
        for folder in (prepared, running):
            folder.mkdir()
        shop = await prepare(str(prepared / "shop.db"), prepared)
        async with deploy(shop, running, SMTP_URL="") as deployment:
            yield deployment


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    program = find(os.environ.get("CHROMIUM") or "chromium")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/screenshots")))
