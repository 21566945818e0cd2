"""The customer offers another amount; the quote stays as it is, and open."""

import asyncio
from typing import Any

import pytest

from app.errors import Problem
from app.orders.model import FIRST
from tests.cast import ALICE, BOB, CAROL, OLGA
from tests.rules.conftest import Door
from tests.rules.house import House
from tests.rules.lives import awaiting


async def quoted(house: House) -> str:
    number = await house.place(ALICE)
    await awaiting(house, number)
    return number


async def test_both_amounts_are_shown_and_the_quote_can_still_be_approved(house: House) -> None:
    number = await quoted(house)
    await house.do(ALICE, "quotes.counter", number, version=1, amount=42_000, text="All we have.")
    for who in (ALICE, BOB):
        order = await house.order(who, number)
        assert order["quote"]["amount"]["amount"] == 50_000
        assert order["quote"]["counter"]["amount"] == {"amount": 42_000, "currency": "EUR"}
        assert order["quote"]["counter"]["text"] == "All we have."
        assert (order["quote"]["status"], order["awaiting_response"], order["turn"]) == ("sent", True, "team")
        assert order["total"] is None
    await house.do(ALICE, "quotes.approve", number, version=1)
    assert (await house.order(BOB, number))["total"]["amount"] == 50_000


async def test_a_client_that_knows_no_counter_offers_leaves_the_card_open(sqlite_house: House) -> None:
    number = await quoted(sqlite_house)
    await sqlite_house.do(ALICE, "quotes.counter", number, version=1, amount=42_000, text="Less?")
    said = (await sqlite_house.entries(number, "customer"))[-1]
    assert (said.kind, said.role, said.name) == ("quote_decision", "customer", "Alice Ahrens")
    assert said.data == {
        "version": 1, "status": "sent", "decision": "countered", "text": "Less?",
        "amount": {"amount": 42_000, "currency": "EUR"},
    }  # fmt: skip


async def test_the_team_answers_with_the_next_version(sqlite_house: House) -> None:
    house = sqlite_house
    number = await quoted(house)
    await house.do(ALICE, "quotes.counter", number, version=1, amount=42_000)
    await house.do(BOB, "quotes.send", number, amount=45_000)
    order = await house.order(ALICE, number)
    assert (order["quote"]["version"], order["quote"]["counter"], order["turn"]) == (2, None, "customer")
    problem = await house.refused(ALICE, "quotes.counter", number, version=1, amount=43_000)
    assert problem.code == "quote_closed"


async def test_a_later_offer_takes_the_place_of_the_one_before_and_both_stay_told(
    sqlite_house: House,
) -> None:
    house = sqlite_house
    number = await quoted(house)
    for amount in (42_000, 44_000):
        await house.do(ALICE, "quotes.counter", number, version=1, amount=amount)
    assert (await house.order(BOB, number))["quote"]["counter"]["amount"]["amount"] == 44_000
    told = [entry.data["amount"]["amount"] for entry in (await house.entries(number))[-2:]]
    assert told == [42_000, 44_000]


async def test_the_assignee_hears_of_it_else_everybody(sqlite_house: House) -> None:
    house = sqlite_house
    number = await quoted(house)
    await house.do(ALICE, "quotes.counter", number, version=1, amount=42_000)
    heard = [to for kind, to in await house.letters(number) if kind == "quote_countered"]
    assert sorted(heard) == [BOB.email, OLGA.email]
    await house.do(OLGA, "orders.assign", number, member=BOB.email)
    await house.do(ALICE, "quotes.counter", number, version=1, amount=43_000)
    heard = [to for kind, to in await house.letters(number) if kind == "quote_countered"]
    assert sorted(heard[2:]) == [BOB.email]


async def test_neither_the_team_nor_another_customer_offers_for_her(sqlite_house: House) -> None:
    number = await quoted(sqlite_house)
    deed: dict[str, Any] = {"version": 1, "amount": 5}
    assert (await sqlite_house.refused(BOB, "quotes.counter", number, **deed)).code == "forbidden"
    assert (await sqlite_house.refused(CAROL, "quotes.counter", number, **deed)).code == "not_found"


@pytest.mark.parametrize("wrong", [{"amount": 0}, {"amount": -5}, {"amount": 10**12 + 1}, {"amount": 1.5},
                                   {"amount": None}, {"text": "x" * 4_001}, {"text": "\x00"}])  # fmt: skip
async def test_what_is_no_offer_changes_nothing(sqlite_house: House, wrong: dict[str, Any]) -> None:
    number = await quoted(sqlite_house)
    before = await sqlite_house.state(number)
    data: dict[str, Any] = {"version": 1, "amount": 5} | wrong
    problem = await sqlite_house.refused(ALICE, "quotes.counter", number, **data)
    assert [error.field for error in problem.errors] == list(wrong)
    assert await sqlite_house.state(number) == before


async def test_an_offer_and_an_approval_at_once_have_one_order(house: House) -> None:
    seen = set()
    for turn in range(6):
        number = await quoted(house)
        offers = house.do(ALICE, "quotes.counter", number, version=1, amount=42_000)
        approves = house.do(ALICE, "quotes.approve", number, version=1)
        deeds = [offers, approves] if turn % 2 else [approves, offers]
        answers = await asyncio.gather(*deeds, return_exceptions=True)
        lost = [answer for answer in answers if isinstance(answer, Problem)]
        told = [entry.data for entry in await house.entries(number) if entry.kind == "quote_decision"]
        order = await house.order(BOB, number)
        assert order["total"]["amount"] == 50_000
        assert told[-1]["status"] == "approved", "an offer never follows an approval"
        assert [problem.code for problem in lost] == (["quote_closed"] if len(told) == 1 else [])
        seen.add(len(told))
    assert seen <= {1, 2}


async def test_offers_are_limited(site: object, house: House, door: Door) -> None:
    number = await quoted(house)
    program = door(ALICE, house)
    path = f"/api/v1/orders/{number}/quotes/1/counter"
    codes = [(await program.post(path, json={"amount": 5 + n})).status_code for n in range(8)]
    assert codes == [200] * 6 + [429] * 2
    told = [entry for entry in await house.entries(number) if entry.data.get("decision")]
    assert len(told) == 6


async def test_a_guest_offers_in_the_form_and_both_see_it_on_the_card(house: House, door: Door) -> None:
    number, browser = await quoted(house), door()
    async with house.db.transaction() as tx:
        link = tx.shop.order_link(int(number) - FIRST)
    await browser.get(link.removeprefix(tx.shop.public_url), follow_redirects=True)
    page = (await browser.get(f"/orders/{number}")).text
    assert "Offer another amount" in page
    wrong = await browser.post(f"/orders/{number}/quotes/1/counter", data={"amount": "lots"})
    assert wrong.status_code == 422
    assert "Please write an amount" in wrong.text
    told = {"amount": "420.50", "text": "<b>Please</b>"}
    assert (await browser.post(f"/orders/{number}/quotes/1/counter", data=told)).status_code == 303
    page = (await browser.get(f"/orders/{number}")).text
    assert "€420.50" in page
    assert "€79.50 less than this quote" in page
    assert "&lt;b&gt;Please&lt;/b&gt;" in page
    assert f"/orders/{number}/quotes/1/approve" in page
