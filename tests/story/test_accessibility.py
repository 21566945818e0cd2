"""axe-core finds nothing serious: every page, both sides, desk and phone, light and dark."""

import pytest
from playwright.async_api import Page, ViewportSize

from tests.marks import EMBEDDED
from tests.story.axe import SIZES, Findings, findings
from tests.story.people import House
from tests.story.places import NORA, OWNER, PLACES

PARTS = 5  # so that no test takes minutes


async def windows(house: House, size: ViewportSize) -> dict[str, Page]:
    return {
        "guest": (await house.guest(viewport=size)).page,
        "customer": (await house.customer(NORA, viewport=size)).page,
        "team": (await house.member(OWNER, viewport=size)).page,
    }


@EMBEDDED
@SIZES
@pytest.mark.parametrize("part", range(PARTS))
async def test_every_page(house: House, size: ViewportSize, part: int) -> None:
    pages, found = await windows(house, size), Findings()
    for who, path in PLACES[part::PARTS]:
        await pages[who].goto(path)
        found += await findings(pages[who], path)
    assert found == []
