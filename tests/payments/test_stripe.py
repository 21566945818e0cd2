"""Charges at Stripe: prepared, made once, declined, approved, given up."""

import asyncio

import pytest

from app.payments.gateway import Outcome
from app.payments.stripe import StripeGateway
from tests.payments.payer import ASKS, ASKS_ON_THE_SPOT, BACK, DECLINED, Payer


async def test_preparing_moves_nothing_and_charging_does(payer: Payer, gateway: StripeGateway) -> None:
    card = await payer.card()
    owed = payer.owes(card)
    ref = await gateway.prepare(owed)
    assert await gateway.look_up(ref) == Outcome("prepared", ref, 4800, "EUR")
    assert await payer.stripe.charged(card.payer) == []
    assert await gateway.charge(ref, owed.key, None) == Outcome("succeeded", ref, 4800, "EUR")
    assert await payer.stripe.charged(card.payer) == [4800]
    assert await payer.stripe.metadata(ref) == {"order": "1042", "payment": "7", "key": owed.key}


async def test_the_same_key_prepares_and_charges_once(payer: Payer, gateway: StripeGateway) -> None:
    card = await payer.card()
    owed = payer.owes(card)
    assert await gateway.prepare(owed) == await gateway.prepare(owed)
    ref = await gateway.prepare(owed)
    outcomes = [await gateway.charge(ref, owed.key, None) for _ in range(3)]
    assert {outcome.status for outcome in outcomes} == {"succeeded"}
    assert await payer.stripe.charged(card.payer) == [4800]


async def test_many_at_once_charge_once(payer: Payer, gateway: StripeGateway) -> None:
    card = await payer.card()
    owed = payer.owes(card)
    ref = await gateway.prepare(owed)
    calls = [gateway.charge(ref, owed.key if n % 2 else f"{owed.key}-{n}", None) for n in range(8)]
    await asyncio.gather(*calls, return_exceptions=True)
    assert (await gateway.look_up(ref)).status == "succeeded"
    assert await payer.stripe.charged(card.payer) == [4800]


async def test_a_currency_without_minor_units_is_charged_as_it_is(
    payer: Payer, gateway: StripeGateway
) -> None:
    owed = payer.owes(await payer.card(), 500, "JPY")
    outcome = await gateway.charge(await gateway.prepare(owed), owed.key, None)
    assert (outcome.amount, outcome.currency) == (500, "JPY")


async def test_a_decline_is_an_outcome_with_the_banks_reason(payer: Payer, gateway: StripeGateway) -> None:
    card = await payer.card(DECLINED)
    owed = payer.owes(card)
    ref = await gateway.prepare(owed)
    declined = Outcome("failed", ref, 4800, "EUR", code="generic_decline")
    assert await gateway.charge(ref, owed.key, None) == declined
    assert await gateway.charge(ref, owed.key, BACK) == declined
    assert await gateway.look_up(ref) == declined
    assert await payer.stripe.charged(card.payer) == []


@pytest.mark.parametrize(
    ("reason", "hard"),
    [("lost_card", True), ("expired_card", True), ("insufficient_funds", False), ("do_not_honor", False)],
)
async def test_some_reasons_say_that_the_card_will_never_pay(payer: Payer, reason: str, hard: bool) -> None:
    card = await payer.card()
    await payer.stripe.report(card.ref, reason)
    outcome = await payer.pays(card)
    assert (outcome.status, outcome.code, outcome.hard) == ("failed", reason, hard)


async def test_a_bank_that_asks_an_absent_customer_declines(payer: Payer, gateway: StripeGateway) -> None:
    outcome = await payer.pays(await payer.card(ASKS))
    assert (outcome.status, outcome.code, outcome.hard) == ("failed", "authentication_required", False)
    assert await gateway.look_up(outcome.ref) == outcome


async def test_a_customer_who_is_there_approves_at_the_bank(payer: Payer, gateway: StripeGateway) -> None:
    card = await payer.card(ASKS)
    owed = payer.owes(card)
    ref = await gateway.prepare(owed)
    asked = await gateway.charge(ref, owed.key, BACK)
    assert (asked.status, asked.action_url.startswith("http")) == ("action", True)
    assert await gateway.charge(ref, owed.key, None) == await gateway.look_up(ref) == asked
    assert await payer.stripe.charged(card.payer) == []
    await payer.stripe.approve(ref)
    assert await gateway.charge(ref, owed.key, BACK) == Outcome("succeeded", ref, 4800, "EUR")
    assert await payer.stripe.charged(card.payer) == [4800]


async def test_a_customer_who_does_not_approve_has_not_paid(payer: Payer, gateway: StripeGateway) -> None:
    asked = await payer.pays(await payer.card(ASKS), return_url=BACK)
    await payer.stripe.approve(asked.ref, success=False)
    outcome = await gateway.look_up(asked.ref)
    assert (outcome.status, outcome.code) == ("failed", "payment_intent_authentication_failure")


@pytest.mark.parametrize("return_url", [None, BACK])
async def test_a_bank_that_asks_where_nobody_can_be_sent_has_declined(
    payer: Payer, gateway: StripeGateway, return_url: str | None
) -> None:
    outcome = await payer.pays(await payer.card(ASKS_ON_THE_SPOT), return_url=return_url)
    assert (outcome.status, outcome.code, outcome.hard) == ("failed", "authentication_required", False)
    assert (await gateway.look_up(outcome.ref)).status == "failed"


async def test_a_card_that_is_removed_before_the_charge_fails_for_good(
    payer: Payer, gateway: StripeGateway
) -> None:
    card = await payer.card()
    owed = payer.owes(card)
    ref = await gateway.prepare(owed)
    await gateway.forget(card)
    outcome = await gateway.charge(ref, owed.key, None)
    assert outcome == Outcome("failed", ref, 4800, "EUR", code="card_gone", hard=True)
    assert (await gateway.look_up(ref)).status == "failed"
    assert (await gateway.charge(ref, owed.key, None)).status == "failed"
    assert await payer.stripe.charged(card.payer) == []


# Giving up


async def test_what_was_given_up_is_never_charged(payer: Payer, gateway: StripeGateway) -> None:
    card = await payer.card()
    owed = payer.owes(card)
    ref = await gateway.prepare(owed)
    given_up = Outcome("failed", ref, 4800, "EUR", code="canceled")
    assert await gateway.give_up(ref) == await gateway.give_up(ref) == given_up
    assert await gateway.charge(ref, owed.key, None) == given_up
    assert await payer.stripe.charged(card.payer) == []


async def test_giving_up_too_late_says_that_it_was_paid(payer: Payer, gateway: StripeGateway) -> None:
    paid = await payer.pays(await payer.card())
    assert await gateway.give_up(paid.ref) == paid


async def test_giving_up_leaves_no_approval_to_wait_for(payer: Payer, gateway: StripeGateway) -> None:
    asked = await payer.pays(await payer.card(ASKS), return_url=BACK)
    assert (await gateway.give_up(asked.ref)).status == "failed"
    assert (await gateway.look_up(asked.ref)).status == "failed"


async def test_giving_up_after_a_decline_keeps_its_reason(payer: Payer, gateway: StripeGateway) -> None:
    declined = await payer.pays(await payer.card(DECLINED))
    assert (await gateway.give_up(declined.ref)).code == "generic_decline"
