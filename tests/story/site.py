"""Somebody's own site with the shop's button on it: another origin, and as strict as it can be."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from playwright.async_api import FrameLocator, Locator, Page, WebSocket, expect

from tests.story.people import Customer
from tests.until import until

STRICT = "default-src 'none'; script-src {shop}; frame-src {shop}; require-trusted-types-for 'script'"
WHOLE = """<!doctype html><html lang="{language}"><meta charset="utf-8"><title>Archer & Sons</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
{scripts}<main><h1>Archer & Sons</h1><p>We sell signs.</p><a href="#more">More</a></main></html>"""


@dataclass
class Site:
    """One page under any path; `scripts` stand in its head."""

    shop: str
    port: int = 0
    scripts: str = ""
    language: str = "en"

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def includes(self, *options: str, language: str = "en") -> None:
        """The page includes the shop's script once for each of these options."""
        lines = [f'<script src="{self.shop}/embed.js" {option} async></script>\n' for option in options]
        self.scripts, self.language = "".join(lines), language

    @property
    def page(self) -> bytes:
        return WHOLE.format(language=self.language, scripts=self.scripts).encode()


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, site: Site, *rest: object) -> None:
        self.site = site
        super().__init__(*rest)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Security-Policy", STRICT.format(shop=self.site.shop))
        self.end_headers()
        self.wfile.write(self.site.page)

    def log_message(self, format: str, *args: object) -> None:
        pass


@asynccontextmanager
async def serve(shop: str) -> AsyncIterator[Site]:
    site = Site(shop)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, site))
    site.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield site
    await asyncio.to_thread(server.shutdown)
    server.server_close()


class Visitor(Customer):
    """Somebody on the other site; what they do with an order happens in the panel."""

    def __init__(self, page: Page, name: str) -> None:
        super().__init__(page, name)
        self._said_read = 0
        page.on("websocket", lambda socket: self._listen(socket))

    @property
    def panel(self) -> FrameLocator:
        return self.page.frame_locator("orderline-embed iframe")

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    @property
    def button(self) -> Locator:
        return self.page.locator("orderline-embed button.open")

    @property
    def badge(self) -> Locator:
        return self.page.locator("orderline-embed .badge")

    @property
    def conversation(self) -> Locator:
        return self.panel.get_by_role("log")

    @property
    def field(self) -> Locator:
        return self.panel.get_by_label("Your message")

    async def opens_the_panel(self) -> None:
        await self.button.click()
        await expect(self.dialog).to_be_visible()

    async def orders_in_the_panel(self, email: str) -> None:
        await self.panel.get_by_label("20 × 10 cm").check()
        answers = {"Engraving": "ARCHER", "Your name": self.name, "Mail address": email}
        for label, answer in answers.items():
            await self.panel.get_by_label(label).fill(answer)
        await self.panel.get_by_role("button", name="Place order").click()
        await expect(self.conversation).to_be_visible()

    async def has_read_everything(self) -> None:
        """And has said so: who leaves within a second of an entry may not have seen it.

        The badge alone cannot tell: it says 0 before the entry was counted, too.
        """
        newest = await self.conversation.locator("[data-seq]").last.get_attribute("data-seq")

        async def said() -> bool:
            return self._said_read >= int(newest or 0)

        await until(said)

    def _listen(self, socket: WebSocket) -> None:
        def sent(payload: str | bytes) -> None:
            frame = json.loads(payload)
            if frame.get("do") == "read":
                self._said_read = max(self._said_read, frame["data"]["seq"])

        socket.on("framesent", sent)

    async def number(self) -> str:
        """Of the order that the panel shows."""
        shown = await self.panel.locator("section.order").get_attribute("data-order")
        assert shown
        return shown


def frame_url(page: Page) -> str:
    return page.frames[1].url
