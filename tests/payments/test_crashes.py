"""Whatever breaks between two steps: what was charged in the end is what was owed, once."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.context import Context
from app.db import Transaction
from app.demo_bank.faults import switch_on
from app.demo_bank.gateway import DemoBank
from app.jobs import Worker
from tests.cast import ALICE, BOB, OLGA
from tests.payments.till import DECLINES, PAYS, Till
from tests.rules.house import House

CALLS = ("prepare", "charge", "look_up", "give_up", "refund", "look_up_refund")


class Crash(Exception):
    """The process is gone, here."""


class Crashing:
    """Counts the steps of the cashier, calls and commits alike, and ends the process at some of them."""

    def __init__(self, context: Context, steps: set[int]) -> None:
        self.context = context
        self.steps = steps
        self.count = 0

    def step(self) -> None:
        self.count += 1
        if self.count in self.steps:
            raise Crash(f"step {self.count}")

    def install(self, patch: pytest.MonkeyPatch) -> None:
        for name in CALLS:
            patch.setattr(DemoBank, name, self._around(getattr(DemoBank, name)))
        real, mine = self.context.db.transaction, self

        @asynccontextmanager
        async def transaction(now: datetime | None = None) -> AsyncIterator[Transaction]:
            async with real(now) as tx:
                yield tx
                mine.step()  # before the commit
            mine.step()  # after it

        patch.setattr(self.context.db, "transaction", transaction)

    def _around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        async def called(bank: DemoBank, *args: Any) -> Any:
            self.step()
            answer = await call(bank, *args)
            self.step()
            return answer

        return called


async def run_until_it_is_over(context: Context, now: datetime) -> None:
    """Workers that start anew after every crash, a while later each time."""
    for restart in range(40):
        try:
            await Worker(context).once(now + timedelta(minutes=2 * restart))
        except Crash:
            continue
        if restart > 20:
            return


CHAOS = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
STEPS = st.sets(st.integers(1, 60), max_size=8)


@CHAOS
@given(steps=STEPS)
async def test_a_confirmation_is_charged_once(sqlite_house: House, steps: set[int]) -> None:
    house, till = sqlite_house, Till(sqlite_house)
    await till.card()
    number = await house.place(ALICE, "plate")
    await house.do(BOB, "orders.confirm", number)
    with pytest.MonkeyPatch.context() as patch:
        Crashing(house.context, steps).install(patch)
        await run_until_it_is_over(house.context, house.db.clock())
    await till.work(hours=3)
    assert await till.moved(number) == 4_900
    assert await till.statuses(number) == [("order", 4_900, "succeeded")]
    assert (await house.order(ALICE, number))["payment_status"] == "paid"
    assert len([kind for kind, _ in await house.letters(number) if kind == "payment_received"]) == 1


@CHAOS
@given(steps=STEPS, periods=st.integers(1, 4))
async def test_periods_are_charged_once_each(sqlite_house: House, steps: set[int], periods: int) -> None:
    house, till = sqlite_house, Till(sqlite_house)
    await till.card()
    number = await till.confirmed("care")
    with pytest.MonkeyPatch.context() as patch:
        Crashing(house.context, steps).install(patch)
        await run_until_it_is_over(house.context, house.db.clock() + timedelta(days=31 * periods))
    await till.work(house.db.clock() + timedelta(days=31 * periods, hours=3))
    assert await till.moved(number) == 3_000 + 1_500 * periods
    assert (await till.subscription(number)).state == "active"


@CHAOS
@given(steps=STEPS, amount=st.integers(1, 4_900))
async def test_a_refund_is_given_once(sqlite_house: House, steps: set[int], amount: int) -> None:
    house, till = sqlite_house, Till(sqlite_house)
    await till.card()
    number = await till.confirmed()
    [payment] = await till.payments(number)
    await house.do(OLGA, "payments.refund", number, payment=payment.id, amount=amount, reason="Late")
    with pytest.MonkeyPatch.context() as patch:
        Crashing(house.context, steps).install(patch)
        await run_until_it_is_over(house.context, house.db.clock())
    await till.work(hours=3)
    assert await till.moved(number) == 4_900 - amount
    expected = "refunded" if amount == 4_900 else "partially_refunded"
    assert (await house.order(ALICE, number))["payment_status"] == expected


@CHAOS
@given(steps=STEPS, declines=st.integers(0, 2))
async def test_a_declined_card_is_never_charged_and_the_next_one_once(
    sqlite_house: House, steps: set[int], declines: int
) -> None:
    house, till = sqlite_house, Till(sqlite_house)
    await till.card(number=DECLINES)
    number = await till.confirmed()
    [payment] = await till.payments(number)
    for _ in range(declines):
        await house.do(ALICE, "payments.pay", number, payment=payment.id)
        await till.work()
    await till.card(number=PAYS)
    await house.do(ALICE, "payments.pay", number, payment=payment.id)
    with pytest.MonkeyPatch.context() as patch:
        Crashing(house.context, steps).install(patch)
        await run_until_it_is_over(house.context, house.db.clock())
    await till.work(hours=3)
    assert await till.moved(number) == 4_900
    assert [attempt.status for attempt in await till.attempts(number)] == ["failed"] * (declines + 1) + [
        "succeeded"
    ]


# The bank's own faults


@pytest.mark.parametrize("call", ["prepare", "charge", "look_up"])
@pytest.mark.parametrize("fault", ["away", "late"])
async def test_a_bank_that_does_not_answer_is_asked_again(
    house: House, till: Till, call: str, fault: str
) -> None:
    await till.card()
    number = await house.place(ALICE, "plate")
    await house.do(BOB, "orders.confirm", number)
    await switch_on(house.db, fault, times=3, call=call)
    await till.work()
    await till.work(hours=1)
    await till.work(hours=2)
    await till.work(hours=3)
    assert await till.moved(number) == 4_900
    assert await till.statuses(number) == [("order", 4_900, "succeeded")]


async def test_what_is_not_known_says_so(house: House, till: Till) -> None:
    await till.card()
    number = await house.place(ALICE, "plate")
    await house.do(BOB, "orders.confirm", number)
    await switch_on(house.db, "late", times=1)
    await till.work()
    [payment] = await till.payments(number)
    assert (payment.status, payment.unknown) == ("pending", True)
    assert await till.moved(number) == 4_900  # it has charged, and nobody has heard of it yet
    problem = await house.refused(ALICE, "payments.pay", number, payment=payment.id)
    assert problem.code == "conflict"


async def test_another_amount_than_was_asked_for_settles_nothing(
    house: House, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    await till.card()
    number = await house.place(ALICE, "plate")
    await house.do(BOB, "orders.confirm", number)
    real = DemoBank.charge

    async def other(bank: DemoBank, *args: Any) -> Any:
        return replace(await real(bank, *args), currency="USD")

    monkeypatch.setattr(DemoBank, "charge", other)
    await till.work()
    [payment] = await till.payments(number)
    assert (payment.status, payment.unknown) == ("pending", True)
    [attempt] = await till.attempts(number)
    assert "USD" in attempt.error


async def test_a_bank_that_was_replaced_declines_for_good(
    house: House, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A card that was saved with the demo bank means nothing to Stripe."""
    await till.card()
    number = await house.place(ALICE, "plate")
    await house.do(BOB, "orders.confirm", number)
    monkeypatch.setattr(till.bank, "name", "other", raising=False)
    await till.work()
    [payment] = await till.payments(number)
    assert (payment.status, payment.code) == ("failed", "card_gone")
