"""static/live.js against a scripted server, in a real browser."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import ConsoleMessage, Page

from tests.browser_live.desk import Desk
from tests.browser_live.mock import Server
from tests.processes import eventually

Open = Callable[..., Awaitable[Page]]


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def server(desk: Desk) -> AsyncIterator[Server]:
    server = Server(desk)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def opened(page: Page, server: Server, desk: Desk) -> AsyncIterator[Open]:
    """Opens the order (or a path) and waits until the page is live; fails on any error of the page."""
    errors: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            errors.append(message.text)

    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", note)

    async def open_page(path: str | None = None) -> Page:
        await page.goto(server.url(path))
        await eventually(lambda: bool(desk.of_type("resume")))
        return page

    yield open_page
    assert errors == []
