"""A charge that fails makes a subscription overdue: tried again on the shop's days, then it is over."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from app.money_settings import save
from app.payments.model import Card
from tests.cast import ALICE, BOB
from tests.payments.till import DECLINES, PAYS, STOLEN, Till
from tests.rules.house import House


@pytest.fixture
async def overdue(house: House, till: Till) -> tuple[str, datetime]:
    """An order whose second month was declined, and when that was."""
    await till.card()
    number = await till.confirmed("care")
    await till.card(number=DECLINES)
    then = house.db.clock() + timedelta(days=32)
    await till.work(then)
    return number, then


async def test_it_is_tried_again_after_1_3_5_and_7_days(
    house: House, till: Till, overdue: tuple[str, datetime]
) -> None:
    number, then = overdue
    for day in range(8):
        await till.work(then + timedelta(days=day))
        tries = 1 + sum(day >= retry for retry in (1, 3, 5, 7))
        assert len(await till.attempts(number)) - 1 == tries, f"after {day} days"
        assert (await till.subscription(number)).state == ("cancelled" if day == 7 else "overdue")
    letters = [to for kind, to in await house.letters(number) if kind == "payment_failed"]
    assert letters.count(ALICE.email) == 5
    entries = await house.entries(number, "customer")
    assert sum(entry.kind == "payment" and entry.data["status"] == "failed" for entry in entries) == 5
    assert (await till.statuses(number))[-1] == ("renewal", 1_500, "withdrawn")
    assert await till.listed("inactive") == [number]


async def test_retries_that_no_worker_made_are_made_up_for_by_one(
    till: Till, overdue: tuple[str, datetime]
) -> None:
    number, then = overdue
    await till.work(then + timedelta(days=40))
    assert len(await till.attempts(number)) == 3
    assert (await till.subscription(number)).state == "cancelled"


async def test_a_retry_that_succeeds_recovers_it(
    house: House, till: Till, overdue: tuple[str, datetime]
) -> None:
    number, then = overdue
    await till.card(number=PAYS)
    await till.work(then + timedelta(days=1))
    subscription = await till.subscription(number)
    assert (subscription.state, subscription.failed_at) == ("active", None)
    assert [entry.data["event"] for entry in await house.entries(number) if entry.kind == "subscription"] == [
        "started",
        "overdue",
        "recovered",
    ]
    await till.work(then + timedelta(days=10))
    assert await till.moved(number) == 3_000 + 1_500


async def test_the_customer_pays_in_the_chat(house: House, till: Till, overdue: tuple[str, datetime]) -> None:
    number, then = overdue
    await till.card(number=PAYS)
    payment = (await till.payments(number))[-1]
    async with till.at(then + timedelta(hours=5)):
        await house.do(ALICE, "payments.pay", number, payment=payment.id)
        await till.work()
    assert (await till.subscription(number)).state == "active"
    order = await house.order(ALICE, number)
    assert (order["payment_status"], order["turn"]) == ("paid", "none")


async def test_the_customers_own_failure_uses_up_no_retry(
    house: House, till: Till, overdue: tuple[str, datetime]
) -> None:
    number, then = overdue
    payment = (await till.payments(number))[-1]
    async with till.at(then + timedelta(hours=5)):
        await house.do(ALICE, "payments.pay", number, payment=payment.id)
        await till.work()
    due = (await till.subscription(number)).next_charge_at
    assert due == then + timedelta(days=1)


async def test_a_hard_decline_is_not_tried_again(house: House, till: Till) -> None:
    await till.card(number=STOLEN)
    now = house.db.clock()
    async with till.at(now):
        number = await till.confirmed("care")
    for day in range(7):
        await till.work(now + timedelta(days=day))
    assert len(await till.attempts(number)) == 1
    assert (await till.subscription(number)).state == "overdue"
    await till.work(now + timedelta(days=7))
    assert len(await till.attempts(number)) == 1
    assert (await till.subscription(number)).state == "cancelled"


async def test_the_shop_chooses_the_days(house: House, till: Till) -> None:
    async with house.db.transaction() as tx:
        await save(tx.session, {"retry_days": "2"})
    await till.card(number=DECLINES)
    now = house.db.clock()
    async with till.at(now):
        number = await till.confirmed("care")
    await till.work(now + timedelta(days=1))
    assert len(await till.attempts(number)) == 1
    await till.work(now + timedelta(days=2))
    assert (await till.subscription(number)).state == "cancelled"


async def test_a_first_payment_that_never_comes_leaves_the_one_off_price_to_pay(
    house: House, till: Till
) -> None:
    """The subscription is over, so its first period is asked for no longer."""
    await till.card(number=DECLINES)
    now = house.db.clock()
    async with till.at(now):
        number = await till.confirmed("care")
    assert await till.statuses(number) == [("order", 3_000, "failed")]
    await till.work(now + timedelta(days=8))
    assert await till.statuses(number) == [("order", 3_000, "withdrawn"), ("order", 1_500, "due")]
    await till.card(number=PAYS)
    payment = (await till.payments(number))[-1]
    await house.do(ALICE, "payments.pay", number, payment=payment.id)
    await till.work()
    assert await till.moved(number) == 1_500
    assert (await till.subscription(number)).state == "cancelled"
    assert (await house.order(BOB, number))["payment_status"] == "paid"


async def test_a_card_that_was_removed_counts_as_a_failure(house: House, till: Till) -> None:
    await till.card()
    number = await till.confirmed("care")
    async with house.db.transaction() as tx:
        await tx.session.execute(update(Card).values(removed_at=tx.now))
    await till.work(days=32)
    assert (await till.statuses(number))[-1] == ("renewal", 1_500, "due")
    assert (await till.subscription(number)).state == "overdue"
    assert ("payment_failed", ALICE.email) in await house.letters(number)
