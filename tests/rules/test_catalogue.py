"""The catalogue: sorted by hand, archived and restored, edited by one member at a time."""

import asyncio
from typing import Any

from sqlalchemy import select

from app.catalogue.queries import catalogue, sections
from app.catalogue.views import ProductView
from app.mail.model import Mail
from tests.cast import ALICE, BOB, CAROL, OLGA
from tests.rules.conftest import Door
from tests.rules.house import House, number_of
from tests.rules.windows import order_link, sign_in

BENCH: dict[str, Any] = {
    "title": "Oak bench",
    "description": "Made to stay outside.",
    "category": "Benches",
    "pricing": "fixed",
    "price": 10_000,
    "tax_rate": "19",
    "tax_included": False,
    "options": [
        {
            "id": "length",
            "title": "Length",
            "kind": "one",
            "required": True,
            "choices": [{"id": "long", "title": "Two metres", "surcharge": 2_500}],
        }
    ],
}
PLAN: dict[str, Any] = {"name": "Oiling", "price": 900, "interval": {"unit": "year"}}
LONG = [{"option": "length", "value": "long"}]


async def make(house: House, **more: Any) -> dict[str, Any]:
    product: dict[str, Any] = (await house.do(BOB, "products.create", **(BENCH | more))).body["product"]
    return product


async def titles(house: House) -> list[str]:
    async with house.db.read() as session:
        return [product.title for product in await catalogue(session)]


async def offered(house: House, number: int) -> ProductView:
    async with house.db.read() as session:
        return next(product for product in await catalogue(session) if product.id == number)


async def test_a_new_product_stands_at_the_end_of_its_category(house: House) -> None:
    await make(house)
    await make(house, title="Table", category="Tables")
    await make(house, title="Pine bench")
    assert (await titles(house))[-3:] == ["Oak bench", "Pine bench", "Table"]
    async with house.db.read() as session:
        found = [(name, len(products)) for name, products in await sections(session)]
    assert found == [("", 3), ("Benches", 2), ("Tables", 1)]


async def test_products_and_whole_categories_are_moved(house: House) -> None:
    oak, pine = await make(house), await make(house, title="Pine bench")
    table = await make(house, title="Table", category="Tables")
    done = await house.do(BOB, "products.move", products=[pine["id"]], before=oak["id"])
    assert [item["title"] for item in done.body["items"]][-3:] == ["Pine bench", "Oak bench", "Table"]
    benches = [pine["id"], oak["id"]]
    await house.do(BOB, "products.move", products=[table["id"]], before=benches[0])
    assert (await titles(house))[-3:] == ["Table", "Pine bench", "Oak bench"]
    first = (await titles(house))[0]
    await house.do(BOB, "products.move", products=[house.products["sign"]])
    assert first == "Painted sign"
    assert (await titles(house))[0] == "Brass plate"


async def test_what_cannot_be_moved_is_said_and_nothing_moves(house: House) -> None:
    sign, plate, before = house.products["sign"], house.products["plate"], await titles(house)
    for data, field in (
        ({"products": [sign, 999]}, "products"),
        ({"products": [sign], "before": 999}, "before"),
        ({"products": [sign], "before": sign}, "products"),
        ({"products": [sign, sign]}, "products"),
        ({"products": []}, "products"),
        ({"products": [sign], "before": 2**40}, "before"),
    ):
        refused = await house.refused(BOB, "products.move", **data)
        assert (refused.code, refused.errors[0].field) == ("invalid", field), data
    assert (await house.refused(ALICE, "products.move", products=[plate])).code == "forbidden"
    assert await titles(house) == before


async def test_two_who_sort_at_once_lose_no_product(house: House) -> None:
    made = [(await make(house, title=f"Bench {n}"))["id"] for n in range(6)]
    moves = [house.do(BOB, "products.move", products=[key], before=made[0]) for key in made[1:]]
    await asyncio.gather(*moves)
    assert sorted(title for title in await titles(house) if title.startswith("Bench")) == [
        f"Bench {n}" for n in range(6)
    ]


async def test_a_category_gets_another_name_on_all_its_products(house: House) -> None:
    made = await make(house)
    done = await house.do(OLGA, "categories.rename", category="Benches", name="Seats")
    assert {item["category"] for item in done.body["items"]} == {"", "Seats"}
    late = await house.refused(BOB, "products.update", **BENCH, id=made["id"], version=1)
    assert late.code == "changed", "whoever has the form open would put the old name back"
    assert (await house.refused(ALICE, "categories.rename", category="Seats", name="x")).code == "forbidden"


async def test_of_two_who_edit_at_once_one_is_told(house: House) -> None:
    made = await make(house)
    edits = [
        house.do(who, "products.update", **BENCH | {"title": who.email}, id=made["id"], version=1)
        for who in (BOB, OLGA)
    ]
    done = await asyncio.gather(*edits, return_exceptions=True)
    (refused,) = [each for each in done if isinstance(each, BaseException)]
    assert getattr(refused, "code", "") == "changed"
    assert (await offered(house, made["id"])).version == 2
    assert (await house.do(BOB, "products.update", **BENCH, id=made["id"])).body["product"]["version"] == 3


async def test_archived_is_not_offered_until_it_is_restored(house: House) -> None:
    made = await make(house)
    for _ in range(2):
        done = await house.do(BOB, "products.archive", id=made["id"])
        assert done.body["product"]["archived"] is True
    assert "Oak bench" not in await titles(house)
    line = {"product": made["id"], "options": LONG}
    refused = await house.refused(ALICE, "orders.place", lines=[line], payment_method="cash")
    assert (refused.code, refused.errors[0].field) == ("invalid", "lines.0.product")
    done = await house.do(BOB, "products.restore", id=made["id"])
    assert done.body["product"]["archived"] is False
    await house.do(ALICE, "orders.place", lines=[line], payment_method="cash")
    for who, code in ((ALICE, "forbidden"), (CAROL, "forbidden")):
        assert (await house.refused(who, "products.restore", id=made["id"])).code == code
    assert (await house.refused(BOB, "products.restore", id=999)).code == "not_found"


async def test_a_retired_plan_stays_where_it_is_and_is_given_to_no_other(house: House) -> None:
    key = (await house.do(BOB, "plans.create", **PLAN)).body["plan"]["id"]
    made = await make(house, plan=key)
    await house.do(BOB, "plans.retire", id=key)
    kept = await house.do(BOB, "products.update", **(BENCH | {"title": "Bench"}), id=made["id"], plan=key)
    assert kept.body["product"]["plan"]["id"] == key
    assert (await house.refused(BOB, "products.create", **BENCH, plan=key)).errors[0].field == "plan"


async def test_an_order_stays_what_was_ordered_whatever_becomes_of_the_catalogue(
    house: House, door: Door
) -> None:
    key = (await house.do(BOB, "plans.create", **PLAN, upfront_fee=100)).body["plan"]["id"]
    made = await make(house, plan=key)
    line = {"product": made["id"], "quantity": 1, "options": LONG, "terms": made["terms"]}
    number = number_of(
        await house.do(ALICE, "orders.place", lines=[line], payment_method="online", note="For the garden")
    )
    desk, shop = await sign_in(door(), house, BOB), door()
    await shop.get(order_link(house, number))
    before = await snapshot(house, number)
    pages = [(await desk.get(f"/desk/orders/{number}")).text, (await shop.get(f"/orders/{number}")).text]

    changed = {"title": "Cardboard", "price": 1, "tax_rate": "7", "tax_included": True, "options": []}
    await house.do(BOB, "products.update", **(BENCH | changed), id=made["id"])
    await house.do(BOB, "categories.rename", category="Benches", name="Gone")
    await house.do(BOB, "plans.retire", id=key)
    await house.do(BOB, "products.archive", id=made["id"])

    assert await snapshot(house, number) == before
    for was, now in zip(
        pages, [(await desk.get(f"/desk/orders/{number}")).text, (await shop.get(f"/orders/{number}")).text],
        strict=True,
    ):  # fmt: skip
        for said in ("Oak bench", "Two metres", "€125.00", "€148.75", "€9.00", "every year", "Oiling"):
            assert said in was, said
            assert said in now, said
        assert "Cardboard" not in now
    await house.do(BOB, "orders.confirm", number)
    order = await house.order(ALICE, number)
    assert (order["total"]["amount"], order["lines"][0]["title"]) == (14_875, "Oak bench")
    assert order["subscription"] is not None


async def snapshot(house: House, number: str) -> list[Any]:
    """The order at the API, its entries and its mails."""
    order = await house.order(BOB, number)
    async with house.db.read() as session:
        mails = (await session.execute(select(Mail.subject, Mail.text, Mail.html))).all()
    return [order, [entry.data for entry in await house.entries(number)], sorted(map(tuple, mails))]


async def test_nobody_pays_another_price_than_the_one_they_saw(house: House) -> None:
    made = await make(house)
    line = {"product": made["id"], "options": LONG, "terms": made["terms"]}
    dearer = {"id": "long", "title": "2 m", "surcharge": 2_501}
    changes: list[dict[str, Any]] = [
        {"price": 10_001},
        {"tax_rate": "20"},
        {"tax_included": True},
        {"pricing": "by_quote", "price": None},
        {"options": [BENCH["options"][0] | {"choices": [dearer]}]},
    ]
    for change in changes:
        await house.do(BOB, "products.update", **(BENCH | change), id=made["id"])
        refused = await house.refused(ALICE, "orders.place", lines=[line], payment_method="cash")
        assert [(error.field, error.code) for error in refused.errors] == [("lines.0.terms", "price_changed")]
    words = {"title": "Bench", "description": "Other words", "category": "Other"}
    await house.do(BOB, "products.update", **(BENCH | words), id=made["id"])
    await house.do(ALICE, "orders.place", lines=[line], payment_method="cash")
    assert await house.number_of_orders() == 1


async def test_what_is_wrong_with_a_product_is_named(house: House) -> None:
    option = BENCH["options"][0]
    for wrong, field in (
        ({"title": " "}, "title"),
        ({"tax_rate": "100"}, "tax_rate"),
        ({"pricing": "auction"}, "pricing"),
        ({"price": 0}, "price"),
        ({"category": "x" * 101}, "category"),
        ({"plan": 999}, "plan"),
        ({"options": [option | {"id": "Größe"}]}, "options.0.id"),
        ({"options": [option | {"choices": []}]}, "options.0"),
        ({"options": [option, option]}, ""),
        ({"pictures": [{"id": "0" * 32}]}, "pictures.0.id"),
        ({"pictures": [{"id": "../../etc/passwd"}]}, "pictures.0.id"),
        ({"colour": "red"}, "colour"),
    ):
        refused = await house.refused(BOB, "products.create", **(BENCH | wrong))
        assert (refused.code, refused.errors[0].field) == ("invalid", field), wrong
