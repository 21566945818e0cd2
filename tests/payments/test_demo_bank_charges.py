"""The demo bank moves money once: charges in two steps, approvals, refunds."""

import asyncio
from dataclasses import replace

import pytest

from app.demo_bank.gateway import DemoBank
from app.demo_bank.model import BankCharge
from app.payments.gateway import Gateway, GatewayRefused
from tests.payments.test_demo_bank import (
    ASKS,
    BACK,
    DECLINES,
    charge_of,
    charged,
    decide,
    events,
    prepared,
    refusal,
    saved,
)

# Charging


async def test_the_same_key_prepares_the_same_charge(bank: DemoBank) -> None:
    wanted = charge_of(await saved(bank))
    refs = await asyncio.gather(*[bank.prepare(wanted) for _ in range(5)])
    assert len(set(refs)) == 1
    assert (await bank.look_up(refs[0])).status == "prepared"
    assert await events(bank, refs[0]) == 0
    for other in (replace(wanted, amount=1), replace(wanted, currency="USD"), replace(wanted, payment=8)):
        assert await refusal(bank.prepare(other)) == "idempotency_error"


async def test_what_cannot_be_right_is_refused_and_leaves_its_key_free(bank: DemoBank) -> None:
    card, other = await saved(bank), await saved(bank)
    wanted = charge_of(card)
    for wrong, code in (
        ({"card": "card_unknown"}, "card_gone"), ({"payer": other.payer}, "card_gone"),
        ({"amount": 0}, "amount_invalid"), ({"amount": -5}, "amount_invalid"),
        ({"amount": 10**12 + 1}, "amount_invalid"), ({"currency": "EURO"}, "currency_invalid"),
    ):  # fmt: skip
        assert await refusal(bank.prepare(replace(wanted, **wrong))) == code
    assert await bank.prepare(wanted)


async def test_money_moves_once_however_often_and_at_once(bank: DemoBank) -> None:
    ref = await prepared(bank)
    outcomes = await asyncio.gather(*[bank.charge(ref, "a", None) for _ in range(8)])
    outcomes += [await bank.charge(ref, "another key", None)]
    assert {outcome.status for outcome in outcomes} == {"succeeded"}
    assert await events(bank, ref) == 1


async def test_a_key_belongs_to_one_charge(bank: DemoBank) -> None:
    first, second = await prepared(bank), await prepared(bank)
    await bank.charge(first, "a", None)
    assert await refusal(bank.charge(second, "a", None)) == "idempotency_error"
    assert (await bank.look_up(second)).status == "prepared"


async def test_an_unknown_charge_is_a_definite_no(bank: DemoBank) -> None:
    for doing in (
        bank.look_up("x"),
        bank.charge("x", "a", None),
        bank.give_up("x"),
        bank.refund("x", 1, "r"),
    ):
        assert await refusal(doing) == "no_such_charge"
    assert await refusal(bank.look_up_refund("x")) == "no_such_refund"


async def test_what_is_given_up_is_never_charged(bank: DemoBank) -> None:
    ref = await prepared(bank)
    for outcome in (await bank.give_up(ref), await bank.charge(ref, "a", None), await bank.give_up(ref)):
        assert (outcome.status, outcome.code, outcome.hard) == ("failed", "canceled", False)
    assert await events(bank, ref) == 1


async def test_giving_up_too_late_says_so(bank: DemoBank) -> None:
    outcome = await charged(bank)
    assert await bank.give_up(outcome.ref) == outcome


async def test_giving_up_and_charging_at_once_agree(bank: DemoBank) -> None:
    for _ in range(5):
        ref = await prepared(bank)
        one, two = await asyncio.gather(bank.charge(ref, "a" + ref, None), bank.give_up(ref))
        assert one == two == await bank.look_up(ref)
        assert await events(bank, ref) == 1


# Approval


@pytest.mark.parametrize("approved", [True, False])
async def test_the_payer_approves_or_declines(bank: DemoBank, approved: bool) -> None:
    waiting = await charged(bank, ASKS, back=BACK)
    assert waiting.status == "action"
    assert bank.named("approvals", waiting.action_url.rpartition("/")[2]) == waiting.ref
    assert await bank.charge(waiting.ref, "again", BACK) == waiting
    assert await decide(bank, waiting.ref, approved)
    outcome = await bank.look_up(waiting.ref)
    assert (outcome.status, outcome.hard, outcome.action_url) == (
        "succeeded" if approved else "failed", False, "",
    )  # fmt: skip
    assert (outcome.code == "payment_intent_authentication_failure") == (not approved)
    assert await decide(bank, waiting.ref, approved), "a second click is no mistake"
    assert not await decide(bank, waiting.ref, not approved)
    assert await bank.look_up(waiting.ref) == outcome
    assert await events(bank, waiting.ref) == 2


async def test_approval_comes_too_late(bank: DemoBank) -> None:
    waiting = await charged(bank, ASKS, back=BACK)
    assert (await bank.give_up(waiting.ref)).code == "canceled"
    assert not await decide(bank, waiting.ref, True)
    assert (await bank.look_up(waiting.ref)).status == "failed"


async def test_what_never_asked_is_not_decided(bank: DemoBank) -> None:
    paid, ref = await charged(bank), await prepared(bank)
    assert not await decide(bank, paid.ref, True)
    assert not await decide(bank, ref, True)
    assert (await bank.look_up(ref)).status == "prepared"


async def test_a_card_that_was_forgotten_meanwhile_is_not_charged(bank: DemoBank) -> None:
    card = await saved(bank, ASKS)
    waiting = await bank.charge(await bank.prepare(charge_of(card)), "a", BACK)
    await bank.forget(card)
    await decide(bank, waiting.ref, True)
    assert (await bank.look_up(waiting.ref)).code == "card_gone"


# Refunds


async def test_money_goes_back_in_parts_and_never_more_than_was_paid(bank: DemoBank) -> None:
    paid = await charged(bank, amount=1000)
    first = await bank.refund(paid.ref, 300, "r1")
    assert first.status == "succeeded"
    assert await bank.refund(paid.ref, 300, "r1") == first == await bank.look_up_refund(first.ref)
    assert await refusal(bank.refund(paid.ref, 301, "r1")) == "idempotency_error"
    for amount in (701, 0, -1):
        assert await refusal(bank.refund(paid.ref, amount, "r2")) == "refund_too_large"
    assert (await bank.refund(paid.ref, 700, "r2")).status == "succeeded"
    assert await refusal(bank.refund(paid.ref, 1, "r3")) == "refund_too_large"
    async with bank.db.read() as session:
        assert (await session.get_one(BankCharge, paid.ref)).refunded == 1000
    assert await events(bank, first.ref) == 1


async def test_refunds_that_race_do_not_add_up_to_more(bank: DemoBank) -> None:
    paid = await charged(bank, amount=1000)
    doing = [bank.refund(paid.ref, 400, f"r{number}") for number in range(5)]
    results = await asyncio.gather(*doing, return_exceptions=True)
    assert sum(isinstance(result, GatewayRefused) for result in results) == 3


@pytest.mark.parametrize("number", [DECLINES, ASKS])
async def test_only_what_was_paid_is_refunded(bank: DemoBank, number: str) -> None:
    outcome = await charged(bank, number, back=BACK)
    assert await refusal(bank.refund(outcome.ref, 1, "r")) == "charge_not_paid"


def test_it_is_a_gateway(bank: DemoBank) -> None:
    gateway: Gateway = bank
    assert (gateway.name, gateway.live) == ("demo", False)
