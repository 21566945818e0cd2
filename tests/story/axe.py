"""What axe-core finds on a page as it stands."""

from typing import Any, Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page

from tests.browser import DESK, PHONE

RUN = "async options => (await axe.run(options)).violations"
EVERYTHING: dict[str, Any] = {"resultTypes": ["violations"]}
# Colours are all that the dark changes.
COLOURS: dict[str, Any] = EVERYTHING | {"runOnly": ["color-contrast", "link-in-text-block"]}
SIZES = pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
Findings = list[str]


async def findings(page: Page, what: str) -> Findings:
    """What axe finds on the page as it stands, light and dark."""
    light = await _findings(page, what, "light", EVERYTHING)
    dark = await _findings(page, what, "dark", COLOURS)
    return light + dark


async def _findings(
    page: Page, what: str, colors: Literal["light", "dark"], options: dict[str, Any]
) -> Findings:
    await page.emulate_media(color_scheme=colors, reduced_motion="reduce")
    where = f"{what}, {colors}"
    found = await _violations(page, options)
    return [
        f"{where}: {each['id']}, {each['impact']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]


async def _violations(page: Page, options: dict[str, Any]) -> list[dict[str, Any]]:
    """Half of a run is bringing axe into the page and all that it did not find out of it: once, and never."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE_SCRIPT)
    found: list[dict[str, Any]] = await page.evaluate(RUN, options)
    return found
