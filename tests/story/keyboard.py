"""Hands that never touch a mouse."""

import re
from typing import Any

from playwright.async_api import Page

FOCUSED = """() => {
    const element = document.activeElement;
    const label = element.labels?.[0]?.innerText ?? element.getAttribute("aria-label") ?? element.innerText;
    const box = element.getBoundingClientRect();
    const shown = box.width > 0 && box.bottom > 0 && box.top < innerHeight;
    const name = (label ?? "").replace(/\\s+/g, " ").trim();
    return { name, marked: element.matches(":focus-visible"), shown };
}"""
MOST = 90


class Keyboard:
    """Goes from control to control as Tab does."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def focused(self) -> dict[str, Any]:
        found: dict[str, Any] = await self.page.evaluate(FOCUSED)
        return found

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)

    async def type(self, text: str) -> None:
        await self.page.keyboard.type(text)

    async def reach(self, name: str, key: str = "Tab") -> None:
        """Tab until the control whose name starts so has the focus; one must see where one is."""
        passed = []
        for _ in range(MOST):
            await self.press(key)
            focused = await self.focused()
            if re.match(rf"{name}\b", focused["name"]):
                assert focused["marked"] and focused["shown"], focused
                return
            passed.append(focused["name"][:40])
        raise AssertionError(f"no way to {name!r} by {key}; it passes {passed}")

    async def back_to(self, name: str) -> None:
        await self.reach(name, "Shift+Tab")

    async def use(self, name: str, key: str = "Enter") -> None:
        """Reach a button, link or summary and press it."""
        await self.reach(name)
        await self.press(key)

    async def fill(self, name: str, text: str) -> None:
        await self.reach(name)
        await self.type(text)
