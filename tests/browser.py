"""Windows of real people: each its own browser profile, language, colours and size."""

import re
from collections.abc import Callable
from typing import Any, Literal, Protocol

from playwright.async_api import ConsoleMessage, Page, ViewportSize

from tests.cast import Person
from tests.product import Deployment

PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 800}


class NewWindow(Protocol):
    """Opens a window at `url`; `storage` is another window's `context.storage_state()`."""

    async def __call__(
        self,
        url: str,
        *,
        locale: Literal["en-GB", "de-DE"] = "en-GB",
        color_scheme: Literal["light", "dark"] = "light",
        viewport: ViewportSize = DESK,
        storage: Any = None,
        scripts: bool = True,
    ) -> Page: ...


def window_opener(new_context: Any, complaints: list[str]) -> NewWindow:
    """A `NewWindow` that writes down what no page of ours may do: script errors, broken CSP."""

    async def open_window(
        url: str,
        *,
        locale: str = "en-GB",
        color_scheme: str = "light",
        viewport: ViewportSize = DESK,
        storage: Any = None,
        scripts: bool = True,
    ) -> Page:
        context = await new_context(
            base_url=url, locale=locale, color_scheme=color_scheme, viewport=viewport, storage_state=storage,
            timezone_id="Europe/Berlin", java_script_enabled=scripts,
        )  # fmt: skip
        context.set_default_timeout(10_000)
        page: Page = await context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on("console", _note_broken_policy(complaints))
        return page

    return open_window


def _note_broken_policy(complaints: list[str]) -> Callable[[ConsoleMessage], None]:
    def note(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            complaints.append(message.text)

    return note


async def sign_in(page: Page, person: Person, deployment: Deployment, url: str = "") -> None:
    """Follow a sign-in link to the process at `url` (the first one) and click the button that it asks for."""
    await page.goto(await deployment.sign_in_link(person, url or deployment.urls[0]))
    await page.get_by_role("main").get_by_role("button", name=re.compile("^(Sign in|Anmelden)")).click()
    await page.wait_for_url(lambda address: "/sign-in" not in address)
