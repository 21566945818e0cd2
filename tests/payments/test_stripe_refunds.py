"""Refunds at Stripe: in parts, once, never too much."""

import asyncio
from collections.abc import Callable

import pytest

from app.payments.gateway import GatewayAway, GatewayRefused, Refunded
from app.payments.stripe import StripeGateway
from tests.payments.payer import DECLINED, Payer

REFUND = "/v1/refunds#POST"


async def test_refunds_give_back_parts_until_all_is_given_back(payer: Payer, gateway: StripeGateway) -> None:
    paid = await payer.pays(await payer.card())
    refund = await gateway.refund(paid.ref, 1800, payer.key())
    assert refund == Refunded("succeeded", refund.ref)
    assert await gateway.look_up_refund(refund.ref) == refund
    with pytest.raises(GatewayRefused, match="greater"):
        await gateway.refund(paid.ref, 3001, payer.key())
    await gateway.refund(paid.ref, 3000, payer.key())
    with pytest.raises(GatewayRefused) as refusal:
        await gateway.refund(paid.ref, 1, payer.key())
    assert refusal.value.code == "charge_already_refunded"
    assert await payer.stripe.given_back(paid.ref) == [1800, 3000]


async def test_the_same_key_refunds_once(payer: Payer, gateway: StripeGateway) -> None:
    paid = await payer.pays(await payer.card())
    key = payer.key()
    calls = [gateway.refund(paid.ref, 1000, key) for _ in range(4)]
    await asyncio.gather(*calls, return_exceptions=True)
    again = [await gateway.refund(paid.ref, 1000, key) for _ in range(2)]
    assert again[0] == again[1]
    assert await payer.stripe.given_back(paid.ref) == [1000]


async def test_what_was_not_paid_cannot_be_given_back(payer: Payer, gateway: StripeGateway) -> None:
    declined = await payer.pays(await payer.card(DECLINED))
    with pytest.raises(GatewayRefused):
        await gateway.refund(declined.ref, 100, payer.key())


@pytest.mark.parametrize("kind", ["error_after", "error_before", "refuse"])
async def test_an_error_refunds_once(payer: Payer, gateway: StripeGateway, kind: str) -> None:
    paid = await payer.pays(await payer.card())
    key = payer.key()
    await payer.stripe.fail(REFUND, kind)
    with pytest.raises(GatewayAway):
        await gateway.refund(paid.ref, 1000, key)
    refunds = [await gateway.refund(paid.ref, 1000, key) for _ in range(2)]
    assert refunds[0] == refunds[1]
    assert await payer.stripe.given_back(paid.ref) == [1000]


async def test_a_lost_answer_refunds_once(
    payer: Payer, gateway: StripeGateway, impatient: Callable[[], None]
) -> None:
    paid = await payer.pays(await payer.card())
    key = payer.key()
    await payer.stripe.fail(REFUND, "lost")
    impatient()
    with pytest.raises(GatewayAway):
        await gateway.refund(paid.ref, 1000, key)
    assert (await gateway.refund(paid.ref, 1000, key)).status == "succeeded"
    assert await payer.stripe.given_back(paid.ref) == [1000]


async def test_a_refund_is_known_even_when_stripe_has_forgotten_its_key(
    payer: Payer, gateway: StripeGateway
) -> None:
    paid = await payer.pays(await payer.card())
    key = payer.key()
    refund = await gateway.refund(paid.ref, 1000, key)
    await payer.stripe.forget_keys()
    assert await gateway.refund(paid.ref, 1000, key) == refund
    assert await payer.stripe.given_back(paid.ref) == [1000]
