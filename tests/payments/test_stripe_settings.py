"""What Orderline was told about Stripe: the key, and where it is."""

from collections.abc import Awaitable, Callable

import pytest

from app.payments.gateway import Gateway, GatewayAway, GatewayRefused
from app.payments.stripe import StripeGateway
from tests.payments.localstripe import KEY, Localstripe, Receiver
from tests.payments.payer import Payer
from tests.processes import free_port


def test_it_is_a_gateway(gateway: StripeGateway) -> None:
    port: Gateway = gateway
    assert port.name == "stripe"


@pytest.mark.parametrize(
    ("key", "base", "live"),
    [
        ("sk_live_1", None, True),
        ("rk_live_1", None, True),
        ("sk_live_1", "http://127.0.0.1:1", True),
        ("sk_test_1", None, False),
        ("rk_test_1", "http://127.0.0.1:1", False),
        ("sk_org_1", None, True),
        ("sk_12345", "http://127.0.0.1:1", False),
    ],
)
async def test_money_is_real_unless_the_key_says_otherwise(key: str, base: str | None, live: bool) -> None:
    gateway = StripeGateway(key, None, base)
    assert gateway.live is live
    await gateway.close()


async def test_another_secret_key_of_the_same_account_goes_on(payer: Payer, localstripe: Localstripe) -> None:
    paid = await payer.pays(await payer.card())
    other = StripeGateway(f"{KEY}_rolled", None, localstripe.url)
    assert await other.look_up(paid.ref) == paid
    await other.close()


async def asks_everything(gateway: StripeGateway, payer: Payer) -> list[Callable[[], Awaitable[object]]]:
    card = await payer.card()
    owed = payer.owes(card)
    paid = await payer.pays(card)
    refund = await payer.gateway.refund(paid.ref, 1, payer.key())
    setup = await payer.gateway.setup(payer.wish())
    return [
        lambda: gateway.setup(payer.wish()),
        lambda: gateway.saved_card(setup.ref),
        lambda: gateway.forget(card),
        lambda: gateway.prepare(owed),
        lambda: gateway.charge(paid.ref, owed.key, None),
        lambda: gateway.look_up(paid.ref),
        lambda: gateway.give_up(paid.ref),
        lambda: gateway.refund(paid.ref, 1, payer.key()),
        lambda: gateway.look_up_refund(refund.ref),
    ]


async def test_a_wrong_key_says_so_and_settles_nothing(payer: Payer, localstripe: Localstripe) -> None:
    gateway = StripeGateway("wrong", None, localstripe.url)
    for ask in await asks_everything(gateway, payer):
        with pytest.raises(GatewayAway, match="STRIPE_SECRET_KEY"):
            await ask()
    await gateway.close()


async def test_a_server_that_is_not_there_settles_nothing(payer: Payer) -> None:
    gateway = StripeGateway(KEY, None, f"http://127.0.0.1:{free_port()}")
    for ask in await asks_everything(gateway, payer):
        with pytest.raises(GatewayAway, match=r"cannot be reached \(ConnectError\)"):
            await ask()
    await gateway.close()


async def test_what_the_account_does_not_know_may_be_anothers(gateway: StripeGateway) -> None:
    questions: list[Awaitable[object]] = [
        gateway.look_up("pi_elsewhere"),
        gateway.charge("pi_elsewhere", "elsewhere", None),
        gateway.give_up("pi_elsewhere"),
        gateway.refund("pi_elsewhere", 1, "elsewhere"),
        gateway.look_up_refund("re_elsewhere"),
        gateway.saved_card("cs_test_elsewhere"),
    ]
    for question in questions:
        with pytest.raises(GatewayAway, match="another account"):
            await question


async def test_an_amount_that_cannot_be_is_refused(payer: Payer, gateway: StripeGateway) -> None:
    with pytest.raises(GatewayRefused) as refusal:
        await gateway.prepare(payer.owes(await payer.card(), amount=0))
    assert refusal.value.code == "invalid_request"


@pytest.mark.parametrize("answer", [b"{}", b"[]", b"null", b"Hello.", b"", b"\xff", b'{"id": "pi_1"}'])
@pytest.mark.parametrize("status", [200, 302, 500])
async def test_what_is_not_stripe_settles_nothing(status: int, answer: bytes) -> None:
    async with Receiver(status, answer) as elsewhere:
        gateway = StripeGateway(KEY, None, f"http://127.0.0.1:{elsewhere.port}")
        with pytest.raises(GatewayAway):
            await gateway.look_up("pi_1")
        await gateway.close()
