"""A plan is charged every period, once, oldest first, whoever runs the worker and whenever."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.jobs import Worker
from app.money_settings import save
from tests.cast import ALICE, BOB, CAROL
from tests.payments.till import DECLINES, Till
from tests.rules.house import House

BERLIN = ZoneInfo("Europe/Berlin")


def local(year: int, month: int, day: int, hour: int = 12) -> datetime:
    return datetime(year, month, day, hour, tzinfo=BERLIN).astimezone(UTC)


async def test_confirming_charges_price_fee_and_first_period_in_one(house: House, till: Till) -> None:
    await till.card()
    await till.product("care+", await till.plan(1_500, upfront_fee=700))
    number = await till.confirmed("care+")
    assert await till.statuses(number) == [("order", 12_200, "succeeded")]
    subscription = await till.subscription(number)
    assert (subscription.state, subscription.collected.amount) == ("active", 12_200)
    assert (await house.order(ALICE, number))["subscription"] == subscription.id


async def test_a_start_ahead_charges_price_and_fee_now_and_the_period_then(house: House, till: Till) -> None:
    await till.card()
    await till.product("care+", await till.plan(1_500, upfront_fee=700))
    starts = house.today() + timedelta(days=20)
    number = await till.confirmed("care+", starts_on=starts.isoformat())
    assert await till.statuses(number) == [("order", 10_700, "succeeded")]
    assert (await till.subscription(number)).state == "scheduled"
    assert await till.listed("scheduled") == [number]
    await till.work(days=21)
    assert (await till.statuses(number))[1:] == [("renewal", 1_500, "succeeded")]
    assert (await till.subscription(number)).state == "active"


async def test_a_year_of_months_starts_on_the_last_day_of_each(house: House, till: Till) -> None:
    await till.card()
    await till.product("care+", await till.plan(1_500))
    async with till.at(local(2027, 1, 31)):
        number = await till.confirmed("care+")
        due = [(await till.subscription(number)).next_charge_at]
        for _ in range(12):
            assert due[-1] is not None
            await till.work(due[-1])
            due.append((await till.subscription(number)).next_charge_at)
    days = [moment.astimezone(BERLIN).date() for moment in due if moment]
    assert days[:3] == [date(2027, 2, 28), date(2027, 3, 31), date(2027, 4, 30)]
    assert days[11] == date(2028, 1, 31)
    assert days[12] == date(2028, 2, 29)
    assert all(moment and moment.astimezone(BERLIN).hour == 0 for moment in due)  # across clock changes
    assert await till.moved(number) == 11_500 + 12 * 1_500


async def test_periods_that_were_missed_are_charged_one_by_one(house: House, till: Till) -> None:
    await till.card()
    await till.product("care+", await till.plan(1_500))
    number = await till.confirmed("care+")
    await till.work(days=95)
    assert [amount for kind, amount, _ in await till.statuses(number) if kind == "renewal"] == [1_500] * 3


async def test_the_first_failure_stops_the_rest(house: House, till: Till) -> None:
    await till.card()
    await till.product("care+", await till.plan(1_500))
    number = await till.confirmed("care+")
    await till.card(number=DECLINES)
    now = house.db.clock() + timedelta(days=95)
    await till.work(now)
    assert [status for kind, _, status in await till.statuses(number) if kind == "renewal"] == ["failed"]
    assert (await till.subscription(number)).state == "overdue"
    assert (await house.order(ALICE, number))["payment_status"] == "paid"


async def test_nothing_is_charged_before_its_day(house: House, till: Till) -> None:
    await till.card()
    async with till.at(local(2027, 3, 10)):
        number = await till.confirmed("care")
        await till.work(local(2027, 4, 9, 23))
        assert len(await till.statuses(number)) == 1
        await till.work(local(2027, 4, 10, 0))
        assert len(await till.statuses(number)) == 2


async def test_a_clock_that_goes_back_charges_nothing_twice(house: House, till: Till) -> None:
    await till.card()
    number = await till.confirmed("care")
    await till.work(days=32)
    for days in (31, -3, 32, 0):
        await till.work(days=days)
    assert [kind for kind, _, _ in await till.statuses(number)] == ["order", "renewal"]


async def test_workers_that_race_charge_each_period_once(postgres_house: House) -> None:
    house, till = postgres_house, Till(postgres_house)
    await till.card()
    numbers = [await till.confirmed("care") for _ in range(5)]
    then = house.db.clock() + timedelta(days=65)
    await asyncio.gather(*(Worker(house.context).once(then) for _ in range(4)))
    await till.work(then)
    for number in numbers:
        assert [kind for kind, _, _ in await till.statuses(number)] == ["order", "renewal", "renewal"]
        assert await till.moved(number) == 3_000 + 2 * 1_500


async def test_cycles_come_to_an_end(house: House, till: Till) -> None:
    await till.card()
    await till.product("course", await till.plan(1_500, cycles=3))
    number = await till.confirmed("course")
    await till.work(days=70)
    assert (await till.subscription(number)).next_charge_at is None
    assert (await till.subscription(number)).state == "active"  # the last period still runs
    await till.work(days=200)
    assert (await till.subscription(number)).state == "ended"
    assert await till.moved(number) == 10_000 + 3 * 1_500
    assert await till.listed("inactive") == [number]


@pytest.mark.parametrize("when", ["now", "period_end"])
async def test_the_team_cancels(house: House, till: Till, when: str) -> None:
    await till.card()
    number = await till.confirmed("care")
    key = (await till.subscription(number)).id
    await house.do(BOB, "subscriptions.cancel", id=key, when=when)
    subscription = await till.subscription(number)
    assert (subscription.state, bool(subscription.cancel_at)) == (
        ("cancelled", False) if when == "now" else ("active", True)
    )
    await till.work(days=40)
    assert (await till.subscription(number)).state == "cancelled"
    assert len(await till.statuses(number)) == 1
    assert (await house.refused(BOB, "subscriptions.cancel", id=key, when="now")).code == "conflict"


async def test_customers_cancel_where_the_shop_allows_it(house: House, till: Till) -> None:
    await till.card()
    number = await till.confirmed("care")
    key = (await till.subscription(number)).id
    assert (await house.refused(CAROL, "subscriptions.cancel", id=key, when="now")).code == "not_found"
    async with house.db.transaction() as tx:
        await save(tx.session, {"customers_may_cancel": "no"})
    assert (await house.refused(ALICE, "subscriptions.cancel", id=key, when="now")).code == "forbidden"
    async with house.db.transaction() as tx:
        await save(tx.session, {"customers_may_cancel": "yes"})
    await house.do(ALICE, "subscriptions.cancel", id=key, when="now")
    assert (await till.subscription(number)).state == "cancelled"
    letters = [to for kind, to in await house.letters(number) if kind == "subscription_cancelled"]
    assert BOB.email in letters and ALICE.email not in letters


async def test_cancelling_the_order_ends_its_subscription(house: House, till: Till) -> None:
    await till.card()
    number = await till.confirmed("care")
    await house.do(BOB, "orders.cancel", number)
    assert (await till.subscription(number)).state == "cancelled"
    await till.work(days=40)
    assert len(await till.statuses(number)) == 1


async def test_one_plan_an_order_and_online_alone(house: House, till: Till) -> None:
    lines = [{"product": house.products["care"], "quantity": quantity} for quantity in (1, 2)]
    for wrong in ([lines[0], lines[0]], [lines[1]]):
        problem = await house.refused(ALICE, "orders.place", lines=wrong, payment_method="online")
        assert problem.code == "invalid"
    problem = await house.refused(ALICE, "orders.place", lines=lines[:1], payment_method="cash")
    assert [error.field for error in problem.errors] == ["payment_method"]
