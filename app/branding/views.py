"""What pages show of the shop's brand."""

from dataclasses import dataclass
from functools import lru_cache

from app.rendering import version
from app.shop import Logo, Shop


@dataclass(frozen=True, slots=True)
class Brand:
    """`sheet` and `logo` are addresses that change with what they lead to; None: ours."""

    sheet: str | None
    logo: str | None
    width: int = 0
    height: int = 0
    wide: bool = False


def brand_of(shop: Shop) -> Brand:
    return _brand(shop.color, shop.logo)


def sheet_url(color: str) -> str:
    """Where the shades of "#rrggbb" are. Any process makes them from the address alone."""
    return f"/brand/{version()}/{color.removeprefix('#')}.css"


@lru_cache(8)
def _brand(color: str, logo: Logo | None) -> Brand:
    sheet = sheet_url(color) if color else None
    if logo is None:
        return Brand(sheet, None)
    name = logo.key.rpartition("/")[2]
    return Brand(sheet, f"/brand/logo/{name}", logo.width, logo.height, logo.wide)
