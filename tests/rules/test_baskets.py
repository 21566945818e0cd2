"""The basket: collected without an account, ordered as one, at the prices that were shown."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from app.baskets.actions import sweep
from app.baskets.model import Basket
from app.embed.origins import save_origins
from tests.cast import ALICE, BOB, CAROL
from tests.rules.conftest import Door
from tests.rules.house import House
from tests.rules.test_catalogue import BENCH, PLAN, make
from tests.rules.windows import sign_in, typed

LONG = {"option-length": "long"}
GERDA = {"payment_method": "cash", "name": "Gerda", "email": "gerda@example.org"}
ENGRAVED: dict[str, Any] = {
    "options": [{"id": "text", "title": "Engraving", "kind": "text", "required": True, "choices": []}]
}


async def put(window: httpx2.AsyncClient, product: int, **more: str) -> httpx2.Response:
    page = await window.get(f"/products/{product}")
    terms = typed(page.text, "terms")
    data = {"product": str(product), "quantity": "1", "terms": terms[0] if terms else ""} | more
    return await window.post("/basket", data=data)


async def ordered(window: httpx2.AsyncClient, **more: str) -> httpx2.Response:
    """The basket's form, as it stands on the page."""
    page = (await window.get("/basket")).text
    hidden = {name: typed(page, name)[0] for name in ("cid", "shown")}
    return await window.post("/basket/order", data=GERDA | hidden | more)


def keys(page: str) -> list[str]:
    return re.findall(r'id="line-(\w+)"', page)


async def test_several_things_become_one_order(house: House, door: Door) -> None:
    bench, window = await make(house), door()
    assert "Your basket is empty" in (await window.get("/basket")).text
    assert (
        (await put(window, bench["id"], quantity="2", **LONG))
        .headers["location"]
        .startswith("/basket?added=")
    )
    await put(window, house.products["plate"], quantity="3")
    page = (await window.get("/basket")).text
    for said in ("Oak bench", "Two metres", "€297.50", "2 × €125.00", "Brass plate", "€147.00", "€444.50"):
        assert said in page, said
    placed = await ordered(window, note="Both, please")
    number = placed.headers["location"].removeprefix("/orders/")
    order = await house.order(BOB, number)
    assert [(line["title"], line["quantity"]) for line in order["lines"]] == [
        ("Oak bench", 2),
        ("Brass plate", 3),
    ]
    assert (order["total"]["amount"], order["note"]) == (44_450, "Both, please")
    assert (await window.get(f"/orders/{number}")).status_code == 200, "this browser may see it"
    assert "Your basket is empty" in (await window.get("/basket")).text
    assert await house.number_of_orders() == 1


async def test_the_badge_counts_and_the_same_again_is_more_of_it(house: House, door: Door) -> None:
    window, plate = door(), house.products["plate"]
    badge = '<span class="badge">1</span>'
    assert badge not in (await window.get("/")).text
    await put(window, plate)
    await put(window, plate, quantity="4")
    assert badge in (await window.get("/")).text
    page = (await window.get("/basket")).text
    assert typed(page, "quantity") == ["5"]
    assert badge not in (await door().get("/")).text, "another browser has another basket"


async def test_quantities_change_and_zero_takes_out(house: House, door: Door) -> None:
    window = door()
    await put(window, house.products["plate"])
    (key,) = keys((await window.get("/basket")).text)
    for wrong in ("-1", "x", "", "10001", "1.5", "9" * 40):
        answer = await window.post(f"/basket/{key}/quantity", data={"quantity": wrong})
        assert answer.status_code == 422, wrong
        assert f'id="quantity-{key}-problem"' in answer.text
        assert typed(answer.text, "quantity") == [wrong]
    await window.post(f"/basket/{key}/quantity", data={"quantity": "7"})
    assert "€343.00" in (await window.get("/basket")).text
    assert (await window.post("/basket/nothing/quantity", data={"quantity": "2"})).status_code == 303
    await window.post(f"/basket/{key}/quantity", data={"quantity": "0"})
    assert "Your basket is empty" in (await window.get("/basket")).text


async def test_what_was_taken_out_comes_back_where_it_was(house: House, door: Door) -> None:
    window = door()
    for product in ("plate", "sign", "care"):
        await put(window, house.products[product])
    before = keys((await window.get("/basket")).text)
    gone = await window.post(f"/basket/{before[1]}/remove")
    page = (await window.get(gone.headers["location"])).text
    assert "<bdi>Painted sign</bdi> was taken out." in page
    assert keys(page) == [before[0], before[2]]
    await window.post("/basket/restore")
    assert keys((await window.get("/basket")).text) == before
    assert (await window.post("/basket/restore")).headers["location"] == "/basket"
    assert keys((await window.get("/basket")).text) == before


async def test_what_is_not_chosen_is_asked_for_and_nothing_typed_is_lost(house: House, door: Door) -> None:
    bench, window = await make(house), door()
    answer = await put(window, bench["id"], quantity="2", name="Gerda", note="Line 1\nLine 2")
    assert answer.status_code == 422
    assert "Please choose here." in answer.text
    assert (typed(answer.text, "quantity"), typed(answer.text, "name")) == (["2"], ["Gerda"])
    assert "Line 1\nLine 2" in typed(answer.text, "note")
    for wrong in ({"quantity": "0"}, {"quantity": "x"}, {"option-length": "short"}):
        assert (await put(window, bench["id"], **(LONG | wrong))).status_code == 422, wrong
    for product in ("99", "x", ""):
        assert (await window.post("/basket", data={"product": product})).status_code == 404
    assert "Your basket is empty" in (await window.get("/basket")).text


async def test_a_price_that_changes_is_said_and_nobody_pays_it_unseen(house: House, door: Door) -> None:
    bench, window = await make(house), door()
    page = await window.get(f"/products/{bench['id']}")
    old = {"product": str(bench["id"]), "terms": typed(page.text, "terms")[0], "quantity": "1"} | LONG
    await window.post("/basket", data=old)
    shown = (await window.get("/basket")).text
    await house.do(BOB, "products.update", **(BENCH | {"price": 20_000}), id=bench["id"])

    late = GERDA | {name: typed(shown, name)[0] for name in ("cid", "shown")} | {"note": "By Friday"}
    refused = await window.post("/basket/order", data=late)
    assert refused.status_code == 409
    assert "Your basket has changed since this page was shown." in refused.text
    assert "it was €125.00, now it is €225.00" in refused.text
    assert "By Friday" in typed(refused.text, "note")
    for form in ("/basket", "/orders"):
        unseen = await window.post(form, data=old | GERDA)
        assert unseen.status_code == 422, form
        assert "What this costs has changed since you saw it." in unseen.text
        assert "€200.00" in unseen.text
    assert await house.number_of_orders() == 0
    again = late | {"shown": typed(refused.text, "shown")[0]}
    number = (await window.post("/basket/order", data=again)).headers["location"].removeprefix("/orders/")
    assert (await house.order(BOB, number))["total"]["amount"] == 26_775


async def test_another_tab_that_adds_something_is_seen_before_it_is_ordered(house: House, door: Door) -> None:
    window = door()
    await put(window, house.products["plate"])
    shown = (await window.get("/basket")).text
    await put(window, house.products["sign"])
    late = GERDA | {name: typed(shown, name)[0] for name in ("cid", "shown")}
    assert (await window.post("/basket/order", data=late)).status_code == 409
    assert await house.number_of_orders() == 0


async def test_an_archived_product_is_a_line_that_says_so(house: House, door: Door) -> None:
    bench, window = await make(house), door()
    await put(window, bench["id"], **LONG)
    await put(window, house.products["plate"])
    await house.do(BOB, "products.archive", id=bench["id"])
    page = (await window.get("/basket")).text
    assert "This is no longer offered. Please take it out." in page
    assert "Oak bench" in page
    refused = await ordered(window)
    assert refused.status_code == 422
    assert "Something in your basket cannot be ordered as it is." in refused.text
    await window.post(f"/basket/{keys(page)[0]}/remove")
    assert (await ordered(window)).status_code == 303


async def test_a_choice_that_is_gone_is_to_be_made_anew(house: House, door: Door) -> None:
    bench, window = await make(house), door()
    await put(window, bench["id"], **LONG)
    await house.do(BOB, "products.update", **(BENCH | ENGRAVED), id=bench["id"])
    page = (await window.get("/basket")).text
    assert "Choose anew" in page
    assert (await ordered(window)).status_code == 422
    assert await house.number_of_orders() == 0


async def test_one_plan_goes_into_an_order_and_is_paid_online(house: House, door: Door) -> None:
    window, care = door(), house.products["care"]
    await put(window, care)
    await put(window, house.products["plate"])
    assert typed((await window.get("/basket")).text, "payment_method") == ["online"]
    assert "A plan needs the payment method online." in (await ordered(window, payment_method="cash")).text
    key = (await house.do(BOB, "plans.create", **PLAN)).body["plan"]["id"]
    await put(window, (await make(house, plan=key))["id"], **LONG)
    page = (await window.get("/basket")).text
    assert "An order can have one plan at most." in page
    assert (await ordered(window, payment_method="online")).status_code == 422
    await window.post(f"/basket/{keys(page)[2]}/remove")
    assert (await ordered(window, payment_method="online")).status_code == 303


async def test_a_form_sent_twice_places_once_and_leads_to_the_same_order(house: House, door: Door) -> None:
    window = door()
    await put(window, house.products["plate"])
    page = (await window.get("/basket")).text
    data = GERDA | {name: typed(page, name)[0] for name in ("cid", "shown")}
    answers = list(await asyncio.gather(*(window.post("/basket/order", data=data) for _ in range(3))))
    answers.append(await window.post("/basket/order", data=data))
    assert {answer.headers.get("location") for answer in answers} == {"/orders/1001"}
    assert await house.number_of_orders() == 1
    stranger = door()
    guess = data | {"cid": "0b6f3c0e-6a1d-4a5e-9d62-5b0a3a1c8f11"}
    assert (await stranger.post("/basket/order", data=guess)).status_code == 409
    assert (await stranger.get("/orders/1001")).status_code == 404


async def test_what_is_wrong_with_the_order_stands_at_its_field(house: House, door: Door) -> None:
    window = door()
    await put(window, house.products["plate"])
    for wrong in (
        {"email": "gerda"},
        {"name": " "},
        {"payment_method": "shells"},
        {"starts_on": "2001-01-01"},
    ):
        answer = await ordered(window, **wrong)
        assert answer.status_code == 422, wrong
        (field,) = wrong
        assert f'id="{field}-problem"' in answer.text, wrong
    assert keys((await window.get("/basket")).text)


async def test_a_basket_is_bounded(house: House, door: Door, site: Starlette) -> None:
    key = (await make(house, **(ENGRAVED | {"title": "Plate with text"})))["id"]
    window = door()
    for n in range(20):
        assert (await put(window, key, **{"option-text": f"Text {n}"})).status_code == 303
    full = await put(window, key, **{"option-text": "One more"})
    assert full.status_code == 422
    assert "Your basket is full." in full.text
    assert (await put(window, key, **{"option-text": "Text 3"})).status_code == 303, "more of one is no line"
    site.state.context.limits.filling.near.burst = 0
    late = await put(window, key, **{"option-text": "Text 4"})
    assert late.status_code == 429
    assert "Text 4" in typed(late.text, "option-text")


async def test_customers_order_as_who_they_are_and_see_no_other_basket(house: House, door: Door) -> None:
    alice, carol = await sign_in(door(), house, ALICE), await sign_in(door(), house, CAROL)
    await put(alice, house.products["plate"])
    assert "Your basket is empty" in (await carol.get("/basket")).text
    number = (await ordered(alice)).headers["location"].removeprefix("/orders/")
    order = await house.order(ALICE, number)
    assert order["customer"]["email"] == ALICE.email, "not who the form said"
    assert (await carol.get(f"/orders/{number}")).status_code == 404
    await put(alice, house.products["sign"])
    await alice.post("/sign-out")
    assert "Your basket is empty" in (await alice.get("/basket")).text


async def test_what_nobody_has_touched_for_a_month_is_forgotten(house: House, door: Door) -> None:
    old, new = door(), door()
    await put(old, house.products["plate"])
    now = datetime.now(UTC)
    await sweep(house.db, now + timedelta(days=29))
    await put(new, house.products["plate"])
    await sweep(house.db, now + timedelta(days=30, minutes=1))
    async with house.db.read() as session:
        left = list(await session.scalars(select(Basket.changed_at)))
    assert left == []
    for window in (old, new):
        assert "Your basket is empty" in (await window.get("/basket")).text


async def test_only_the_digest_of_the_cookie_is_kept(house: House, door: Door) -> None:
    window = door()
    await put(window, house.products["plate"])
    secret = window.cookies["orderline_basket"]
    async with house.db.read() as session:
        (basket,) = await session.scalars(select(Basket))
    assert secret not in basket.id
    thief = door()
    thief.cookies.set("orderline_basket", basket.id)
    assert "Your basket is empty" in (await thief.get("/basket")).text


@pytest.mark.parametrize("cookie", ["", "x" * 3000, "ä", "../../"])
async def test_a_strange_cookie_is_an_empty_basket(house: House, door: Door, cookie: str) -> None:
    window = door()
    page = await window.get("/basket", headers={b"Cookie": f"orderline_basket={cookie}".encode()})
    assert "Your basket is empty" in page.text


async def test_the_panel_has_no_basket(house: House, door: Door) -> None:
    async with house.db.transaction() as tx:
        await save_origins(tx.session, "https://shop.example")
    window = door()
    assert 'formaction="/basket"' in (await window.get("/products/1")).text
    inside = await window.get("/embed/en/products/1")
    assert inside.status_code == 200
    assert "basket" not in inside.text.partition("<main")[2]
    assert (await window.get("/embed/en/basket")).status_code == 404
