"""Whatever colour an owner picks: words and buttons can be read, in light and in dark."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.branding.colors import contrast, hexed, rgb
from app.branding.palette import DARK_GROUNDS, LIGHT_GROUNDS, NAMES, OURS, WORDS, Palette, palette_of, sheet
from app.rendering import STATIC
from tests.cast import BOB, OLGA
from tests.rules.conftest import Door
from tests.rules.house import House
from tests.rules.windows import sign_in, typed

colors = st.tuples(*[st.integers(0, 255)] * 3).map(lambda parts: hexed(part / 255 for part in parts))
GROUNDS = {"light": LIGHT_GROUNDS, "dark": DARK_GROUNDS}


def pairs(palette: Palette, mode: str) -> list[tuple[str, str]]:
    """What is written on what."""
    shade = {name: getattr(getattr(palette, name), mode) for name in NAMES}
    rails = [(words, shade[at]) for words in (shade["rail_ink"], "#ffffff", shade["rail_accent"])
             for at in ("rail", "rail_hover", "rail_here")]  # fmt: skip
    written = [(shade["accent"], ground) for ground in (*GROUNDS[mode], shade["soft"])]
    written += [(words, shade["soft"]) for words in WORDS[mode]]
    written += [(shade["on"], shade[fill]) for fill in ("fill", "press", "pending")]
    return written + rails


@pytest.mark.parametrize("mode", ["light", "dark"])
@given(color=colors)
def test_every_pair_of_a_palette_can_be_read(mode: str, color: str) -> None:
    low = [(pair, contrast(*pair)) for pair in pairs(palette_of(color), mode) if contrast(*pair) < 4.5]
    assert low == []


@given(color=colors)
def test_a_button_is_seen_on_its_page(color: str) -> None:
    palette = palette_of(color)
    assert contrast(palette.fill.light, "#ffffff") >= 1.35
    assert contrast(palette.fill.dark, "#211c25") >= 1.8


@given(color=colors)
def test_a_style_sheet_names_all_shades_and_nothing_else(color: str) -> None:
    lines = sheet(color).splitlines()
    assert lines[0] == ":root {"
    assert lines[-1] == "}"
    shade = r"light-dark\(#[0-9a-f]{6}, #[0-9a-f]{6}\);"
    assert [re.sub(shade, "ok", line) for line in lines[1:-1]] == [
        f"  --{name}: ok" for name in NAMES.values()
    ]


def test_a_colour_that_reads_everywhere_is_kept_as_it_is() -> None:
    assert palette_of("#0057b7").accent.light == palette_of("#0057b7").fill.light == "#0057b7"
    assert palette_of("#ffd600").fill == ("#ffd600", "#ffd600")
    assert palette_of("#ffd600").on.light != "#ffffff"


def test_our_own_shades_are_those_of_the_tokens() -> None:
    """Mails have no style sheet to take them from."""
    tokens = (STATIC / "css" / "tokens.css").read_text()
    for field, name in NAMES.items():
        found = re.search(rf"--{name}: (?:light-dark\((#\w+), (#\w+)\)|(#\w+));", tokens)
        assert found, name
        light, dark, both = found.groups()
        assert getattr(OURS, field) == ((both, both) if both else (light, dark)), name


def test_contrast_is_counted_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)
    assert rgb("#ff0080") == (1, 0, 128 / 255)


async def test_the_style_sheet_of_any_colour_may_be_kept_for_good(door: Door) -> None:
    window = door()
    answer = await window.get("/brand/1/0057b7.css")
    assert answer.text == sheet("#0057b7")
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/css")
    for wrong in ("0057B7", "0057b", "0057b7a", "red", "}body{x", "0057b7%0a"):
        assert (await window.get(f"/brand/1/{wrong}.css")).status_code == 404, wrong


async def test_the_colour_stands_on_every_page_until_it_is_taken_back(house: House, door: Door) -> None:
    olga, bob, alice = await sign_in(door(), house, OLGA), await sign_in(door(), house, BOB), door()
    assert "/brand/" not in (await alice.get("/")).text
    chosen = {"own": "on", "color": "#0057B7"}
    assert (await bob.post("/desk/settings/shop/color", data=chosen)).status_code == 403
    assert (await olga.post("/desk/settings/shop/color", data=chosen)).status_code == 303
    for window, path in ((alice, "/"), (alice, "/desk/sign-in"), (bob, "/desk/inbox"), (alice, "/nowhere")):
        assert "/0057b7.css" in (await window.get(path)).text, path
    assert typed((await olga.get("/desk/settings/shop")).text, "color") == ["#0057b7"]
    await olga.post("/desk/settings/shop/color", data={"color": "#0057b7"})
    assert "/brand/" not in (await alice.get("/")).text


WRONG = ("red", "#12345", "#0057b7;}", "url(//evil.example)", "\u0430" * 7, "#" * 9000)


async def test_what_is_no_colour_is_refused(house: House, door: Door) -> None:
    olga = await sign_in(door(), house, OLGA)
    for wrong in WRONG:
        answer = await olga.post("/desk/settings/shop/color", data={"own": "on", "color": wrong})
        assert answer.status_code == 422
        assert 'id="color-problem"' in answer.text
    await house.context.load()
    assert house.context.shop.color == ""
