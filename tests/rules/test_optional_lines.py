"""Lines with tax, of which the customer chooses: what is approved is the price, by the cent."""

import asyncio
from typing import Any

import pytest

from app.errors import Problem
from app.orders.model import FIRST, Order
from app.payments.billing import price_lines
from tests.cast import ALICE, BOB, OLGA
from tests.rules.conftest import Door
from tests.rules.house import House
from tests.rules.windows import sign_in

SIGN: dict[str, Any] = {"title": "Sign", "quantity": 1, "unit_price": 33_333, "tax_rate": "19"}
HOURS: dict[str, Any] = {"title": "Mounting, hours", "quantity": "2.5", "unit_price": 4_567, "tax_rate": "19"}
BOOK: dict[str, Any] = {"title": "Book", "quantity": 3, "unit_price": 1_111, "tax_rate": "7"}
GILT: dict[str, Any] = {"title": "Gold leaf", "quantity": 1, "unit_price": 9_999, "tax_rate": "19"}
OFFER = [SIGN, HOURS | {"optional": True}, BOOK, GILT | {"optional": True}]
# net: sign 333.33, mounting 114.18, book 33.33, gold 99.99
NET = {
    (): 33_333 + 6_333 + 3_333 + 233,
    (2,): 33_333 + 11_418 + 8_503 + 3_333 + 233,
    (4,): 33_333 + 9_999 + 8_233 + 3_333 + 233,
    (2, 4): 33_333 + 11_418 + 9_999 + 10_403 + 3_333 + 233,
}
GROSS = {(): 36_666, (2,): 48_084, (4,): 46_665, (2, 4): 58_083}


async def offered(house: House, *, included: bool = False) -> str:
    number = await house.place(ALICE)
    await house.do(BOB, "quotes.send", number, lines=OFFER, tax_included=included)
    return number


@pytest.mark.parametrize("ticked", list(NET))
@pytest.mark.parametrize("included", [False, True])
async def test_the_price_is_what_was_ticked_by_the_cent_with_tax(
    house: House, ticked: tuple[int, ...], included: bool
) -> None:
    number = await offered(house, included=included)
    price = (GROSS if included else NET)[ticked]
    await house.do(ALICE, "quotes.approve", number, version=1, optional=list(ticked))
    order = await house.order(ALICE, number)
    assert order["total"] == {"amount": price, "currency": "EUR"}
    said = (await house.entries(number, "customer"))[-1].data
    assert said["amount"] == {"amount": price, "currency": "EUR"}
    assert [line["id"] for line in said.get("optional", [])] == list(ticked)
    view = await house.view(BOB, number)
    assert view.approved is not None
    assert view.approved.total.amount == price
    assert view.approved.sums.gross == view.approved.sums.net + view.approved.sums.tax == price
    assert [line.id for line in view.approved.optional if line.ticked] == list(ticked)


async def test_what_is_charged_has_the_lines_and_the_tax_that_were_approved(sqlite_house: House) -> None:
    house = sqlite_house
    number = await offered(house)
    await house.do(ALICE, "quotes.approve", number, version=1, optional=[2])
    async with house.db.read() as session:
        lines = await price_lines(session, await session.get_one(Order, int(number) - FIRST))
    assert sum(line["amount"] for line in lines) == NET[2,]
    assert [(line["title"], line["tax_rate"]) for line in lines] == [
        ("Sign", "19"), ("2.5 × Mounting, hours", "19"), ("3 × Book", "7"),
    ]  # fmt: skip


async def test_the_charge_and_its_receipt_have_the_approved_tax(sqlite_house: House) -> None:
    house = sqlite_house
    number = await offered(house)
    await house.do(ALICE, "quotes.approve", number, version=1, optional=[2, 4])
    await house.do(BOB, "orders.confirm", number)
    view = await house.view(BOB, number)
    (payment,) = view.payments
    assert view.approved
    assert payment.amount == view.approved.total == view.total
    taxes = {rate: tax.amount for rate, tax in payment.taxes}
    assert taxes == {rate.rate: rate.tax for rate in view.approved.sums.rates} == {"19": 10_403, "7": 233}


async def test_an_open_quote_says_what_is_paid_with_nothing_ticked(sqlite_house: House) -> None:
    house = sqlite_house
    quote = (await house.order(ALICE, await offered(house)))["quote"]
    assert quote["amount"]["amount"] == NET[()]
    assert quote["net"]["amount"] + sum(tax["tax"]["amount"] for tax in quote["taxes"]) == NET[()]
    assert [(tax["rate"], tax["tax"]["amount"]) for tax in quote["taxes"]] == [("19", 6_333), ("7", 233)]
    assert [(line["id"], line["quantity"], line["optional"]) for line in quote["lines"]] == [
        (1, 1, False), (2, "2.5", True), (3, 3, False), (4, 1, True),
    ]  # fmt: skip


@pytest.mark.parametrize("wrong", [[1], [0], [5], [-1], [2, 3], [2**40]])
async def test_only_an_optional_line_of_this_quote_can_be_ticked(
    sqlite_house: House, wrong: list[int]
) -> None:
    house = sqlite_house
    number = await offered(house)
    before = await house.state(number)
    problem = await house.refused(ALICE, "quotes.approve", number, version=1, optional=wrong)
    assert [error.field for error in problem.errors] == ["optional"]
    assert await house.state(number) == before
    await house.do(BOB, "quotes.send", number, amount=5)
    assert (await house.refused(ALICE, "quotes.approve", number, version=2, optional=[2])).code == "invalid"


async def test_the_team_ticks_on_the_customers_word(sqlite_house: House) -> None:
    house = sqlite_house
    number = await offered(house)
    await house.do(OLGA, "quotes.approve", number, version=1, on_behalf=True, optional=[4, 2, 4])
    assert (await house.order(ALICE, number))["total"]["amount"] == NET[2, 4]


async def test_ticks_of_a_stale_version_are_refused_and_change_nothing(sqlite_house: House) -> None:
    house = sqlite_house
    number = await offered(house)
    await house.do(BOB, "quotes.send", number, lines=[SIGN, GILT | {"optional": True}], tax_included=True)
    problem = await house.refused(ALICE, "quotes.approve", number, version=1, optional=[2])
    assert problem.code == "quote_closed"
    assert problem.order is not None
    assert (problem.order["quote"]["version"], problem.order["total"]) == (2, None)
    await house.do(ALICE, "quotes.approve", number, version=2, optional=[2])
    assert (await house.order(ALICE, number))["total"]["amount"] == 43_332


async def test_of_two_tabs_with_different_ticks_one_wins(house: House) -> None:
    for _ in range(4):
        number = await offered(house)
        deeds = [
            house.do(ALICE, "quotes.approve", number, version=1, optional=list(ticked))
            for ticked in ((2,), (4,))
        ]
        answers = await asyncio.gather(*deeds, return_exceptions=True)
        lost = [answer for answer in answers if isinstance(answer, Problem)]
        assert [problem.code for problem in lost] == ["quote_closed"]
        won = (4,) if isinstance(answers[0], Problem) else (2,)
        assert (await house.order(ALICE, number))["total"]["amount"] == NET[won]
        assert lost[0].order is not None
        assert lost[0].order["total"]["amount"] == NET[won]
        decisions = [entry for entry in await house.entries(number) if entry.kind == "quote_decision"]
        assert [[line["id"] for line in entry.data["optional"]] for entry in decisions] == [list(won)]


async def test_prices_are_meant_as_those_of_what_was_ordered(sqlite_house: House) -> None:
    house = sqlite_house
    net: dict[str, Any] = {"title": "Wall", "pricing": "by_quote", "tax_rate": "19", "tax_included": False}
    made = await house.do(BOB, "products.create", None, **net)
    house.products["wall"] = made.body["product"]["id"]
    number = await house.place(ALICE, "wall")
    line = {"title": "Paint", "quantity": 1, "unit_price": 10_000}
    await house.do(BOB, "quotes.send", number, lines=[line])
    quote = (await house.order(ALICE, number))["quote"]
    assert (quote["tax_included"], quote["net"]["amount"], quote["amount"]["amount"]) == (
        False,
        10_000,
        11_900,
    )
    await house.do(BOB, "quotes.send", number, lines=[line | {"tax_rate": "7.0"}], tax_included=True)
    quote = (await house.order(ALICE, number))["quote"]
    assert (quote["lines"][0]["tax_rate"], quote["amount"]["amount"]) == ("7", 10_000)
    await house.do(BOB, "quotes.send", number, amount=10_000)  # an amount always is what is paid
    assert (await house.order(ALICE, number))["quote"]["amount"]["amount"] == 10_000


async def test_the_form_sends_what_was_ticked(house: House, door: Door) -> None:
    number = await offered(house)
    browser = door()
    async with house.db.transaction() as tx:
        link = tx.shop.order_link(int(number) - FIRST)
    await browser.get(link.removeprefix(tx.shop.public_url), follow_redirects=True)
    page = (await browser.get(f"/orders/{number}")).text
    assert page.count(f'form="approve-{number}-1"') == 2
    shown = await browser.post(
        f"/orders/{number}/quotes/1/approve", data={"optional": "2", "step": "preview"}
    )
    assert "€432.32" in page
    assert "€568.20" in shown.text
    assert (await house.quotes(number)) == {1: "sent"}
    await browser.post(f"/orders/{number}/quotes/1/approve", data={"optional": ["2", "4"]})
    assert (await house.order(ALICE, number))["total"]["amount"] == NET[2, 4]


async def test_a_member_ticks_in_the_form_what_the_customer_said(house: House, door: Door) -> None:
    number, bob = await offered(house), await sign_in(door(), house, BOB)
    path = f"/desk/orders/{number}/quotes/1/approve"
    assert "With these optional lines" in (await bob.get(f"/desk/orders/{number}")).text
    wrong = await bob.post(path, data={"on_behalf": "true", "optional": "x"}, headers={"HX-Request": "true"})
    assert (wrong.status_code, "optional-1-problem" in wrong.text) == (422, True)
    await bob.post(path, data={"on_behalf": "true", "optional": ["2"]})
    assert (await house.order(ALICE, number))["total"]["amount"] == NET[2,]
