"""Refunds, requests and receipts: never more than was paid, by the owner alone, numbered without holes."""

import asyncio
from typing import Any

import pytest

from app.demo_bank.faults import switch_on
from tests.cast import ALICE, BOB, CAROL, OLGA
from tests.payments.till import DECLINES, Till
from tests.rules.house import House


@pytest.fixture
async def paid(house: House, till: Till) -> tuple[str, int]:
    """A paid order of 49.00, and its payment."""
    await till.card()
    number = await till.confirmed()
    return number, (await till.payments(number))[0].id


async def test_part_and_then_the_rest(house: House, till: Till, paid: tuple[str, int]) -> None:
    number, key = paid
    await house.do(OLGA, "payments.refund", number, payment=key, amount=1_500, reason="Scratched")
    await till.work()
    assert (await house.order(ALICE, number))["payment_status"] == "partially_refunded"
    await house.do(OLGA, "payments.refund", number, payment=key, reason="And bent")
    await till.work()
    assert (await house.order(ALICE, number))["payment_status"] == "refunded"
    assert await till.moved(number) == 0
    shown = [entry.data for entry in await house.entries(number, "customer") if entry.kind == "payment"]
    reasons = [data.get("reason") for data in shown if data["status"] == "refunded"]
    assert reasons == ["Scratched", "And bent"]
    assert [kind for kind, _ in await house.letters(number)].count("payment_refunded") == 2
    assert (
        await house.refused(OLGA, "payments.refund", number, payment=key, reason="More")
    ).code == "conflict"


async def test_never_more_than_was_paid(house: House, till: Till, paid: tuple[str, int]) -> None:
    number, key = paid
    for amount in (4_901, 10**12):
        problem = await house.refused(OLGA, "payments.refund", number, payment=key, amount=amount, reason="x")
        assert [error.field for error in problem.errors] == ["amount"]

    async def refund() -> str:
        try:
            await house.do(OLGA, "payments.refund", number, payment=key, amount=3_000, reason="Twice")
        except Exception as error:
            return str(getattr(error, "code", error))
        return "refunded"

    assert sorted(await asyncio.gather(refund(), refund())) == ["invalid", "refunded"]
    await till.work()
    assert await till.moved(number) == 1_900


async def test_the_owner_alone_and_with_a_reason(house: House, till: Till, paid: tuple[str, int]) -> None:
    number, key = paid
    for who, code in ((BOB, "forbidden"), (ALICE, "forbidden"), (CAROL, "not_found")):
        assert (await house.refused(who, "payments.refund", number, payment=key, reason="x")).code == code
    assert (await house.refused(OLGA, "payments.refund", number, payment=key)).code == "invalid"
    other = await house.place(CAROL, "plate")
    problem = await house.refused(OLGA, "payments.refund", other, payment=key, reason="x")
    assert problem.code == "not_found"


async def test_a_refund_whose_answer_was_lost_is_given_once(
    house: House, till: Till, paid: tuple[str, int]
) -> None:
    number, key = paid
    await switch_on(house.db, "late", call="refund")
    await house.do(OLGA, "payments.refund", number, payment=key, amount=900, reason="Late")
    await till.work()
    assert (await house.order(ALICE, number))["payment_status"] == "paid"
    await till.work(hours=1)
    assert (await house.order(ALICE, number))["payment_status"] == "partially_refunded"
    assert await till.moved(number) == 4_000


async def test_cash_is_given_back_by_hand(house: House, till: Till) -> None:
    number = await till.confirmed(payment_method="cash")
    await house.do(BOB, "payments.record", number, amount=4_900)
    [payment] = await till.payments(number)
    await house.do(OLGA, "payments.refund", number, payment=payment.id, reason="Returned")
    assert (await house.order(ALICE, number))["payment_status"] == "refunded"


async def test_a_request_is_payable_until_paid(house: House, till: Till, paid: tuple[str, int]) -> None:
    number, _ = paid
    await house.do(BOB, "payments.request", number, amount=2_500, text="Express delivery")
    asked = (await till.payments(number))[-1]
    assert ("payment_requested", ALICE.email) in await house.letters(number)
    await house.do(ALICE, "payments.pay", number, payment=asked.id)
    await till.work()
    assert (await till.statuses(number))[-1] == ("request", 2_500, "succeeded")
    assert await till.moved(number) == 7_400
    assert (await house.refused(ALICE, "payments.pay", number, payment=asked.id)).code == "conflict"
    assert (await house.refused(BOB, "payments.withdraw", number, payment=asked.id)).code == "conflict"


async def test_a_request_can_be_withdrawn_and_is_then_closed(
    house: House, till: Till, paid: tuple[str, int]
) -> None:
    number, own = paid
    await house.do(BOB, "payments.request", number, amount=2_500, text="Express delivery")
    asked = (await till.payments(number))[-1]
    await house.do(OLGA, "payments.withdraw", number, payment=asked.id)
    assert (await house.refused(ALICE, "payments.pay", number, payment=asked.id)).code == "conflict"
    assert (await house.order(ALICE, number))["payment_status"] == "paid"
    assert (await house.refused(BOB, "payments.withdraw", number, payment=own)).code == "conflict"


async def test_what_an_order_owes_is_not_withdrawn_by_hand(house: House, till: Till) -> None:
    number = await till.confirmed()
    [payment] = await till.payments(number)
    assert (await house.refused(BOB, "payments.withdraw", number, payment=payment.id)).code == "conflict"


@pytest.mark.parametrize("amount", [0, -1, 10**12 + 1, 1.5, "100", True, None])
async def test_amounts_that_are_none(house: House, till: Till, amount: object) -> None:
    number = await till.confirmed(payment_method="cash")
    more: dict[str, dict[str, Any]] = {"payments.request": {"text": "x"}, "payments.record": {}}
    for verb, data in more.items():
        problem = await house.refused(BOB, verb, number, **data, amount=amount)
        assert [error.field for error in problem.errors] == ["amount"], verb


async def test_receipts_are_numbered_without_holes(house: House, till: Till) -> None:
    """Also when several are paid at once and some are declined in between."""
    numbers = []
    for index in range(6):
        await till.card(number=DECLINES if index % 3 == 2 else "4242424242424242")
        number = await house.place(ALICE, "plate")
        await house.do(BOB, "orders.confirm", number)
        numbers.append(number)
        await till.work()
    found = [payment.receipt for number in numbers for payment in await till.payments(number)]
    assert sorted(number for number in found if number is not None) == [1, 2, 3, 4]


async def test_the_same_cid_refunds_once(house: House, till: Till, paid: tuple[str, int]) -> None:
    number, key = paid
    cid = "5e4f6a10-0000-4000-8000-000000000001"
    data = {"payment": key, "amount": 100, "reason": "Once"}
    first = await house.do(OLGA, "payments.refund", number, cid, **data)
    again = await house.do(OLGA, "payments.refund", number, cid, **data)
    assert first.seq == again.seq
    await till.work()
    assert await till.moved(number) == 4_800
