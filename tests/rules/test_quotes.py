"""What a quote does to its order, and what time does to a quote."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from app.orders.model import FIRST
from app.quotes.model import Quote
from tests.cast import ALICE, BOB, OLGA
from tests.rules.house import House
from tests.rules.lives import approved, awaiting


async def quoted(house: House, amount: int = 50_000, **more: Any) -> str:
    number = await house.place(ALICE)
    await house.do(BOB, "quotes.send", number, amount=amount, **more)
    return number


async def test_a_new_quote_supersedes_the_open_one(house: House) -> None:
    number = await quoted(house)
    await house.do(OLGA, "quotes.send", number, amount=40_000, note="A little less.")
    assert await house.quotes(number) == {1: "superseded", 2: "sent"}
    order = await house.order(ALICE, number)
    assert (order["quote"]["version"], order["quote"]["amount"]["amount"]) == (2, 40_000)
    assert (await house.entries(number))[-1].data == {"version": 2, "supersedes": 1}
    assert (await house.refused(ALICE, "quotes.approve", number, version=1)).code == "quote_closed"
    await house.do(ALICE, "quotes.approve", number, version=2)


@pytest.mark.parametrize("status", ["sent"])
async def test_the_database_keeps_a_second_open_quote_out(house: House, status: str) -> None:
    number = await quoted(house)
    row = {"order_id": int(number) - FIRST, "version": 2, "seq": 9, "amount": 1, "lines": [], "note": ""}
    times = {"sent_at": datetime.now(UTC), "decided_at": None, "on_behalf": False, "reason": ""}
    with pytest.raises(IntegrityError):
        async with house.db.transaction() as tx:
            await tx.session.execute(insert(Quote).values(row | times | {"status": status}))
    assert await house.quotes(number) == {1: "sent"}


@pytest.mark.parametrize("change", [{"status": "approved"}, {"status": "lost"}, {"amount": 0}])
async def test_the_database_keeps_half_truths_about_quotes_out(house: House, change: dict[str, Any]) -> None:
    number = await quoted(house)
    with pytest.raises(IntegrityError):
        async with house.db.transaction() as tx:
            mine = Quote.order_id == int(number) - FIRST
            await tx.session.execute(update(Quote).where(mine).values(change))


async def test_a_decision_names_the_version_that_was_seen(house: House) -> None:
    number = await quoted(house)
    await house.do(BOB, "quotes.send", number, amount=60_000)
    problem = await house.refused(ALICE, "quotes.approve", number, version=1)
    assert problem.code == "quote_closed"
    assert problem.order is not None
    assert problem.order["quote"]["version"] == 2
    assert problem.order["total"] is None


async def test_an_approval_sets_the_price_and_only_another_approval_changes_it(house: House) -> None:
    number = await quoted(house, 50_000)
    await house.do(ALICE, "quotes.approve", number, version=1)
    assert await _total(house, number) == 50_000
    await house.do(BOB, "quotes.send", number, amount=70_000)
    assert await _total(house, number) == 50_000
    await house.do(ALICE, "quotes.reject", number, version=2)
    assert await _total(house, number) == 50_000
    await house.do(BOB, "quotes.send", number, amount=30_000)
    await house.do(ALICE, "quotes.approve", number, version=3)
    assert await _total(house, number) == 30_000
    await house.do(BOB, "orders.confirm", number)
    assert await _total(house, number) == 30_000


async def test_an_approval_replaces_a_fixed_price_and_leaves_a_plans(house: House) -> None:
    for product, plan in (("plate", None), ("care", 1500)):
        number = await house.place(ALICE, product)
        await house.do(BOB, "quotes.send", number, amount=99)
        await house.do(ALICE, "quotes.approve", number, version=1)
        order = await house.order(ALICE, number)
        assert order["total"]["amount"] == 99
        assert (order["lines"][0]["plan"] or {}).get("price", {}).get("amount") == plan


async def test_lines_add_up_to_the_amount(house: House) -> None:
    lines = [
        {"title": "Wood", "quantity": 3, "unit_price": 1_000},
        {"title": "Gift", "quantity": 1, "unit_price": 0},
    ]
    number = await house.place(ALICE)
    await house.do(BOB, "quotes.send", number, lines=lines)
    quote = (await house.order(ALICE, number))["quote"]
    assert quote["amount"] == {"amount": 3_000, "currency": "EUR"}
    assert [line["unit_price"]["amount"] for line in quote["lines"]] == [1_000, 0]


async def test_a_sent_quote_never_changes(house: House) -> None:
    number = await quoted(house, note="Oak", valid_until="2099-12-31")
    before = (await house.order(ALICE, number))["quote"]
    await house.do(BOB, "quotes.send", number, amount=1)
    await house.do(ALICE, "quotes.reject", number, version=2, reason="Too little")
    async with house.db.read() as session:
        kept = await session.get_one(Quote, (int(number) - FIRST, 1))
    assert (kept.amount, kept.note, kept.valid_until) == (50_000, "Oak", date(2099, 12, 31))
    assert before["amount"]["amount"] == kept.amount


async def test_confirming_waits_for_the_answer(house: House) -> None:
    number = await quoted(house)
    for said in (False, True):
        assert (await house.refused(BOB, "orders.confirm", number, without_quote=said)).code == "quote_open"
    await house.do(BOB, "quotes.cancel", number, version=1)
    assert (await house.refused(BOB, "orders.confirm", number)).code == "conflict"
    await house.do(BOB, "orders.confirm", number, without_quote=True)
    order = await house.order(ALICE, number)
    assert (order["status"], order["without_quote"], order["total"]) == ("confirmed", True, None)


async def test_without_quote_says_nothing_about_an_order_that_has_a_price(house: House) -> None:
    number = await house.place(ALICE)
    await approved(house, number)
    await house.do(BOB, "orders.confirm", number, without_quote=True)
    assert (await house.order(ALICE, number))["without_quote"] is False
    fixed = await house.place(ALICE, "plate")
    await house.do(BOB, "orders.confirm", fixed, without_quote=True)
    assert (await house.order(ALICE, fixed))["without_quote"] is False


@pytest.mark.parametrize("verb", ["approve", "reject"])
async def test_a_decision_on_the_customers_word_is_shown_as_such_and_mailed(house: House, verb: str) -> None:
    number = await quoted(house)
    await house.do(OLGA, "orders.assign", number, member=BOB.email)
    await house.do(OLGA, f"quotes.{verb}", number, version=1, on_behalf=True, reason="By telephone")
    said = (await house.entries(number, "customer"))[-1]
    assert (said.name, said.data["on_behalf"], said.data["reason"]) == ("Olga Orth", True, "By telephone")
    letters = (await house.letters(number))[-2:]
    assert letters == [("quote_decided", BOB.email), ("quote_noted", ALICE.email)]


async def test_a_customers_own_decision_is_never_on_behalf(house: House) -> None:
    number = await quoted(house)
    await house.do(ALICE, "quotes.approve", number, version=1, on_behalf=True)
    assert "on_behalf" not in (await house.entries(number))[-1].data


async def test_a_decision_is_mailed_to_the_assignee_else_to_everybody(house: House) -> None:
    for assignee, readers in ((None, {BOB.email, OLGA.email}), (BOB.email, {BOB.email})):
        number = await quoted(house)
        await house.do(OLGA, "orders.assign", number, member=assignee)
        await house.do(ALICE, "quotes.reject", number, version=1)
        assert {to for kind, to in await house.letters(number) if kind == "quote_decided"} == readers


@pytest.mark.parametrize("by", ["orders.reject", "orders.cancel"])
async def test_an_order_that_ends_takes_its_open_quote_along(house: House, by: str) -> None:
    number = await quoted(house)
    await house.do(BOB if by == "orders.reject" else ALICE, by, number)
    assert await house.quotes(number) == {1: "cancelled"}
    order = await house.order(BOB, number)
    assert (order["quote"], order["awaiting_response"]) == (None, False)
    kinds = [entry.kind for entry in await house.entries(number)]
    assert kinds[-2:] == ["quote_decision", "status"]


# The last day


async def test_the_mail_leads_to_the_card(house: House) -> None:
    number = await house.place(ALICE)
    await awaiting(house, number)
    assert (await house.letters(number))[-1] == ("quote_sent", ALICE.email)


async def _total(house: House, number: str) -> int | None:
    total = (await house.order(BOB, number))["total"]
    return total and int(total["amount"])
