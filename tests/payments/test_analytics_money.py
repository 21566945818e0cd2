"""The figures of money that moves by itself: charges, subscriptions, dunning, refunds."""

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from app.analytics.ranges import Range
from app.analytics.reports import subscription_counts
from app.payments.model import Payment
from app.subscriptions.model import Subscription
from tests.cast import ALICE, BOB, CAROL, OLGA
from tests.payments.till import DECLINES, PAYS, STOLEN, Till
from tests.rules.figures import figures
from tests.rules.house import House


async def around(house: House, **later: float) -> dict[str, Any]:
    """The figures of the week around a moment ahead."""
    day = house.today() + timedelta(**later)
    return await figures(house, Range(day - timedelta(days=3), day + timedelta(days=3)))


async def test_a_charge_is_collected_once_it_succeeds(house: House, till: Till) -> None:
    number = await house.place(ALICE, "plate")
    await house.do(BOB, "orders.confirm", number)
    found = await figures(house)
    assert (found["confirmed"], found["collected"], found["open"]) == (4900, 0, 4900)
    await till.card()
    await house.do(ALICE, "payments.pay", number, payment=(await till.payments(number))[0].id)
    await till.work()
    found = await figures(house)
    assert (found["confirmed"], found["collected"], found["open"]) == (4900, 4900, 0)
    assert found["recovered"] == 0  # that was no subscription's


async def test_a_declined_charge_stays_open(house: House, till: Till) -> None:
    await till.card(number=DECLINES)
    await till.confirmed("plate")
    found = await figures(house)
    assert (found["confirmed"], found["collected"], found["open"]) == (4900, 0, 4900)


async def test_the_first_period_and_the_fee_are_collected_but_pay_for_no_price(
    house: House, till: Till
) -> None:
    await till.product("kit", await till.plan(700, upfront_fee=300))
    await till.card()
    await till.confirmed("kit")
    found = await figures(house)
    assert (found["confirmed"], found["collected"], found["open"]) == (10_000, 11_000, 0)
    assert found["mrr"] == 700


async def test_what_the_bank_gave_back_is_collected_no_longer(house: House, till: Till) -> None:
    await till.card()
    number = await till.confirmed("plate")
    payment = (await till.payments(number))[0].id
    await house.do(OLGA, "payments.refund", number, payment=payment, amount=900, reason="Dent")
    assert (await figures(house))["collected"] == 4900  # it is only on its way
    await till.work()
    assert (await figures(house))["collected"] == 4000


async def test_plans_add_up_to_what_a_month_brings(house: House, till: Till) -> None:
    await till.product("yearly", await till.plan(12_000, unit="year"))
    await till.product("weekly", await till.plan(1000, every=2, unit="week"))
    await till.card()
    for product in ("care", "yearly", "weekly"):
        await till.confirmed(product)
    ahead = (house.today() + timedelta(days=9)).isoformat()
    await till.confirmed("care", starts_on=ahead)  # scheduled: it brings nothing yet
    assert (await figures(house))["mrr"] == 1500 + 1000 + 2174  # 1000 every 14 of 30.4375 days
    await till.work(days=10)
    found = await figures(house)
    assert (found["mrr"], found["before"]["mrr"]) == (6174, 0)


async def test_what_a_month_brought_is_known_of_the_end_of_the_range_before(house: House, till: Till) -> None:
    await till.card()
    await till.confirmed("care")
    assert (await around(house, days=9))["before"]["mrr"] == 1500
    assert (await around(house, days=3))["before"]["mrr"] == 0


async def test_another_plan_another_value(house: House, till: Till) -> None:
    await till.card()
    subscription = await till.subscription(await till.confirmed("care"))
    plan = await till.plan(2500)
    await house.do(BOB, "subscriptions.change_plan", id=subscription.id, plan=plan, when="now")
    assert (await figures(house))["mrr"] == 2500
    other = await till.plan(100)
    await house.do(BOB, "subscriptions.change_plan", id=subscription.id, plan=other, when="renewal")
    assert (await figures(house))["mrr"] == 2500
    await till.work(days=32)
    assert (await figures(house))["mrr"] == 100
    await house.do(BOB, "subscriptions.cancel", id=subscription.id, when="now")
    assert (await figures(house))["mrr"] == 0


async def test_overdue_and_recovered(house: House, till: Till) -> None:
    await till.card()
    number = await till.confirmed("care")
    await till.card(number=DECLINES)
    await till.work(days=32)
    found = await around(house, days=32)
    assert found["overdue"] == {"count": 1, "amount": 1500}
    assert (found["collected"], found["recovered"], found["mrr"]) == (0, 0, 1500)
    await till.card(number=PAYS)
    await till.work(days=33)
    found = await around(house, days=33)
    assert found["overdue"] == {"count": 0, "amount": 0}
    assert (found["collected"], found["recovered"]) == (1500, 1500)
    assert (await till.subscription(number)).state == "active"
    assert (await around(house, days=70))["before"]["overdue"] == {"count": 0, "amount": 0}


async def test_without_a_card_it_is_overdue_from_the_start_and_recovers_when_paid(
    house: House, till: Till
) -> None:
    number = await till.confirmed("care")
    found = await figures(house)
    assert found["overdue"] == {"count": 1, "amount": 3000}
    assert (found["confirmed"], found["open"]) == (1500, 1500)
    await till.card()
    await house.do(ALICE, "payments.pay", number, payment=(await till.payments(number))[0].id)
    await till.work()
    found = await figures(house)
    assert (found["overdue"]["count"], found["recovered"], found["collected"]) == (0, 3000, 3000)


async def test_given_up_it_is_neither_overdue_nor_recurring(house: House, till: Till) -> None:
    await till.card()
    await till.confirmed("care")
    await till.card(number=STOLEN)
    await till.work(days=32)
    await till.work(days=60)
    found = await around(house, days=60)
    assert (found["overdue"], found["mrr"]) == ({"count": 0, "amount": 0}, 0)


async def test_the_tallies_of_subscriptions_are_what_counting_gives(house: House, till: Till) -> None:
    other = await till.plan(900, cycles=2)
    await till.product("short", other)
    for who, number in ((ALICE, PAYS), (CAROL, DECLINES)):
        await till.card(who, number)
        for product in ("care", "short"):
            await till.confirmed(product, who)
    for days in range(0, 100, 5):
        await till.work(days=days)
        await _compare(house)


async def _compare(house: House) -> None:
    owing = Payment.status.in_(("due", "pending", "failed"))
    late = select(func.coalesce(func.sum(Payment.amount), 0)).join(Subscription)
    async with house.db.read() as session:
        tallied = await subscription_counts(session)
        counted = select(Subscription.state, func.count()).group_by(Subscription.state)
        found: Any = await session.execute(counted)
        by_hand = dict(tuple(row) for row in found)
        owed = await session.scalar(late.where(Subscription.state == "overdue", owing))
        live = await session.scalars(
            select(Subscription).where(Subscription.state.in_(("active", "overdue")))
        )
        monthly = sum(one.plan["price"] for one in live)
    assert {state: number for state, number in tallied.items() if number} == by_hand
    shown = await figures(house)
    assert (shown["overdue"]["amount"], shown["mrr"]) == (owed, monthly)
