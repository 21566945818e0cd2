"""The form in which a member writes a quote, without scripts: one amount, or lines, or a template."""

from typing import Any

import pytest

from app.quotes import editor
from tests.cast import ALICE, BOB
from tests.rules.conftest import Door
from tests.rules.house import House
from tests.rules.windows import sign_in

LINES = {
    "title-0": "Sign", "quantity-0": "1", "price-0": "1,000.00", "tax-0": "19",
    "title-1": "Mounting", "quantity-1": "2.5", "price-1": "64", "tax-1": "7.7", "optional-1": "true",
    "title-4": "", "quantity-4": "1", "price-4": "", "tax-4": "",
}  # fmt: skip


async def test_one_amount_is_still_one_field(sqlite_house: House) -> None:
    data = editor.data_of({"amount": "1,234.50", "note": "", "step": "send"}, "EUR", "en")
    assert data == {"amount": 123_450}


def test_lines_are_read_as_they_are_typed() -> None:
    german = {"title-0": "Tür", "quantity-0": "2,5", "price-0": "1.000,10", "tax-0": "7,7 %"}
    assert editor.data_of(german | {"tax_included": "false"}, "EUR", "de") == {
        "lines": [
            {
                "title": "Tür",
                "quantity": "2.5",
                "unit_price": 100_010,
                "tax_rate": "7.7",
                "optional": False,
            }
        ],
        "tax_included": False,
    }


async def test_lines_go_from_the_form_to_the_card(house: House, door: Door) -> None:
    number, bob = await house.place(ALICE), await sign_in(door(), house, BOB)
    path = f"/desk/orders/{number}/quotes"
    shown = (await bob.post(path, data=LINES | {"step": "preview", "tax_included": "false"})).text
    assert "€1,190.00" in shown
    assert "+ €172.32" in shown
    assert 'name="title-1" value="Mounting"' in shown, "the preview carries what was typed"
    assert await house.quotes(number) == {}
    again = (await bob.post(path, data=LINES | {"step": "edit"})).text
    assert 'value="2.5"' in again
    await bob.post(path, data=LINES | {"step": "send", "tax_included": "false", "note": "Soon"})
    quote = (await house.order(ALICE, number))["quote"]
    assert quote["amount"]["amount"] == 119_000
    assert [(line["title"], line["quantity"], line["optional"]) for line in quote["lines"]] == [
        ("Sign", 1, False), ("Mounting", "2.5", True),
    ]  # fmt: skip
    assert quote["lines"][1]["tax_rate"] == "7.7"


def test_rows_come_and_go_by_its_buttons() -> None:
    two = editor.stepped({}, "lines")
    assert two is not None
    assert len(editor.rows_of(two)) == 2
    three = editor.stepped(LINES, "add")
    assert three is not None
    assert [row["title"] for row in editor.rows_of(three)] == ["Sign", "Mounting", "", ""]
    one = editor.stepped(LINES, "remove-0")
    assert one is not None
    assert [row["title"] for row in editor.rows_of(one)] == ["Mounting", ""]
    assert editor.rows_of(one)[0]["optional"] is True
    none = editor.stepped(LINES, "amount")
    assert none is not None and editor.rows_of(none) == []
    assert editor.stepped(LINES, "send") is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"price-1": "lots"}, "price-1"), ({"price-1": ""}, "price-1"), ({"quantity-1": "0"}, "quantity-1"),
        ({"quantity-1": "1.2345"}, "quantity-1"), ({"quantity-1": "x"}, "quantity-1"),
        ({"tax-1": "100"}, "tax-1"), ({"title-1": " "}, "title-1"), ({"title-1": "x" * 201}, "title-1"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    house: House, door: Door, wrong: dict[str, str], said: str
) -> None:
    number, bob = await house.place(ALICE), await sign_in(door(), house, BOB)
    answer = await bob.post(f"/desk/orders/{number}/quotes", data=LINES | wrong | {"step": "preview"})
    assert answer.status_code == 422
    name, _, row = said.partition("-")
    assert f'id="{name}-{number}-{row}-problem"' in answer.text
    assert 'value="Sign"' in answer.text
    assert await house.quotes(number) == {}


async def test_only_blank_lines_are_no_quote(house: House, door: Door) -> None:
    number, bob = await house.place(ALICE), await sign_in(door(), house, BOB)
    blank: dict[str, Any] = {"title-0": "", "price-0": "", "step": "send"}
    answer = await bob.post(f"/desk/orders/{number}/quotes", data=blank)
    assert (answer.status_code, "Please write at least one line." in answer.text) == (422, True)


async def test_the_answer_to_an_offer_begins_with_its_amount(house: House, door: Door) -> None:
    number, bob = await house.place(ALICE), await sign_in(door(), house, BOB)
    await house.do(BOB, "quotes.send", number, amount=50_000)
    assert 'value="420.50"' not in (await bob.get(f"/desk/orders/{number}?quote=counter")).text
    await house.do(ALICE, "quotes.counter", number, version=1, amount=42_050)
    page = (await bob.get(f"/desk/orders/{number}")).text
    assert f"/desk/orders/{number}?quote=counter" in page
    assert 'value="420.50"' in (await bob.get(f"/desk/orders/{number}?quote=counter")).text


async def test_the_next_version_can_begin_as_the_one_before(house: House, door: Door) -> None:
    number, bob = await house.place(ALICE), await sign_in(door(), house, BOB)
    lines = [{"title": "Sign", "quantity": "1.5", "unit_price": 5, "optional": False, "tax_rate": "7.7"}]
    await house.do(BOB, "quotes.send", number, lines=lines, note="Soon", tax_included=False)
    page = (await bob.get(f"/desk/orders/{number}?quote=again")).text
    for typed in ('value="Sign"', 'value="1.5"', 'value="0.05"', 'value="7.7"', "Soon</textarea>"):
        assert typed in page
    await house.do(BOB, "quotes.send", number, amount=12_345)
    assert 'value="123.45"' in (await bob.get(f"/desk/orders/{number}?quote=again")).text


async def test_a_template_is_saved_from_the_form_and_used_in_another(house: House, door: Door) -> None:
    number, bob = await house.place(ALICE), await sign_in(door(), house, BOB)
    path = f"/desk/orders/{number}/quotes"
    named = LINES | {"step": "save_template", "template_name": "Usual", "note": "With care"}
    saved = (await bob.post(path, data=named)).text
    assert "Saved as template “Usual”" in saved
    assert "There is a template of this name already." in (await bob.post(path, data=named)).text
    page = (await bob.get(f"/desk/orders/{number}")).text
    assert ">Usual</option>" in page
    begun = (await bob.post(path, data={"step": "template", "template": "1"})).text
    assert 'value="Mounting"' in begun
    assert "With care</textarea>" in begun
    assert (await bob.post(path, data={"step": "template", "template": "9"})).status_code == 404
