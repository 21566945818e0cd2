"""static/live.js against a scripted server, in a real browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page

from tests.browser_live.mock import Desk, Server

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    args = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": args}


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest_asyncio.fixture(loop_scope="session")
async def server(desk: Desk) -> AsyncIterator[Server]:
    server = Server(desk)
    await server.start()
    yield server
    await server.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def opened(page: Page, server: Server, desk: Desk) -> AsyncIterator[Callable[..., Any]]:
    """Opens the order (or a path) and waits until the page is live; fails on any error of the page."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if "Content Security" in message.text else None)

    async def open_page(path: str | None = None) -> Page:
        before = len(desk.of_type("resume"))
        await page.goto(server.url if path is None else f"http://127.0.0.1:{server.port}{path}")
        await eventually(lambda: len(desk.of_type("resume")) > before)
        return page

    yield open_page
    assert errors == []


async def eventually(true: Callable[[], bool], seconds: float = 8.0) -> None:
    """Waits for something on the server's side."""
    import asyncio

    for _ in range(int(seconds / 0.02)):
        if true():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never became true")
