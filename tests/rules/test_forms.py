"""Forms: read in the reader's notation, and shown again with what was typed when something is wrong."""

from typing import Any
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import select

from app.mail.model import Mail
from tests.cast import ALICE, BOB
from tests.rules.conftest import Door
from tests.rules.house import House
from tests.rules.windows import HTMX, order_link, sign_in, typed

GOOD_AMOUNTS = {
    "de": {"1.234,50": 123_450, "1234,5": 123_450, "1234": 123_400, " 12 ": 1_200, "0,01": 1,
           "12,00 €": 1_200, "10.000.000.000": 10**12},
    "en": {"1,234.50": 123_450, "1234.5": 123_450, "1234": 123_400, "€12": 1_200,
           "10,000,000,000.00": 10**12},
}  # fmt: skip
BAD_AMOUNTS = {
    "de": ("1,234.50", "1.5", "12.34", "1,234", "0", "-5", "10.000.000.000,01", "abc", "", "1e3", "١٢",
           "0x10", "NaN", "Infinity", "1,2,3", "--1", "9" * 5000, "1 €€"),
    "en": ("1.234,50", "1,5", "12,34", "1.234", "0", "-5", "0.00", "10,000,000,000.01", "twelve", " ",
           "1_000"),
}  # fmt: skip


async def quote_form(
    door: Door, house: House, language: str, **fields: str
) -> tuple[str, httpx2.Response, httpx2.AsyncClient]:
    number = await house.place(ALICE)
    window = await sign_in(door(language=language), house, BOB)
    data = {"cid": str(uuid4()), "step": "send"} | fields
    return number, await window.post(f"/desk/orders/{number}/quotes", data=data), window


@pytest.mark.parametrize("language", ["de", "en"])
async def test_an_amount_is_read_in_the_readers_notation(house: House, door: Door, language: str) -> None:
    for text, amount in GOOD_AMOUNTS[language].items():
        number, answer, _ = await quote_form(door, house, language, amount=text)
        assert answer.status_code == 303, text
        assert (await house.order(BOB, number))["quote"]["amount"]["amount"] == amount, text


@pytest.mark.parametrize("language", ["de", "en"])
async def test_an_amount_in_another_notation_is_refused_and_kept(
    house: House, door: Door, language: str
) -> None:
    for text in BAD_AMOUNTS[language]:
        more = {"note": "Oak & <gold>\nand more", "valid_until": "2099-12-31"}
        number, answer, _ = await quote_form(door, house, language, amount=text, **more)
        assert answer.status_code == 422, text
        assert "<html" in answer.text
        assert 'aria-invalid="true"' in answer.text, text
        assert text in typed(answer.text, "amount"), text
        assert more["note"] in typed(answer.text, "note")
        assert more["valid_until"] in typed(answer.text, "valid_until")
        assert await house.quotes(number) == {}


async def test_with_htmx_the_form_alone_comes_back(house: House, door: Door) -> None:
    number = await house.place(ALICE)
    window = await sign_in(door(language="de"), house, BOB)
    data = {"amount": "1,234.50", "note": "Eiche", "step": "send"}
    answer = await window.post(f"/desk/orders/{number}/quotes", data=data, headers=HTMX)
    assert answer.status_code == 422
    assert "<html" not in answer.text
    assert (typed(answer.text, "amount"), typed(answer.text, "note")) == (["1,234.50"], ["Eiche"])
    assert "Betrag" in answer.text
    good = await window.post(
        f"/desk/orders/{number}/quotes", data=data | {"amount": "1.234,50"}, headers=HTMX
    )
    assert good.status_code == 204


async def test_a_preview_sends_nothing(house: House, door: Door) -> None:
    number, answer, window = await quote_form(
        door, house, "en", amount="1,234.50", note="Oak", step="preview"
    )
    assert answer.status_code == 200
    assert "€1,234.50" in answer.text
    assert await house.quotes(number) == {}
    edit = await window.post(
        f"/desk/orders/{number}/quotes", data={"amount": "7", "note": "Oak", "step": "edit"}
    )
    assert (typed(edit.text, "amount")[0], "Oak" in typed(edit.text, "note")) == ("7", True)
    assert await house.quotes(number) == {}


async def test_a_preview_refuses_what_sending_would(house: House, door: Door) -> None:
    past = {"amount": "7", "note": "Oak", "valid_until": "2020-01-31", "step": "preview"}
    _, answer, _ = await quote_form(door, house, "en", **past)
    assert answer.status_code == 422
    assert "This day is over." in answer.text
    assert typed(answer.text, "valid_until") == ["2020-01-31"]


async def test_a_message_that_is_refused_is_not_lost(house: House, door: Door) -> None:
    number, window = await house.place(ALICE), door()
    await window.get(order_link(house, number))
    for text, status in (("x" * 16_001, 422), ("  ", 422), ("Hello", 303)):
        answer = await window.post(f"/orders/{number}/messages", data={"text": text, "cid": str(uuid4())})
        assert answer.status_code == status
        if status == 422:
            assert typed(answer.text, "text") == [text]
    assert [e.data["text"] for e in (await house.entries(number))[1:]] == ["Hello"]


async def test_line_breaks_count_once(house: House, door: Door) -> None:
    number, window = await house.place(ALICE), door()
    await window.get(order_link(house, number))
    text = "a\r\n" * 7_999 + "ab"
    answer = await window.post(f"/orders/{number}/messages", data={"text": text})
    assert answer.status_code == 303
    assert (await house.entries(number))[-1].data["text"] == text.replace("\r\n", "\n")


async def test_what_stands_in_the_way_is_said_with_the_order_as_it_is(house: House, door: Door) -> None:
    number, window = await house.place(ALICE), door()
    await house.do(BOB, "quotes.send", number, amount=100)
    await window.get(order_link(house, number))
    await house.do(BOB, "quotes.cancel", number, version=1)
    for headers in ({}, HTMX):
        data = {"reason": "Too <late>"}
        answer = await window.post(f"/orders/{number}/quotes/1/reject", data=data, headers=headers)
        assert answer.status_code == 409
        assert "This quote is no longer open." in answer.text
        if not headers:
            assert 'data-status="processing"' in answer.text
            assert "Cancelled" in answer.text


async def test_an_order_form_that_is_refused_keeps_everything(house: House, door: Door) -> None:
    window, product = door(), str(house.products["plate"])
    good = {"product": product, "quantity": "2", "payment_method": "cash", "name": "Gerda <b>",
            "email": "gerda@example.org", "note": "Line 1\nLine 2", "starts_on": "2099-01-31"}  # fmt: skip
    for wrong in ({"email": "gerda"}, {"quantity": "0"}, {"quantity": "x"}, {"payment_method": "shells"},
                  {"starts_on": "2001-01-01"}, {"note": "x" * 16_001}, {"name": "x" * 201},
                  {"email": "a\x00@b.org"}, {"starts_on": "soon"}, {"quantity": "9" * 30}, {"email": ""},
                  {"name": " "}):  # fmt: skip
        data = good | wrong
        answer = await window.post("/orders", data=data)
        assert answer.status_code == 422, wrong
        kept: dict[str, Any] = {
            name: typed(answer.text, name) for name in ("name", "email", "note", "quantity")
        }
        for name, values in kept.items():
            assert data[name].replace("\x00", "\ufffd") in values or data[name] in values, (
                wrong,
                name,
                values,
            )
    assert await house.number_of_orders() == 0
    for product in ("99", "x", "", "0"):
        assert (await window.post("/orders", data=good | {"product": product})).status_code == 404


async def test_markup_is_shown_as_text_everywhere(house: House, door: Door) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>\" hx-get='/x' {{ 7*7 }} \u202e"
    window, team = door(), await sign_in(door(), house, BOB)
    form = {"product": str(house.products["plate"]), "quantity": "1", "payment_method": "cash",
            "name": evil[:200], "email": "gerda@example.org", "note": evil}  # fmt: skip
    where = (await window.post("/orders", data=form)).headers["location"]
    number = where.rpartition("/")[2]
    await window.post(f"{where}/messages", data={"text": evil})
    await house.do(BOB, "quotes.send", number, amount=1, lines=None, note=evil)
    await window.post(f"{where}/quotes/1/reject", data={"reason": evil})
    await house.do(BOB, "notes.add", number, text=evil)
    pages = [await window.get(where), await window.get("/orders")]
    pages += [await team.get(path) for path in (f"/desk/orders/{number}", "/desk/all", f"/desk/all?q={evil}")]
    for page in pages:
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "49" not in page.text.partition("alert(1)")[2][:80]
        assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in pages[0].text
    assert await _mail_is_plain(house)


async def _mail_is_plain(house: House) -> bool:
    async with house.db.read() as session:
        mails = (await session.scalars(select(Mail))).all()
    assert mails
    return not any("<script>alert" in mail.html or "<img src=x" in mail.html or "\n" in mail.subject
                   for mail in mails)  # fmt: skip


async def test_pages_have_no_inline_script_and_are_not_kept(house: House, door: Door) -> None:
    number, window = await house.place(ALICE), door()
    await window.get(order_link(house, number))
    for path in ("/", "/sign-in", "/orders", f"/orders/{number}", "/nothing"):
        page = await window.get(path)
        assert page.headers["cache-control"] == "no-store", path
        assert page.headers["x-content-type-options"] == "nosniff"
        assert " onclick=" not in page.text
        assert "<script>" not in page.text
