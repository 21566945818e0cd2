"""Colours that can be read: whatever an owner picks, texts and buttons keep the contrast of WCAG AA."""

import re
from collections.abc import Callable, Iterable
from colorsys import hls_to_rgb, rgb_to_hls
from typing import Final

HEX: Final = re.compile(r"#[0-9a-f]{6}")
TEXT: Final = 4.5
Rgb = tuple[float, float, float]


def rgb(color: str) -> Rgb:
    """ "#6b2a5b" as three numbers from 0 to 1."""
    red, green, blue = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def hexed(values: Iterable[float]) -> str:
    return "#" + "".join(f"{round(min(max(value, 0), 1) * 255):02x}" for value in values)


def contrast(one: str, other: str) -> float:
    """From 1 to 21, as WCAG counts it."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def mixed(color: str, ground: str, part: float) -> str:
    """`part` of a colour, the rest of the ground."""
    return hexed(a * part + b * (1 - part) for a, b in zip(rgb(color), rgb(ground), strict=True))


def toned(color: str, lightness: float, most_saturation: float) -> str:
    """The same hue, as light or dark as wanted."""
    hue, _, saturation = rgb_to_hls(*rgb(color))
    return hexed(hls_to_rgb(hue, lightness, min(saturation, most_saturation)))


def lighter(color: str, fits: Callable[[str], bool]) -> str:
    """The colour, as much lighter as it takes to fit; at the end it is white."""
    return _moved(color, fits, 1.0)


def darker(color: str, fits: Callable[[str], bool]) -> str:
    return _moved(color, fits, 0.0)


def reads_on(*grounds: str, least: float = TEXT) -> Callable[[str], bool]:
    """Whether a colour stands out from all of these."""
    return lambda color: all(contrast(color, ground) >= least for ground in grounds)


def _moved(color: str, fits: Callable[[str], bool], end: float) -> str:
    hue, lightness, saturation = rgb_to_hls(*rgb(color))
    for step in range(101):
        moved = lightness + (end - lightness) * step / 100
        found = color if step == 0 else hexed(hls_to_rgb(hue, moved, saturation))
        if fits(found):
            break
    return found


def _luminance(color: str) -> float:
    red, green, blue = (_linear(value) for value in rgb(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)
