"""Another plan: now, prorated to the day, or from the next period on; what is charged is what was shown."""

from datetime import timedelta
from typing import Any

import pytest

from app.catalogue.model import Plan
from app.catalogue.views import plan_view
from app.demo_bank.faults import switch_on
from app.subscriptions.actions import owed_for
from app.subscriptions.model import Subscription
from tests.cast import ALICE, BOB
from tests.payments.test_renewals import local
from tests.payments.till import DECLINES, Till
from tests.rules.house import House


@pytest.fixture
async def april(house: House, till: Till) -> str:
    """An order whose plan, 30.00 a month, began on 1 April 2027; confirmed that day."""
    await till.card()
    await till.product("basic", await till.plan(3_000))
    async with till.at(local(2027, 4, 1)):
        return await till.confirmed("basic")


async def shown(house: House, key: int, plan: int) -> int:
    """What the page says before the click."""
    async with house.db.read() as session:
        row = await session.get_one(Subscription, key)
        chosen = plan_view(await session.get_one(Plan, plan)).snapshot()
        return owed_for(row, chosen, house.context.shop.today(house.db.clock()))


async def test_more_from_now_on_pays_the_difference_for_the_days_left(
    house: House, till: Till, april: str
) -> None:
    more, key = await till.plan(6_000), (await till.subscription(april)).id
    async with till.at(local(2027, 4, 16)):
        assert await shown(house, key, more) == 1_500
        await house.do(BOB, "subscriptions.change_plan", id=key, plan=more, when="now")
        await till.work()
    assert (await till.statuses(april))[1:] == [("change", 1_500, "succeeded")]
    subscription = await till.subscription(april)
    assert subscription.plan.price.amount == 6_000
    assert subscription.next_charge_at == local(2027, 5, 1, 0)
    await till.work(local(2027, 5, 2))
    assert (await till.statuses(april))[-1] == ("renewal", 6_000, "succeeded")


async def test_less_from_now_on_is_a_credit_for_the_next_periods(
    house: House, till: Till, april: str
) -> None:
    less, key = await till.plan(1_000), (await till.subscription(april)).id
    async with till.at(local(2027, 4, 16)):
        assert await shown(house, key, less) == -1_000
        await house.do(BOB, "subscriptions.change_plan", id=key, plan=less, when="now")
        await till.work()
    assert len(await till.statuses(april)) == 1
    credit = (await till.subscription(april)).credit
    assert credit is not None and credit.amount == 1_000
    await till.work(local(2027, 6, 2))
    assert [amount for _, amount, _ in await till.statuses(april)][1:] == [1_000]  # May by credit alone
    assert (await till.subscription(april)).credit is None


async def test_another_interval_starts_a_period_of_its_own(house: House, till: Till, april: str) -> None:
    year, key = await till.plan(30_000, unit="year"), (await till.subscription(april)).id
    async with till.at(local(2027, 4, 16)):
        assert await shown(house, key, year) == 30_000 - 1_500
        await house.do(BOB, "subscriptions.change_plan", id=key, plan=year, when="now")
        await till.work()
    assert (await till.statuses(april))[-1] == ("change", 28_500, "succeeded")
    assert (await till.subscription(april)).next_charge_at == local(2028, 4, 16, 0)


async def test_at_renewal_nothing_is_charged_before(house: House, till: Till, april: str) -> None:
    week, key = await till.plan(900, unit="week"), (await till.subscription(april)).id
    async with till.at(local(2027, 4, 16)):
        await house.do(BOB, "subscriptions.change_plan", id=key, plan=week, when="renewal")
        await till.work()
    subscription = await till.subscription(april)
    assert (
        subscription.plan.price.amount,
        subscription.next_plan and subscription.next_plan.price.amount,
    ) == (
        3_000,
        900,
    )
    await till.work(local(2027, 5, 1))
    assert (await till.statuses(april))[-1] == ("renewal", 900, "succeeded")
    assert (await till.subscription(april)).next_charge_at == local(2027, 5, 8, 0)


async def test_a_change_that_was_chosen_can_be_taken_back(house: House, till: Till, april: str) -> None:
    other, subscription = await till.plan(900), await till.subscription(april)
    await house.do(BOB, "subscriptions.change_plan", id=subscription.id, plan=other, when="renewal")
    mine = subscription.plan.id
    await house.do(BOB, "plans.retire", id=mine)
    await house.do(BOB, "subscriptions.change_plan", id=subscription.id, plan=mine, when="renewal")
    assert (await till.subscription(april)).next_plan is None


async def test_before_it_has_started_the_plan_is_simply_another(house: House, till: Till) -> None:
    await till.card()
    starts = (house.today() + timedelta(days=10)).isoformat()
    number = await till.confirmed("care", starts_on=starts)
    other, key = await till.plan(900), (await till.subscription(number)).id
    await house.do(BOB, "subscriptions.change_plan", id=key, plan=other, when="now")
    await till.work(days=11)
    assert (await till.statuses(number))[-1] == ("renewal", 900, "succeeded")


async def test_what_is_overdue_has_to_be_settled_first(house: House, till: Till) -> None:
    await till.card(number=DECLINES)
    number = await till.confirmed("care")
    other, key = await till.plan(900), (await till.subscription(number)).id
    problem = await house.refused(BOB, "subscriptions.change_plan", id=key, plan=other, when="now")
    assert problem.code == "conflict"


async def test_a_change_that_is_not_paid_is_overdue(house: House, till: Till, april: str) -> None:
    more, key = await till.plan(6_000), (await till.subscription(april)).id
    await till.card(number=DECLINES)
    async with till.at(local(2027, 4, 16)):
        await house.do(BOB, "subscriptions.change_plan", id=key, plan=more, when="now")
        await till.work()
    assert (await till.subscription(april)).state == "overdue"
    await till.card()
    await till.work(local(2027, 4, 17))
    subscription = await till.subscription(april)
    assert (subscription.state, subscription.next_charge_at) == ("active", local(2027, 5, 1, 0))


async def test_a_change_while_the_renewal_is_charged_is_refused(house: House, till: Till, april: str) -> None:
    more, key = await till.plan(6_000), (await till.subscription(april)).id
    await switch_on(house.db, "slow", seconds=3600)
    async with till.at(local(2027, 5, 1)):
        await till.work()
        problem = await house.refused(BOB, "subscriptions.change_plan", id=key, plan=more, when="now")
    assert problem.code == "conflict"
    await till.work(local(2027, 5, 2))
    assert (await till.statuses(april))[-1] == ("renewal", 3_000, "succeeded")


@pytest.mark.parametrize("plan", ["unknown", "retired", "same"])
async def test_plans_that_cannot_be_chosen(house: House, till: Till, april: str, plan: str) -> None:
    subscription = await till.subscription(april)
    retired = await till.plan(800)
    await house.do(BOB, "plans.retire", id=retired)
    number = {"unknown": 9_999, "retired": retired, "same": subscription.plan.id}[plan]
    data: dict[str, Any] = {"id": subscription.id, "plan": number, "when": "now"}
    problem = await house.refused(BOB, "subscriptions.change_plan", **data)
    assert [error.field for error in problem.errors] == ["plan"]
    assert (await house.refused(ALICE, "subscriptions.change_plan", **data)).code == "forbidden"
