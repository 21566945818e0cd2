"""Faults of the demo bank: what tests switch on befalls so many calls, in whatever process, and no more."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from app.db import Database
from app.demo_bank.faults import switch_on
from app.demo_bank.gateway import DemoBank
from app.payments.gateway import GatewayAway, Outcome
from tests.payments.test_demo_bank import DECLINES, PAYS, charge_of, events, prepared, refusal, saved
from tests.rules.house import SECRET, House


@pytest.fixture
async def elsewhere(house: House) -> AsyncIterator[DemoBank]:
    """The same bank, reached from another process."""
    db = Database(house.context.settings.database_url)
    db.shop = house.db.shop
    yield DemoBank(db, SECRET, "http://127.0.0.1:8000")
    await db.close()


def later(house: House, seconds: float) -> None:
    """Put the clock forward."""
    then = house.db.clock() + timedelta(seconds=seconds)
    house.db.clock = lambda: then


async def test_away_does_nothing(bank: DemoBank) -> None:
    ref = await prepared(bank)
    await switch_on(bank.db, "away", times=2)
    for _ in range(2):
        with pytest.raises(GatewayAway):
            await bank.charge(ref, "a", None)
    assert (await bank.look_up(ref)).status == "prepared"
    assert (await bank.charge(ref, "a", None)).status == "succeeded"


async def test_every_call_can_meet_a_bank_that_is_away(bank: DemoBank) -> None:
    card = await saved(bank)
    wanted = charge_of(card)
    ref = await bank.prepare(wanted)
    await switch_on(bank.db, "away", times=7)
    for doing in (
        bank.prepare(wanted), bank.charge(ref, "a", None), bank.look_up(ref), bank.give_up(ref),
        bank.refund(ref, 1, "r"), bank.forget(card), bank.save(PAYS, "k"),
    ):  # fmt: skip
        with pytest.raises(GatewayAway):
            await doing
    assert (await bank.look_up(ref)).status == "prepared"


async def test_late_charges_and_then_breaks_off(bank: DemoBank) -> None:
    await switch_on(bank.db, "late")
    ref = await prepared(bank)  # moves no money, so it is not what breaks off
    with pytest.raises(GatewayAway):
        await bank.charge(ref, "a", None)
    assert (await bank.look_up(ref)).status == "succeeded"
    assert (await bank.charge(ref, "a", None)).status == "succeeded"
    assert await events(bank, ref) == 1


async def test_late_refunds_once(bank: DemoBank) -> None:
    ref = await prepared(bank, amount=1000)
    await bank.charge(ref, "a", None)
    await switch_on(bank.db, "late")
    with pytest.raises(GatewayAway):
        await bank.refund(ref, 600, "r")
    assert (await bank.refund(ref, 600, "r")).status == "succeeded"
    assert await refusal(bank.refund(ref, 600, "other")) == "refund_too_large"


async def test_a_fault_can_be_meant_for_one_call(bank: DemoBank) -> None:
    wanted = charge_of(await saved(bank))
    await switch_on(bank.db, "late", call="prepare")
    await switch_on(bank.db, "away", call="look_up")
    with pytest.raises(GatewayAway):
        await bank.prepare(wanted)
    ref = await bank.prepare(wanted)
    assert (await bank.charge(ref, "a", None)).status == "succeeded"
    with pytest.raises(GatewayAway):
        await bank.look_up(ref)
    assert (await bank.look_up(ref)).status == "succeeded"


@pytest.mark.parametrize(("number", "status"), [(PAYS, "succeeded"), (DECLINES, "failed")])
async def test_slow_answers_later(house: House, bank: DemoBank, number: str, status: str) -> None:
    ref = await prepared(bank, number)
    await switch_on(bank.db, "slow", seconds=5)
    assert (await bank.charge(ref, "a", None)).status == "processing"
    assert (await bank.charge(ref, "a", None)).status == "processing"
    assert await events(bank, ref) == 0
    later(house, 4)
    assert (await bank.look_up(ref)).status == "processing"
    later(house, 1)
    assert (await bank.look_up(ref)).status == status
    assert await events(bank, ref) == 1


async def test_a_slow_charge_can_be_given_up_until_it_is_there(house: House, bank: DemoBank) -> None:
    early, late = await prepared(bank), await prepared(bank)
    await switch_on(bank.db, "slow", times=2, seconds=5)
    for ref in (early, late):
        await bank.charge(ref, f"a{ref}", None)
    assert (await bank.give_up(early)).status == "failed"
    later(house, 5)
    assert (await bank.look_up(early)).status == "failed"
    assert (await bank.give_up(late)).status == "succeeded"


async def test_a_slow_refund(house: House, bank: DemoBank) -> None:
    ref = await prepared(bank)
    await bank.charge(ref, "a", None)
    await switch_on(bank.db, "slow", seconds=5, call="refund")
    refund = await bank.refund(ref, 100, "r")
    assert refund.status == "processing"
    later(house, 5)
    assert (await bank.look_up_refund(refund.ref)).status == "succeeded"
    assert await events(bank, refund.ref) == 1


async def test_hang_waits_and_then_does_it(bank: DemoBank) -> None:
    ref = await prepared(bank)
    await switch_on(bank.db, "hang", seconds=0.3)
    began = time.monotonic()
    assert (await bank.charge(ref, "a", None)).status == "succeeded"
    assert time.monotonic() - began >= 0.3


async def test_who_does_not_wait_for_a_hanging_bank_has_charged_nothing(bank: DemoBank) -> None:
    ref = await prepared(bank)
    await switch_on(bank.db, "hang", seconds=60)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await bank.charge(ref, "a", None)
    assert (await bank.look_up(ref)).status == "prepared"


async def test_a_fault_is_used_up_in_whatever_process(bank: DemoBank, elsewhere: DemoBank) -> None:
    ref = await prepared(bank)
    await switch_on(bank.db, "away", times=3)
    doing = [each.look_up(ref) for _ in range(8) for each in (bank, elsewhere)]
    results = await asyncio.gather(*doing, return_exceptions=True)
    assert sum(isinstance(result, GatewayAway) for result in results) == 3
    assert sum(isinstance(result, Outcome) for result in results) == 13


async def test_a_fault_is_switched_off(bank: DemoBank) -> None:
    ref = await prepared(bank)
    await switch_on(bank.db, "away", times=3)
    await switch_on(bank.db, "away", times=0)
    assert (await bank.look_up(ref)).status == "prepared"
