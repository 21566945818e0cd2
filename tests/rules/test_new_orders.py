"""Orders that a member places for a customer, on a page that works without scripts."""

import re
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from app.mail.model import Mail
from tests.cast import ALICE, BOB, CAROL
from tests.rules.conftest import Door
from tests.rules.house import House
from tests.rules.test_catalogue import BENCH, PLAN, make
from tests.rules.windows import sign_in, typed

NEW = "/desk/orders/new"
GERDA = {"name": "Gerda", "email": "gerda@example.org", "payment_method": "cash"}


@pytest.fixture
def house(sqlite_house: House) -> House:
    """orders.place has its tests on both databases."""
    return sqlite_house


async def desk_of(house: House, door: Door) -> httpx2.AsyncClient:
    return await sign_in(door(), house, BOB)


async def filled(desk: httpx2.AsyncClient, *products: int, **more: str) -> dict[str, Any]:
    """The form with these products in it, as a browser would send it."""
    fields: dict[str, Any] = GERDA | more
    for product in products:
        page = await desk.post(NEW, data=fields | {"step": "add", "add": str(product)})
        assert page.status_code == 200
        names = set(re.findall(r'name="(lines\.\d+\.(?:product|terms|quantity))"', page.text))
        fields |= {name: typed(page.text, name)[0] for name in names}
        fields["cid"] = typed(page.text, "cid")[0]
    return fields


async def test_several_products_are_ordered_for_a_new_customer(house: House, door: Door) -> None:
    bench, desk = await make(house), await desk_of(house, door)
    fields = await filled(desk, bench["id"], house.products["plate"], note="Called at nine")
    fields |= {"lines.0.option-length": "long", "lines.1.quantity": "3"}
    looked = await desk.post(NEW, data=fields | {"step": "look"})
    assert "€295.75" in looked.text, "(100 + 25) plus 19 %, and three at 49"
    assert await house.number_of_orders() == 0
    placed = await desk.post(NEW, data=fields | {"step": "place"})
    number = placed.headers["location"].removeprefix("/desk/orders/")
    order = await house.order(BOB, number)
    assert [(line["title"], line["quantity"]) for line in order["lines"]] == [
        ("Oak bench", 1),
        ("Brass plate", 3),
    ]
    assert (order["customer"]["email"], order["customer"]["verified"]) == ("gerda@example.org", False)
    assert (order["note"], order["payment_method"]) == ("Called at nine", "cash")
    page = (await desk.get(f"/desk/orders/{number}")).text
    assert "<bdi>Bob Berger</bdi> placed this order for the customer" in page
    again = await desk.post(NEW, data=fields | {"step": "place"})
    assert again.headers["location"] == placed.headers["location"], "sent twice, placed once"
    assert await house.number_of_orders() == 1


async def test_both_read_in_their_mail_who_placed_it(house: House, door: Door) -> None:
    desk = await desk_of(house, door)
    await desk.post(NEW, data=await filled(desk, house.products["plate"]) | {"step": "place"})
    async with house.db.read() as session:
        mails = {mail.recipient: mail for mail in await session.scalars(select(Mail))}
    assert "we have placed this order for you" in mails["gerda@example.org"].text
    assert "/o/" in mails["gerda@example.org"].text
    assert "For Gerda, Bob Berger has placed an order." in mails["olga@example.org"].text


async def test_a_customer_is_found_and_their_order_is_theirs(house: House, door: Door) -> None:
    desk, fields = await desk_of(house, door), {"q": "ahrens", "note": "Typed before"}
    found = await desk.post(NEW, data=fields | {"step": "find"})
    pick = re.search(r'value="(pick\.\d+)"[^>]*>.*?Alice Ahrens', found.text, re.DOTALL)
    assert pick
    assert "Carol" not in found.text
    chosen = await desk.post(NEW, data=fields | {"step": pick[1]})
    assert (typed(chosen.text, "email"), typed(chosen.text, "name")) == ([ALICE.email], ["Alice Ahrens"])
    assert "Typed before" in typed(chosen.text, "note")
    hers = {"email": ALICE.email, "name": "Alice Ahrens"}
    placed = await desk.post(NEW, data=await filled(desk, house.products["sign"], **hers) | {"step": "place"})
    number = placed.headers["location"].removeprefix("/desk/orders/")
    assert number in await house.numbers(ALICE)
    assert number not in await house.numbers(CAROL)
    nobody = await desk.post(NEW, data={"q": "zz%_<b>\x00", "step": "find"})
    assert "Nobody found." in nobody.text
    for strange in ("pick.999", "pick.x", "remove.7", "add", "", "x" * 500):
        assert (await desk.post(NEW, data=fields | {"step": strange})).status_code == 200, strange


async def test_the_page_begins_with_a_customer_or_the_one_of_an_order(house: House, door: Door) -> None:
    desk, number = await desk_of(house, door), await house.place(ALICE)
    assert f'href="{NEW}?order={number}"' in (await desk.get(f"/desk/orders/{number}")).text
    assert f'href="{NEW}"' in (await desk.get("/desk/inbox")).text
    page = (await desk.get(f"{NEW}?order={number}")).text
    assert typed(page, "email") == [ALICE.email]
    key = house.actor(ALICE).customer_id
    assert typed((await desk.get(f"{NEW}?customer={key}")).text, "email") == [ALICE.email]
    for strange in ("customer=999", "customer=x", "customer=9999999999999"):
        assert typed((await desk.get(f"{NEW}?{strange}")).text, "email") == [""], strange
    assert (await desk.get(f"{NEW}?order=4711")).status_code == 404


async def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(house: House, door: Door) -> None:
    bench, desk = await make(house), await desk_of(house, door)
    good = await filled(desk, bench["id"], house.products["plate"], note="Line 1\nLine 2")
    good |= {"lines.0.option-length": "long", "step": "place"}
    for field, wrong in (
        ("email", "gerda"),
        ("name", "x" * 201),
        ("payment_method", "shells"),
        ("starts_on", "2001-01-01"),
        ("lines.1.quantity", "0"),
        ("lines.0.option-length", "short"),
        ("lines.0.option-length", ""),
    ):
        answer = await desk.post(NEW, data=good | {field: wrong})
        assert answer.status_code == 422, (field, wrong)
        assert f'id="{field}-problem"' in answer.text, (field, wrong)
        assert "Line 1\nLine 2" in typed(answer.text, "note")
        assert len(re.findall(r'name="lines\.\d\.product"', answer.text)) == 2
    nothing = await desk.post(NEW, data=GERDA | {"step": "place"})
    assert nothing.status_code == 422
    assert await house.number_of_orders() == 0


async def test_lines_are_taken_out_and_the_others_keep_their_answers(house: House, door: Door) -> None:
    bench, desk = await make(house), await desk_of(house, door)
    fields = await filled(desk, house.products["plate"], bench["id"]) | {"lines.1.option-length": "long"}
    left = await desk.post(NEW, data=fields | {"step": "remove.0"})
    assert typed(left.text, "lines.0.product") == [str(bench["id"])]
    assert re.search(r'name="lines\.0\.option-length" value="long"[^>]*checked', left.text)
    assert "lines.1.product" not in left.text


async def test_prices_and_products_that_change_meanwhile_are_said(house: House, door: Door) -> None:
    bench, desk = await make(house), await desk_of(house, door)
    fields = await filled(desk, bench["id"]) | {"lines.0.option-length": "long", "step": "place"}
    await house.do(BOB, "products.update", **(BENCH | {"price": 30_000}), id=bench["id"])
    refused = await desk.post(NEW, data=fields)
    assert refused.status_code == 422
    assert "What this costs has changed since you saw it." in refused.text
    assert "€300.00" in refused.text
    terms = typed(refused.text, "lines.0.terms")[0]
    await house.do(BOB, "products.archive", id=bench["id"])
    gone = await desk.post(NEW, data=fields | {"lines.0.terms": terms})
    assert gone.status_code == 422
    assert "No longer offered" in gone.text
    await house.do(BOB, "products.restore", id=bench["id"])
    assert (await desk.post(NEW, data=fields | {"lines.0.terms": terms})).status_code == 303


async def test_one_plan_and_online(house: House, door: Door) -> None:
    desk, key = await desk_of(house, door), (await house.do(BOB, "plans.create", **PLAN)).body["plan"]["id"]
    oiled = await make(house, plan=key, options=[])
    one = await filled(desk, oiled["id"])
    assert (
        "A plan needs the payment method online." in (await desk.post(NEW, data=one | {"step": "place"})).text
    )
    both = await filled(desk, oiled["id"], house.products["care"], payment_method="online")
    refused = await desk.post(NEW, data=both | {"step": "place"})
    assert refused.status_code == 422
    assert "An order can have one plan at most." in refused.text
    placed = await desk.post(NEW, data=one | {"payment_method": "online", "step": "place"})
    assert placed.status_code == 303


async def test_customers_have_no_way_in(house: House, door: Door) -> None:
    shop = await sign_in(door(), house, ALICE)
    assert (await shop.get(NEW)).status_code == 303
    answer = await shop.post(NEW, data=GERDA | {"step": "find", "q": "carol"})
    assert answer.headers["location"].startswith("/desk/sign-in")
    assert await house.number_of_orders() == 0
