"""Labels and shortcuts, as the team manages them in the settings."""

import re

import pytest

from app.labels.model import COLORS
from app.rendering import STATIC
from app.shortcuts import acts, shortcuts
from tests.cast import ALICE, BOB, OLGA
from tests.rules.conftest import Door
from tests.rules.house import House
from tests.rules.windows import sign_in

LABELS = "/desk/settings/labels"
KEYS = "/desk/settings/shortcuts"


async def test_a_label_is_made_changed_archived_and_used_again(house: House, door: Door) -> None:
    bob = await sign_in(door(), house, BOB)
    assert (await bob.post(LABELS, data={"name": "<b>Gold</b>", "color": "amber"})).status_code == 303
    page = (await bob.get(LABELS)).text
    assert "&lt;b&gt;Gold&lt;/b&gt;" in page
    assert (
        await bob.post(f"{LABELS}/b-gold-b/update", data={"name": "Gold", "color": "teal"})
    ).status_code == 303
    number = await house.place(ALICE)
    await house.do(BOB, "labels.add", number, label="b-gold-b")
    gone = await bob.post(f"{LABELS}/b-gold-b/archive")
    assert f'action="{LABELS}/b-gold-b/restore"' in (await bob.get(gone.headers["location"])).text
    assert (
        await house.refused(BOB, "labels.add", await house.place(ALICE), label="b-gold-b")
    ).code == "invalid"
    assert [label["name"] for label in (await house.order(BOB, number))["labels"]] == ["Gold"]
    await bob.post(f"{LABELS}/b-gold-b/restore")
    await house.do(BOB, "labels.add", await house.place(ALICE), label="b-gold-b")


@pytest.mark.parametrize(
    ("name", "color"), [("", "red"), ("Rush", "red"), ("New", "#ff0000"), ("x" * 61, "red")]
)
async def test_a_wrong_label_comes_back_with_what_is_wrong(
    house: House, door: Door, name: str, color: str
) -> None:
    bob = await sign_in(door(), house, BOB)
    answer = await bob.post(LABELS, data={"name": name, "color": color})
    assert answer.status_code == 422
    assert f'value="{name}"' in answer.text


def luminance(color: str) -> float:
    parts = (int(color[n : n + 2], 16) / 255 for n in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("color", COLORS)
def test_every_colour_of_a_label_can_be_read_by_day_and_night(color: str) -> None:
    sheet = (STATIC / "css" / "tokens.css").read_text()
    pairs = [
        re.search(rf"--{name}: light-dark\((#\w{{6}}), (#\w{{6}})\)", sheet)
        for name in (color, f"{color}-soft")
    ]
    for by in (1, 2):
        one, other = sorted((luminance(found[by]) for found in pairs if found), reverse=True)
        assert (one + 0.05) / (other + 0.05) >= 4.5


async def test_the_page_tells_its_script_the_same_keys_that_the_overview_shows(
    house: House, door: Door
) -> None:
    bob = await sign_in(door(), house, BOB)
    page = (await bob.get("/desk/inbox")).text
    keys = re.findall(r"<dt>(.*?)</dt>", page)
    shown = [" ".join(re.findall(r"<kbd>(.)</kbd>", each)) for each in keys]
    assert [each for each in shown if each] == list(acts())
    script = (STATIC / "live" / "keys.js").read_text()
    for act in acts().values():
        assert re.search(rf"\b{act}\b", script), f"keys.js knows no {act}"
    assert len(acts()) == sum(len(group) for group in shortcuts().values()), "a key is given twice"


async def test_they_can_be_switched_off_by_each_for_themselves(house: House, door: Door) -> None:
    bob, olga = await sign_in(door(), house, BOB), await sign_in(door(), house, OLGA)
    assert (await bob.post(KEYS, data={"shortcuts": "off"})).status_code == 303
    assert " data-off" in (await bob.get("/desk/inbox")).text
    assert " data-off" not in (await olga.get("/desk/inbox")).text
    await bob.post(KEYS, data={"shortcuts": "on"})
    assert " data-off" not in (await bob.get("/desk/inbox")).text
