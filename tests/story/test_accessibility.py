"""axe-core finds nothing serious: every page, both sides, desk and phone, light and dark."""

from playwright.async_api import Page, ViewportSize

from tests.marks import EMBEDDED
from tests.story.axe import SIZES, Findings, findings
from tests.story.people import House
from tests.story.places import NORA, OWNER, PLACES


async def windows(house: House, size: ViewportSize) -> dict[str, Page]:
    return {
        "guest": (await house.guest(viewport=size)).page,
        "customer": (await house.customer(NORA, viewport=size)).page,
        "team": (await house.member(OWNER, viewport=size)).page,
    }


@EMBEDDED
@SIZES
async def test_every_page(house: House, size: ViewportSize) -> None:
    pages, found = await windows(house, size), Findings()
    for who, path in PLACES:
        await pages[who].goto(path)
        found += await findings(pages[who], path)
    assert found == []
