"""The shop's own settings: the owner's, checked, in every process, and the currency until the first order."""

import pytest
from sqlalchemy import select

from app.audit.model import Record
from app.catalogue.model import Plan, Product
from app.context import Context
from app.money import Money, format_money
from app.payments.stripe_units import counts_alike
from app.quotes.model import QuoteTemplate
from app.shop_settings.choices import COMMON, currencies, currency_groups, zone_groups, zones
from tests.cast import ALICE, BOB, OLGA
from tests.rules.conftest import Door, Serve
from tests.rules.house import House
from tests.rules.windows import sign_in, typed

PAGE = "/desk/settings/shop"
RIGHT = {
    "name": "Lindengold", "currency": "EUR", "timezone": "Europe/Vienna", "language": "de", "tax_rate": "20",
}  # fmt: skip


async def test_the_owner_alone_changes_the_shop(house: House, door: Door) -> None:
    olga, bob = await sign_in(door(), house, OLGA), await sign_in(door(), house, BOB)
    for window, status in ((bob, 403), (door(), 303)):
        assert (await window.get(PAGE)).status_code == status
        assert (await window.post(PAGE, data=RIGHT)).status_code == status
    assert PAGE not in (await bob.get("/desk/settings")).text
    assert (await olga.post(PAGE, data=RIGHT)).headers["location"] == f"{PAGE}?saved"
    shown = (await olga.get(PAGE)).text
    assert typed(shown, "name") == ["Lindengold"]
    assert typed(shown, "tax_rate") == ["20"]
    assert 'value="Europe/Vienna" selected' in shown
    assert "Lindengold" in (await door().get("/")).text
    async with house.db.read() as session:
        record = await session.scalar(select(Record).where(Record.kind == "shop_settings"))
    assert record is not None
    # prices did not include tax in this form, since its box was not ticked
    assert record.data["fields"] == ["language", "shop_name", "tax_included", "tax_rate", "timezone"]
    assert "Time zone" in (await olga.get("/desk/settings/audit?kind=settings")).text


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("name", ""), ("name", "x" * 101), ("name", "a\x07b"), ("name", "\u202eevil"), ("timezone", "Berlin"),
        ("language", "xx"), ("tax_rate", "100.5.5"), ("tax_rate", "\u0661\u0669"), ("currency", "eur"),
    ],
)  # fmt: skip
async def test_what_is_wrong_changes_nothing(house: House, door: Door, field: str, wrong: str) -> None:
    olga = await sign_in(door(), house, OLGA)
    answer = await olga.post(PAGE, data=RIGHT | {field: wrong})
    assert answer.status_code == 422
    assert f'id="{field}-problem"' in answer.text
    await house.context.load()
    assert house.context.shop.name == "Orderline"


async def test_another_process_takes_it_over(house: House, door: Door, serve: Serve) -> None:
    other: Context = (await serve(house)).state.context
    assert not await other.refresh()
    olga = await sign_in(door(), house, OLGA)
    await olga.post(PAGE, data=RIGHT)
    assert await other.refresh()
    assert (other.shop.name, str(other.shop.zone)) == ("Lindengold", "Europe/Vienna")
    await olga.post(PAGE, data=RIGHT)
    assert not await other.refresh(), "nothing was changed"


async def test_another_currency_keeps_what_the_catalogue_says(house: House, door: Door) -> None:
    """49.00 euros become 49 yen, and those 49.000 dinars."""
    olga = await sign_in(door(), house, OLGA)
    async with house.db.transaction() as tx:
        line = {"title": "Travel", "quantity": 2, "unit_price": 3_000}
        tx.session.add(QuoteTemplate(name="Visit", lines=[line], tax_included=True, note=""))
    for currency, plate, care in (("JPY", 49, 15), ("KWD", 49_000, 15_000), ("EUR", 4_900, 1_500)):
        assert (await olga.post(PAGE, data=RIGHT | {"currency": currency})).status_code == 303
        async with house.db.read() as session:
            product = await session.get_one(Product, house.products["plate"])
            plan = (await session.scalars(select(Plan))).one()
            template = (await session.scalars(select(QuoteTemplate))).one()
        assert (product.price, product.currency) == (plate, currency)
        assert (plan.price, plan.currency) == (care, currency)
        assert template.lines[0]["unit_price"] == 2 * care


async def test_the_first_order_fixes_the_currency(house: House, door: Door) -> None:
    olga = await sign_in(door(), house, OLGA)
    await house.place(ALICE, "plate")
    answer = await olga.post(PAGE, data=RIGHT | {"currency": "USD", "name": "Kept as typed"})
    assert answer.status_code == 422
    assert typed(answer.text, "name") == ["Kept as typed"]
    assert "There are orders in this currency already" in answer.text
    page = (await olga.get(PAGE)).text
    assert "Fixed since the first order" in page
    assert 'name="currency"' not in page
    assert (
        await olga.post(PAGE, data={k: v for k, v in RIGHT.items() if k != "currency"})
    ).status_code == 303
    await house.context.load()
    assert (house.context.shop.name, house.context.shop.currency) == ("Lindengold", "EUR")


def test_currencies_are_those_of_today_with_the_common_ones_first() -> None:
    assert {"EUR", "JPY", "KWD", "UAH", "INR"} <= currencies()
    assert not {"DEM", "XXX", "XAU", "eur"} & currencies()
    for language in ("en", "de"):
        common, others = currency_groups(language)
        assert [code for code, _ in common] == list(COMMON)
        assert sorted(code for code, _ in [*common, *others]) == sorted(currencies())


def test_zones_are_places() -> None:
    assert {"Europe/Berlin", "Asia/Calcutta", "America/Argentina/Ushuaia", "UTC"} <= zones()
    assert not {"", "EST", "Etc/GMT+5", "posix/Europe/Berlin", "localtime"} & zones()
    offered = {zone for _, places in zone_groups("de") for zone, _ in places}
    assert offered == zones()


async def test_with_stripe_a_currency_that_it_counts_otherwise_is_refused(
    house: House, door: Door, serve: Serve
) -> None:
    """A thousand dinars of Serbia would be charged as ten."""
    app = await serve(house, STRIPE_SECRET_KEY="sk_test_x", STRIPE_API_BASE="http://127.0.0.1:9")
    olga = await sign_in(door(app=app), house, OLGA)
    answer = await olga.post(PAGE, data=RIGHT | {"currency": "RSD"})
    assert answer.status_code == 422
    assert "Stripe cannot charge cards in this currency" in answer.text
    assert (await olga.post(PAGE, data=RIGHT | {"currency": "JPY"})).status_code == 303


def test_stripe_counts_the_common_currencies_as_we_do() -> None:
    assert [code for code in COMMON if not counts_alike(code)] == []
    assert {code for code in ("RSD", "ISK", "UGX", "KRW", "KWD", "INR") if counts_alike(code)} == {
        "KRW", "KWD", "INR",
    }  # fmt: skip


def test_a_currency_that_is_a_word_stands_apart_from_its_amount() -> None:
    assert format_money(Money(4_900, "CHF"), "en") == "CHF\N{NO-BREAK SPACE}49.00"
    assert format_money(Money(4_900, "CHF"), "de") == "49,00\N{NO-BREAK SPACE}CHF"
    assert format_money(Money(4_900, "EUR"), "en") == "\u20ac49.00"
