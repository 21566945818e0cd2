"""Confirming an online order charges its price, once; what the bank moved is what was owed."""

import asyncio
from typing import Any

import pytest

from app.author import NOBODY
from app.demo_bank.faults import switch_on
from tests.cast import ALICE, BOB, CAROL, OLGA
from tests.payments.till import ASKS, DECLINES, PAYS, STOLEN, Till
from tests.push.conftest import chooses
from tests.rules.house import House


async def test_the_saved_card_is_charged(house: House, till: Till) -> None:
    await till.card()
    number = await till.confirmed()
    order = await house.order(ALICE, number)
    assert (order["status"], order["payment_status"], order["turn"]) == ("confirmed", "paid", "none")
    assert await till.moved(number) == 4900
    assert [entry.kind for entry in await house.entries(number)] == ["placed", "status", "payment", "payment"]
    assert ("payment_received", ALICE.email) in await house.letters(number)


async def test_money_that_arrives_is_mailed_to_the_members_who_chose_that(house: House, till: Till) -> None:
    await chooses(house, OLGA, payment_paid=["mail"])
    await till.card()
    letters = await house.letters(await till.confirmed())
    assert [to for kind, to in letters if kind == "payment_received"] == [ALICE.email, OLGA.email]


async def test_until_the_bank_has_answered_it_is_pending(house: House, till: Till) -> None:
    await till.card()
    number = await house.place(ALICE, "plate")
    await house.do(BOB, "orders.confirm", number)
    assert (await house.order(ALICE, number))["payment_status"] == "pending"
    await switch_on(house.db, "slow", seconds=30)
    await till.work()
    assert (await house.order(ALICE, number))["payment_status"] == "pending"
    await till.work(minutes=2)
    assert (await house.order(ALICE, number))["payment_status"] == "paid"
    assert await till.moved(number) == 4900


async def test_the_approved_quote_is_what_is_charged(house: House, till: Till) -> None:
    await till.card()
    number = await house.place(ALICE, "sign")
    await house.do(BOB, "quotes.send", number, amount=48_000)
    await house.do(ALICE, "quotes.approve", number, version=1)
    await house.do(BOB, "orders.confirm", number)
    await till.work()
    assert await till.statuses(number) == [("order", 48_000, "succeeded")]
    assert await till.moved(number) == 48_000


async def test_without_a_quote_nothing_is_charged(house: House, till: Till) -> None:
    await till.card()
    number = await house.place(ALICE, "sign")
    await house.do(BOB, "orders.confirm", number, without_quote=True)
    await till.work()
    assert await till.statuses(number) == []
    assert (await house.order(ALICE, number))["payment_status"] == "unpaid"


async def test_without_a_card_the_customer_is_asked_in_the_chat(house: House, till: Till) -> None:
    number = await till.confirmed()
    order = await house.order(ALICE, number)
    assert (order["status"], order["payment_status"], order["turn"]) == ("confirmed", "unpaid", "none")
    [payment] = await till.payments(number)
    assert (payment.status, payment.code) == ("due", "no_card")
    assert payment.seq == (await house.entries(number, "customer"))[-1].seq
    problem = await house.refused(ALICE, "payments.pay", number, payment=payment.id)
    assert [error.code for error in problem.errors] == ["no_card"]
    await till.card()
    await house.do(ALICE, "payments.pay", number, payment=payment.id)
    await till.work()
    assert (await house.order(ALICE, number))["payment_status"] == "paid"


async def test_a_decline_leaves_the_order_confirmed_and_asks_the_customer(house: House, till: Till) -> None:
    await till.card(number=DECLINES)
    number = await till.confirmed()
    order = await house.order(ALICE, number)
    assert (order["status"], order["payment_status"], order["turn"]) == ("confirmed", "failed", "customer")
    letters = [to for kind, to in await house.letters(number) if kind == "payment_failed"]
    assert sorted(letters) == [ALICE.email, BOB.email, OLGA.email]
    assert await till.moved(number) == 0


async def test_another_card_pays_what_the_first_did_not(house: House, till: Till) -> None:
    await till.card(number=DECLINES)
    number = await till.confirmed()
    await till.card(number=PAYS)
    [payment] = await till.payments(number)
    await house.do(ALICE, "payments.pay", number, payment=payment.id)
    await till.work()
    order = await house.order(ALICE, number)
    assert (order["payment_status"], order["turn"]) == ("paid", "none")
    assert [attempt.status for attempt in await till.attempts(number)] == ["failed", "succeeded"]
    assert len({attempt.key for attempt in await till.attempts(number)}) == 2
    assert await till.moved(number) == 4900


async def test_what_the_bank_wants_approved_waits_for_the_customer(house: House, till: Till) -> None:
    await till.card(number=ASKS)
    number = await till.confirmed()
    [payment] = await till.payments(number)
    assert (payment.status, payment.code) == ("failed", "authentication_required")
    await house.do(ALICE, "payments.pay", number, payment=payment.id)
    await till.work()
    [payment] = await till.payments(number)
    assert payment.status == "action"
    assert (await house.refused(ALICE, "payments.pay", number, payment=payment.id)).code == "conflict"


async def test_an_approval_that_nobody_gives_ends(house: House, till: Till) -> None:
    await till.card(number=ASKS)
    number = await till.confirmed()
    [payment] = await till.payments(number)
    await house.do(ALICE, "payments.pay", number, payment=payment.id)
    await till.work()
    await till.work(minutes=31)
    [payment] = await till.payments(number)
    assert (payment.status, await till.moved(number)) == ("failed", 0)


async def test_a_guests_order_never_uses_the_accounts_card(house: House, till: Till) -> None:
    """Else anybody who knows her address could order on her card."""
    await till.card()
    line = {"product": house.products["plate"], "quantity": 1}
    done = await house.do(
        NOBODY, "orders.place", None, lines=[line], payment_method="online", customer={"email": ALICE.email}
    )
    number = str((done.order_id or 0) + 1000)
    await house.do(BOB, "orders.confirm", number)
    await till.work()
    assert await till.moved(number) == 0
    guest = await house.guest(number)
    [payment] = await till.payments(number)
    assert (await house.refused(guest, "payments.pay", number, payment=payment.id)).code == "invalid"
    await house.do(ALICE, "payments.pay", number, payment=payment.id)  # she herself may
    await till.work()
    assert await till.moved(number) == 4900


async def test_a_strangers_payment_is_not_found(house: House, till: Till) -> None:
    number = await till.confirmed()
    [payment] = await till.payments(number)
    await till.card(CAROL)
    assert (await house.refused(CAROL, "payments.pay", number, payment=payment.id)).code == "not_found"
    hers = await house.place(CAROL, "plate")
    assert (await house.refused(CAROL, "payments.pay", hers, payment=payment.id)).code == "not_found"
    assert (await house.refused(BOB, "payments.pay", number, payment=payment.id)).code == "forbidden"


async def test_paying_twice_at_once_charges_once(house: House, till: Till) -> None:
    number = await till.confirmed()
    [payment] = await till.payments(number)
    await till.card()

    async def pay() -> str:
        try:
            await house.do(ALICE, "payments.pay", number, payment=payment.id)
        except Exception as error:
            return str(getattr(error, "code", error))
        return "paid"

    assert sorted(await asyncio.gather(pay(), pay(), pay())) == ["conflict", "conflict", "paid"]
    await asyncio.gather(*(till.work() for _ in range(3)))
    assert await till.moved(number) == 4900


@pytest.mark.parametrize("method", ["bank_transfer", "cash", "invoice"])
async def test_what_comes_in_otherwise_is_recorded(house: House, till: Till, method: str) -> None:
    number = await till.confirmed(payment_method=method)
    assert await till.statuses(number) == []
    await house.do(BOB, "payments.record", number, amount=1_900, note="First half")
    assert (await house.order(ALICE, number))["payment_status"] == "unpaid"
    await house.do(BOB, "payments.record", number, amount=3_000)
    assert (await house.order(ALICE, number))["payment_status"] == "paid"
    assert [one.receipt for one in await till.payments(number)] == [1, 2]
    tomorrow = house.today().replace(year=house.today().year + 1).isoformat()
    problem = await house.refused(BOB, "payments.record", number, amount=1, received_on=tomorrow)
    assert [error.field for error in problem.errors] == ["received_on"]


async def test_online_payments_are_not_recorded_by_hand(house: House, till: Till) -> None:
    number = await till.confirmed()
    assert (await house.refused(BOB, "payments.record", number, amount=4_900)).code == "conflict"


async def test_another_method_withdraws_what_was_asked_for_online(house: House, till: Till) -> None:
    await till.card(number=STOLEN)
    number = await till.confirmed()
    await house.do(BOB, "orders.set_payment_method", number, payment_method="cash")
    assert await till.statuses(number) == [("order", 4_900, "withdrawn")]
    assert (await house.order(ALICE, number))["payment_status"] == "unpaid"
    await house.do(BOB, "orders.set_payment_method", number, payment_method="online")
    assert (await till.statuses(number))[-1] == ("order", 4_900, "due")
    await till.work()
    assert await till.moved(number) == 0  # the customer pays, nobody charges them behind their back


async def test_cancelling_asks_for_nothing_any_more(house: House, till: Till) -> None:
    number = await till.confirmed()
    await house.do(BOB, "orders.cancel", number)
    assert await till.statuses(number) == [("order", 4_900, "withdrawn")]


async def test_confirming_again_charges_only_what_is_still_owed(house: House, till: Till) -> None:
    await till.card()
    number = await till.confirmed()
    [payment] = await till.payments(number)
    await house.do(OLGA, "payments.refund", number, payment=payment.id, amount=1_000, reason="Scratched")
    await till.work()
    await house.do(BOB, "orders.cancel", number)
    await house.do(BOB, "orders.reopen", number)
    await house.do(BOB, "orders.confirm", number)
    await till.work()
    assert await till.moved(number) == 4_900


async def test_tax_that_is_not_in_the_price_comes_on_top(house: House, till: Till) -> None:
    await till.card()
    data: dict[str, Any] = {
        "title": "Net",
        "pricing": "fixed",
        "price": 10_001,
        "tax_rate": "19",
        "tax_included": False,
    }
    done = await house.do(BOB, "products.create", **data)
    house.products["net"] = done.body["product"]["id"]
    number = await till.confirmed("net")
    assert (await house.order(ALICE, number))["total"]["amount"] == 11_901
    assert await till.moved(number) == 11_901
    [payment] = await till.payments(number)
    assert [(rate, tax.amount) for rate, tax in payment.taxes] == [("19", 1_900)]
