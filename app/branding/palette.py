"""What becomes of the one colour that the owner picks: every shade that pages and mails use."""

from collections.abc import Callable
from dataclasses import astuple, dataclass, fields
from functools import lru_cache
from typing import Final, NamedTuple

from app.branding.colors import contrast, darker, lighter, mixed, reads_on, toned

# as in static/css/tokens.css: what stands behind the accent, and what is written on it
WHITE: Final = "#ffffff"
INK: Final = "#16101a"
LIGHT_GROUNDS: Final = ("#f5f3f1", WHITE, "#edeae7")
DARK_GROUNDS: Final = ("#18141b", "#211c25", "#2b2530", "#131015")
WORDS: Final = {"light": ("#281f2b", "#665c69"), "dark": ("#eee8ef", "#afa5b3")}
SURFACE: Final = {"light": WHITE, "dark": "#211c25"}


class Shade(NamedTuple):
    """One colour in light and in dark."""

    light: str
    dark: str


@dataclass(frozen=True, slots=True)
class Palette:
    """`accent` is for words, `fill` for buttons with `on` written on them; `soft` lies behind words."""

    accent: Shade
    fill: Shade
    press: Shade
    pending: Shade
    on: Shade
    soft: Shade
    rail: Shade
    rail_ink: Shade
    rail_hover: Shade
    rail_here: Shade
    rail_accent: Shade


OURS: Final = Palette(
    accent=Shade("#6b2a5b", "#e3a8d2"),
    fill=Shade("#6b2a5b", "#a9578f"),
    press=Shade("#531e46", "#964a7e"),
    pending=Shade("#531e46", "#8a4875"),
    on=Shade(WHITE, WHITE),
    soft=Shade("#f6e9f2", "#3b2637"),
    rail=Shade("#2c1b2f", "#110d13"),
    rail_ink=Shade("#e6dae8", "#d5c9d8"),
    rail_hover=Shade("#402a44", "#221a26"),
    rail_here=Shade("#55385a", "#33263a"),
    rail_accent=Shade("#e3a8d2", "#e3a8d2"),
)
NAMES: Final = {
    "accent": "accent",
    "fill": "accent-fill",
    "press": "accent-press",
    "pending": "accent-pending",
    "on": "on-accent",
    "soft": "accent-soft",
    "rail": "rail",
    "rail_ink": "rail-ink",
    "rail_hover": "rail-hover",
    "rail_here": "rail-here",
    "rail_accent": "rail-accent",
}


@lru_cache(64)
def palette_of(color: str) -> Palette:
    """The shades of "#rrggbb"; of "", our own."""
    if not color:
        return OURS
    soft = Shade(_soft(color, "light", 0.1), _soft(color, "dark", 0.24))
    accent = Shade(
        darker(color, reads_on(*LIGHT_GROUNDS, soft.light)),
        lighter(color, reads_on(*DARK_GROUNDS, soft.dark)),
    )
    light, dark = _fill(darker(color, _shows("light"))), _fill(lighter(color, _shows("dark")))
    rail = Shade(toned(color, 0.145, 0.4), toned(color, 0.06, 0.2))
    here = Shade(toned(color, 0.27, 0.35), toned(color, 0.18, 0.2))
    return Palette(
        accent,
        fill=Shade(light[0], dark[0]),
        press=Shade(_away(*light, 0.16), _away(*dark, 0.16)),
        pending=Shade(_away(*light, 0.2), _away(*dark, 0.2)),
        on=Shade(light[1], dark[1]),
        soft=soft,
        rail=rail,
        rail_ink=Shade(*(lighter(toned(color, 0.86, 0.25), reads_on(ground)) for ground in here)),
        rail_hover=Shade(toned(color, 0.2, 0.38), toned(color, 0.12, 0.2)),
        rail_here=here,
        rail_accent=Shade(*(lighter(color, reads_on(ground)) for ground in here)),
    )


def sheet(color: str) -> str:
    """The style sheet that puts these shades where tokens.css has ours."""
    shades = zip(fields(Palette), astuple(palette_of(color)), strict=True)
    lines = [f"  --{NAMES[field.name]}: light-dark({light}, {dark});" for field, (light, dark) in shades]
    return "\n".join([":root {", *lines, "}", ""])


def _soft(color: str, mode: str, part: float) -> str:
    """As much of the colour in the surface as leaves what is written on it readable."""
    fits = reads_on(*WORDS[mode])
    while part > 0.01 and not fits(mixed(color, SURFACE[mode], part)):
        part -= 0.01
    return mixed(color, SURFACE[mode], part)


def _shows(mode: str) -> Callable[[str], bool]:
    """A button is seen to be one."""
    return reads_on(SURFACE[mode], least=1.35 if mode == "light" else 1.9)


def _fill(color: str) -> tuple[str, str]:
    """A button's colour and that of the words on it; changed a little where neither white nor ink reads."""
    for words in (WHITE, INK):
        if contrast(color, words) >= 4.5:
            return color, words
    return darker(color, reads_on(WHITE)), WHITE


def _away(color: str, words: str, part: float) -> str:
    """A shade further from the words on it."""
    return mixed("#000000" if words == WHITE else WHITE, color, part)
