"""Charges on Stripe's bad days: whatever it answers or not, none is made twice and none is lost."""

import asyncio
from collections.abc import Callable

import pytest

from app.payments import stripe_calls
from app.payments.gateway import GatewayAway, Outcome
from app.payments.stripe import StripeGateway
from tests.payments.payer import BACK, DECLINED, Payer
from tests.processes import eventually

CONFIRM, INTENTS = "/confirm", "/v1/payment_intents"
AWAY = [("refuse", 503), ("refuse", 429), ("refuse", 409), ("refuse", 403), ("error_before", 500)]


async def test_an_error_after_the_charge_is_found_out_by_looking(
    payer: Payer, gateway: StripeGateway
) -> None:
    card = await payer.card()
    owed = payer.owes(card)
    ref = await gateway.prepare(owed)
    await payer.stripe.fail(CONFIRM, "error_after")
    with pytest.raises(GatewayAway):
        await gateway.charge(ref, owed.key, None)
    paid = Outcome("succeeded", ref, 4800, "EUR")
    assert await gateway.look_up(ref) == await gateway.charge(ref, owed.key, None) == paid
    assert await payer.stripe.charged(card.payer) == [4800]


async def test_an_error_after_a_decline_does_not_hide_its_reason(
    payer: Payer, gateway: StripeGateway
) -> None:
    owed = payer.owes(await payer.card(DECLINED))
    ref = await gateway.prepare(owed)
    await payer.stripe.fail(CONFIRM, "error_after")
    with pytest.raises(GatewayAway):
        await gateway.charge(ref, owed.key, None)
    assert (await gateway.charge(ref, owed.key, None)).code == "generic_decline"


async def test_a_stored_error_before_the_charge_does_not_block_it(
    payer: Payer, gateway: StripeGateway
) -> None:
    card = await payer.card()
    owed = payer.owes(card)
    ref = await gateway.prepare(owed)
    for _ in range(2):
        await payer.stripe.fail(CONFIRM, "error_before")
        with pytest.raises(GatewayAway):
            await gateway.charge(ref, owed.key, None)
    assert (await gateway.charge(ref, owed.key, None)).status == "succeeded"
    assert await payer.stripe.charged(card.payer) == [4800]


async def test_a_key_changes_only_past_a_stored_error(payer: Payer, gateway: StripeGateway) -> None:
    owed = payer.owes(await payer.card())
    ref = await gateway.prepare(owed)
    key, path = f"{owed.key}-confirm", f"{INTENTS}/{ref}{CONFIRM}"
    for fault in ("refuse", "error_before"):
        await payer.stripe.fail(path, fault)
        with pytest.raises(GatewayAway):
            await gateway.charge(ref, owed.key, None)
    assert await payer.stripe.keys(path) == [key, key]
    await gateway.charge(ref, owed.key, None)
    assert await payer.stripe.keys(path) == [key, key, key, f"{key}-2"]


async def test_stored_errors_without_end_block_until_the_next_day(
    payer: Payer, gateway: StripeGateway
) -> None:
    owed = payer.owes(await payer.card())
    ref = await gateway.prepare(owed)
    for _ in range(stripe_calls.KEYS):
        await payer.stripe.fail(CONFIRM, "error_before")
        with pytest.raises(GatewayAway):
            await gateway.charge(ref, owed.key, None)
    with pytest.raises(GatewayAway):
        await gateway.charge(ref, owed.key, None)
    assert (await gateway.look_up(ref)).status == "prepared"
    await payer.stripe.forget_keys()
    assert (await gateway.charge(ref, owed.key, None)).status == "succeeded"


async def test_a_lost_answer_is_found_out_by_looking(
    payer: Payer, gateway: StripeGateway, impatient: Callable[[], None]
) -> None:
    card = await payer.card()
    owed = payer.owes(card)
    ref = await gateway.prepare(owed)
    await payer.stripe.fail(CONFIRM, "lost")
    impatient()
    with pytest.raises(GatewayAway, match="did not answer"):
        await gateway.charge(ref, owed.key, None)
    assert (await gateway.look_up(ref)).status == "succeeded"
    assert (await gateway.charge(ref, owed.key, None)).status == "succeeded"
    assert await payer.stripe.charged(card.payer) == [4800]


async def test_silence_is_no_answer_and_the_charge_goes_on_later(
    payer: Payer, gateway: StripeGateway, impatient: Callable[[], None]
) -> None:
    card = await payer.card()
    owed = payer.owes(card)
    ref = await gateway.prepare(owed)
    await payer.stripe.fail(CONFIRM, "hang")
    impatient()
    with pytest.raises(GatewayAway, match="did not answer"):
        await gateway.charge(ref, owed.key, None)
    assert (await gateway.look_up(ref)).status == "prepared"
    assert (await gateway.charge(ref, owed.key, None)).status == "succeeded"
    assert await payer.stripe.charged(card.payer) == [4800]


async def test_one_who_gave_up_waiting_charges_once_with_whoever_goes_on(
    payer: Payer, gateway: StripeGateway
) -> None:
    card = await payer.card()
    owed = payer.owes(card)
    ref = await gateway.prepare(owed)
    await payer.stripe.fail(CONFIRM, "lost")
    first = asyncio.create_task(gateway.charge(ref, owed.key, None))
    await eventually(lambda: payer.stripe.charged(card.payer), "the charge")
    assert (await gateway.charge(ref, owed.key, BACK)).status == "succeeded"
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert await payer.stripe.charged(card.payer) == [4800]


async def test_the_customer_may_have_come_back_between_two_tries(
    payer: Payer, gateway: StripeGateway
) -> None:
    owed = payer.owes(await payer.card())
    ref = await gateway.prepare(owed)
    await payer.stripe.fail(CONFIRM, "error_before")
    with pytest.raises(GatewayAway):
        await gateway.charge(ref, owed.key, None)
    assert (await gateway.charge(ref, owed.key, BACK)).status == "succeeded"


@pytest.mark.parametrize(("kind", "status"), AWAY)
async def test_what_is_no_answer_settles_nothing(
    payer: Payer, gateway: StripeGateway, kind: str, status: int
) -> None:
    card = await payer.card()
    owed = payer.owes(card)
    await payer.stripe.fail(INTENTS, kind, status)
    with pytest.raises(GatewayAway):
        await gateway.prepare(owed)
    ref = await gateway.prepare(owed)
    assert await gateway.prepare(owed) == ref
    await payer.stripe.fail(CONFIRM, kind, status)
    with pytest.raises(GatewayAway):
        await gateway.charge(ref, owed.key, None)
    assert (await gateway.charge(ref, owed.key, None)).status == "succeeded"
    assert await payer.stripe.charged(card.payer) == [4800]


async def test_a_refusal_that_cannot_be_explained_for_now_is_none_yet(
    payer: Payer, gateway: StripeGateway
) -> None:
    card = await payer.card()
    owed = payer.owes(card)
    ref = await gateway.prepare(owed)
    await gateway.forget(card)
    await payer.stripe.fail(f"{INTENTS}/{ref}/cancel", "refuse", 503)
    with pytest.raises(GatewayAway):
        await gateway.charge(ref, owed.key, None)
    assert (await gateway.charge(ref, owed.key, None)).code == "card_gone"
