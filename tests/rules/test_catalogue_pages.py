"""The team's pages of the catalogue, as a browser without scripts uses them."""

import re

import httpx2
import pytest

from tests.cast import ALICE, BOB, OLGA
from tests.rules.conftest import Door
from tests.rules.house import House
from tests.rules.test_catalogue import BENCH, make, offered, titles
from tests.rules.windows import sign_in, typed

CATALOGUE = "/desk/catalogue"
FIELDS = {
    "title": "Oak bench",
    "description": "Made to stay outside.",
    "category": "Benches",
    "pricing": "fixed",
    "price": "100.00",
    "tax_rate": "19",
    "options.0.title": "Length",
    "options.0.kind": "one",
    "options.0.required": "1",
    "options.0.choices.0.title": "Two metres",
    "options.0.choices.0.surcharge": "25",
    "options.0.choices.1.title": "One metre",
    "options.0.choices.1.surcharge": "",
}


@pytest.fixture
def house(sqlite_house: House) -> House:
    """The verbs beneath have their tests on both databases."""
    return sqlite_house


async def bob(house: House, door: Door, language: str = "en") -> httpx2.AsyncClient:
    return await sign_in(door(language=language), house, BOB)


async def test_a_product_is_made_with_options_and_ids_of_its_own(house: House, door: Door) -> None:
    desk = await bob(house, door)
    saved = await desk.post(CATALOGUE, data=FIELDS | {"step": "save"})
    assert saved.headers["location"] == f"{CATALOGUE}?saved=4#product-4"
    assert "<bdi>Oak bench</bdi> is saved." in (await desk.get(saved.headers["location"])).text
    made = (await offered(house, 4)).as_dict()
    assert made["price"] == {"amount": 10_000, "currency": "EUR"}
    assert (made["tax_rate"], made["tax_included"]) == ("19", False)
    assert made["options"] == [
        {"id": "length", "title": "Length", "kind": "one", "required": True, "choices": [
            {"id": "two-metres", "title": "Two metres", "surcharge": {"amount": 2_500, "currency": "EUR"}},
            {"id": "one-metre", "title": "One metre", "surcharge": None},
        ]}
    ]  # fmt: skip
    page = await desk.get(f"{CATALOGUE}/4")
    fields = {name: typed(page.text, name)[0] for name in FIELDS if typed(page.text, name)}
    renamed = fields | {"options.0.title": "How long?", "options.0.id": "length", "version": "1"}
    assert (await desk.post(f"{CATALOGUE}/4", data=renamed | {"pricing": "fixed"})).status_code == 303
    assert [option.id for option in (await offered(house, 4)).options] == ["length"], "ids outlive titles"


async def test_amounts_and_rates_are_in_the_readers_notation(house: House, door: Door) -> None:
    desk = await bob(house, door, "de")
    typed_in = FIELDS | {"price": "1.234,50", "tax_rate": "7,5", "options.0.choices.0.surcharge": "0,00"}
    assert (await desk.post(CATALOGUE, data=typed_in)).status_code == 303
    made = await offered(house, 4)
    assert made.price
    assert (made.price.amount, made.tax_rate) == (123_450, "7.5")
    page = (await desk.get(f"{CATALOGUE}/4")).text
    assert (typed(page, "price"), typed(page, "tax_rate")) == (["1.234,50"], ["7,5"])


async def test_options_and_choices_are_added_sorted_and_removed_without_saving(
    house: House, door: Door
) -> None:
    desk, path = await bob(house, door), f"{CATALOGUE}/{house.products['plate']}"

    async def after(step: str, **more: str) -> tuple[list[str], list[str], str]:
        answer = await desk.post(path, data=FIELDS | more | {"step": step})
        assert answer.status_code == 200, step
        assert (typed(answer.text, "title"), typed(answer.text, "price")) == (["Oak bench"], ["100.00"])
        options = [text for n in range(3) for text in typed(answer.text, f"options.{n}.title")]
        start = "options.0.choices"
        choices = [text for n in range(4) for text in typed(answer.text, f"{start}.{n}.title")]
        focused = re.search(r'name="([\w.]+)"[^>]*autofocus', answer.text)
        return options, choices, focused[1] if focused else ""

    both = {"options.1.title": "Colour", "options.1.kind": "text"}
    assert await after("options.add") == (["Length", ""], ["Two metres", "One metre"], "options.1.title")
    assert (await after("options.1.up", **both))[0] == ["Colour", "Length"]
    assert (await after("options.0.remove", **both))[0] == ["Colour"]
    assert (await after("options.0.choices.add"))[1:] == (
        ["Two metres", "One metre", ""],
        "options.0.choices.2.title",
    )
    assert (await after("options.0.choices.1.up"))[1] == ["One metre", "Two metres"]
    assert (await after("options.0.choices.0.remove"))[1] == ["One metre"]
    for nothing in ("options.9.remove", "options.9.choices.add", "options.0.choices.77.up"):
        assert (await after(nothing))[:2] == (["Length"], ["Two metres", "One metre"])
    assert (await offered(house, house.products["plate"])).options == []


async def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(house: House, door: Door) -> None:
    desk = await bob(house, door)
    many = {"options.1.title": "Finish", "options.1.kind": "many"}
    for wrong, field, said in (
        ({"title": ""}, "title", "Please fill this in."),
        ({"price": "1,2"}, "price", "Please write an amount, like 1,234.50."),
        ({"price": ""}, "price", "Please write an amount, like 1,234.50."),
        ({"tax_rate": "a lot"}, "tax_rate", "Please write a percentage below 100, like 19 or 7.5."),
        ({"tax_rate": "100"}, "tax_rate", "Please write a percentage below 100, like 19 or 7.5."),
        ({"options.0.title": " "}, "options.0.title", "Please fill this in."),
        ({"options.0.choices.1.surcharge": "-4"}, "options.0.choices.1.surcharge", "more than nothing"),
        (many, "options.1.choices", "Add at least one choice."),
        ({"description": "x" * 16_001}, "description", "This is too long."),
    ):
        answer = await desk.post(CATALOGUE, data=FIELDS | wrong)
        assert answer.status_code == 422, wrong
        assert re.search(rf'id="{re.escape(field)}-problem">.*?{re.escape(said)}', answer.text), wrong
        for name, text in (FIELDS | wrong).items():
            if not name.endswith(("kind", "required", "pricing")):
                assert text in typed(answer.text, name), (wrong, name)
    strange = await desk.post(CATALOGUE, data=FIELDS | {"plan": "x", "options.0.kind": "colour"})
    assert strange.status_code == 422
    assert await titles(house) == ["Painted sign", "Brass plate", "Sign care"]


async def test_of_two_who_edit_one_sees_what_the_other_stored(house: House, door: Door) -> None:
    made = await make(house)
    path, fields = f"{CATALOGUE}/{made['id']}", FIELDS | {"version": "1", "options.0.id": "length"}
    desk, olga = await bob(house, door), await sign_in(door(), house, OLGA)
    assert (await olga.post(path, data=fields | {"title": "Olga's bench"})).status_code == 303
    answer = await desk.post(path, data=fields | {"title": "Bob's bench", "description": "By <Bob>"})
    assert answer.status_code == 412
    assert "Somebody else has changed this product since you opened it." in answer.text
    assert "<strong>Name</strong>: <bdi>Olga&#39;s bench</bdi>" in answer.text
    assert (typed(answer.text, "title"), typed(answer.text, "description")) == (["Bob's bench"], ["By <Bob>"])
    assert typed(answer.text, "version") == ["2"]
    again = fields | {"title": "Bob's bench", "version": "2"}
    assert (await desk.post(path, data=again)).status_code == 303
    assert "Bob's bench" in await titles(house)


async def test_a_preview_shows_what_customers_would_see_and_saves_nothing(house: House, door: Door) -> None:
    desk = await bob(house, door)
    seen = await desk.post(CATALOGUE, data=FIELDS | {"title": "Bench <b>", "step": "preview"})
    assert seen.status_code == 200
    for words in ("Bench &lt;b&gt;", "€100.00", "plus 19 % tax", "+ €25.00", "Nothing can be ordered here."):
        assert words in seen.text
    assert re.search(r'type="submit" disabled>\s*Place order', seen.text)
    assert (await desk.post(CATALOGUE, data=FIELDS | {"price": "x", "step": "preview"})).status_code == 422
    assert len(await titles(house)) == 3
    stored = await make(house)
    await house.do(BOB, "products.archive", id=stored["id"])
    assert "Oak bench" in (await desk.get(f"{CATALOGUE}/{stored['id']}/preview")).text
    assert (await door().get(f"/products/{stored['id']}")).status_code == 404


async def test_the_list_is_sorted_with_buttons_that_keep_the_keyboard(house: House, door: Door) -> None:
    await make(house)
    desk = await bob(house, door)
    page = (await desk.get(CATALOGUE)).text
    form = re.search(r'move">\s*((?:<input[^>]*>)+)\s*<button[^>]*title="Move Brass plate up"', page)
    assert form
    data = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[1]))
    moved = await desk.post(f"{CATALOGUE}/move", data=data)
    assert moved.headers["location"] == f"{CATALOGUE}?at=product-2&by=up"
    assert (await titles(house))[:2] == ["Brass plate", "Painted sign"]
    first = (await desk.get(moved.headers["location"])).text
    assert "Move Brass plate up" not in first, "it is the first now"
    assert re.search('title="Move Brass plate down" autofocus', first), "so the keyboard goes on there"
    for wrong in ({"products": "x"}, {"products": ""}, {"products": "2", "before": "77"}, {}):
        assert (await desk.post(f"{CATALOGUE}/move", data=wrong)).status_code == 422
    evil = await desk.post(f"{CATALOGUE}/move", data=data | {"at": "//evil.example\r\nX: y", "by": "up"})
    assert evil.headers["location"] == CATALOGUE


async def test_archiving_can_be_undone_at_once_and_later(house: House, door: Door) -> None:
    made, desk = await make(house), await bob(house, door)
    gone = await desk.post(f"{CATALOGUE}/{made['id']}/archive")
    page = (await desk.get(gone.headers["location"])).text
    assert "is archived: customers no longer see it, orders keep it." in page
    assert page.count(f'action="{CATALOGUE}/{made["id"]}/restore"') == 2, "the undo, and the list of archived"
    assert "Oak bench" not in await titles(house)
    await desk.post(f"{CATALOGUE}/{made['id']}/restore")
    assert "Oak bench" in await titles(house)
    for act in ("archive", "restore", "preview"):
        method = "GET" if act == "preview" else "POST"
        assert (await desk.request(method, f"{CATALOGUE}/99/{act}")).status_code == 404


async def test_customers_see_sections_and_choose_one(house: House, door: Door) -> None:
    await make(house, title="Bench & more", category="Benches & tables")
    shop = door()
    page = (await shop.get("/")).text
    assert "Benches &amp; tables" in page
    one = (await shop.get("/", params={"category": "Benches & tables"})).text
    assert "Bench &amp; more" in one
    assert "Brass plate" not in one
    assert "Brass plate" in (await shop.get("/?category=<nothing>")).text


async def test_an_empty_catalogue_says_what_to_do(house: House, door: Door) -> None:
    for key in house.products.values():
        await house.do(BOB, "products.archive", id=key)
    desk = await bob(house, door)
    page = (await desk.get(CATALOGUE)).text
    assert "Make your first product or service" in page
    assert "3 archived" in page
    assert "The shelves are still empty" in (await door().get("/")).text


async def test_customers_have_no_way_in(house: House, door: Door) -> None:
    shop = await sign_in(door(), house, ALICE)
    for path in ("", "/new", "/1", "/1/preview"):
        assert (await shop.get(f"{CATALOGUE}{path}")).status_code == 303, path
    for path in ("", "/1", "/move", "/rename", "/1/archive", "/1/restore"):
        answer = await shop.post(f"{CATALOGUE}{path}", data=FIELDS)
        assert answer.headers["location"].startswith("/desk/sign-in"), path
    assert (await offered(house, 1)).title == "Painted sign"
    assert BENCH["title"] not in await titles(house)
