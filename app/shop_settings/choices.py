"""What a shop may choose from: currencies and time zones."""

from functools import cache
from typing import Final

from babel.core import get_global
from babel.numbers import get_currency_name, get_currency_symbol

from app.i18n import gettext as _
from app.i18n import speaking
from app.zones import zones as all_zones

COMMON: Final = ("EUR", "USD", "GBP", "CHF", "PLN", "CZK", "SEK", "NOK", "DKK", "CAD", "AUD", "JPY")
AREAS: Final = (
    "Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific",
)  # fmt: skip
Group = tuple[str, list[tuple[str, str]]]


@cache
def currencies() -> frozenset[str]:
    """ISO 4217 codes of all that is legal tender somewhere today."""
    spans = (span for territory in get_global("territory_currencies").values() for span in territory)
    return frozenset(code for code, _since, until, tender in spans if tender and until is None)


@cache
def zones() -> frozenset[str]:
    """Places whose clocks the time zone database knows, and UTC."""
    known = all_zones()
    return frozenset(zone for zone in known if zone.partition("/")[0] in AREAS and "/" in zone) | {"UTC"}


@cache
def currency_groups(language: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """(code, words) of the common ones, then of all others by name."""
    rest = sorted(
        ((code, _currency(code, language)) for code in currencies() - set(COMMON)), key=lambda c: c[1]
    )
    return [(code, _currency(code, language)) for code in COMMON], rest


@cache
def zone_groups(language: str) -> list[Group]:
    """By area, as (name, words): "Europe/Berlin" is Berlin in Europe."""
    with speaking(language):
        words = _areas()
    groups: list[Group] = [("UTC", [("UTC", "UTC")])]
    for area in AREAS:
        inside = sorted(zone for zone in zones() if zone.startswith(f"{area}/"))
        groups.append((words[area], [(zone, zone.partition("/")[2].replace("_", " ")) for zone in inside]))
    return groups


def _areas() -> dict[str, str]:
    return {
        "Africa": _("Africa"),
        "America": _("America"),
        "Antarctica": _("Antarctica"),
        "Asia": _("Asia"),
        "Atlantic": _("Atlantic"),
        "Australia": _("Australia"),
        "Europe": _("Europe"),
        "Indian": _("Indian Ocean"),
        "Pacific": _("Pacific"),
    }


def _currency(code: str, language: str) -> str:
    symbol = get_currency_symbol(code, locale=language)
    name = get_currency_name(code, locale=language)
    return f"{name} ({code})" if symbol == code else f"{name} ({code}, {symbol})"
