"""Cards at Stripe: given, found again, forgotten."""

import pytest

from app.payments.gateway import GatewayAway, GatewayRefused, SavedCard
from app.payments.stripe import StripeGateway
from tests.payments.localstripe import Localstripe
from tests.payments.payer import BACK, DECLINED, GOOD, Payer


async def test_a_card_is_given_on_stripes_page_and_kept_there(payer: Payer, gateway: StripeGateway) -> None:
    setup = await gateway.setup(payer.wish())
    assert setup.url.startswith("http")
    assert await gateway.saved_card(setup.ref) is None
    ref = await payer.stripe.fill(setup.ref, GOOD)
    card = await gateway.saved_card(setup.ref)
    assert card == SavedCard(ref, card.payer if card else "", "Visa", "4242", "2030-04")
    assert card.payer.startswith("cus_")


async def test_stripes_page_speaks_the_customers_language_and_leads_back(payer: Payer) -> None:
    session = await payer.stripe.session((await payer.gateway.setup(payer.wish(language="de"))).ref)
    assert (session["locale"], session["success_url"]) == ("de", BACK)
    assert session["cancel_url"] == f"{BACK}&cancelled"
    other = await payer.stripe.session((await payer.gateway.setup(payer.wish(language="tlh"))).ref)
    assert other["locale"] == "auto"


async def test_the_same_key_gives_the_same_page(payer: Payer, gateway: StripeGateway) -> None:
    wish = payer.wish()
    assert await gateway.setup(wish) == await gateway.setup(wish)


async def test_a_known_payer_stays_the_same(payer: Payer, gateway: StripeGateway) -> None:
    card = await payer.card()
    setup = await gateway.setup(payer.wish(card.payer))
    await payer.stripe.fill(setup.ref, DECLINED)
    other = await gateway.saved_card(setup.ref)
    assert other is not None
    assert (other.payer, other.last4) == (card.payer, "0341")


async def test_a_payer_whom_stripe_does_not_know_begins_anew(payer: Payer, gateway: StripeGateway) -> None:
    wish = payer.wish("cus_of_another_account")
    setup = await gateway.setup(wish)
    assert setup == await gateway.setup(wish)
    await payer.stripe.fill(setup.ref, GOOD)
    card = await gateway.saved_card(setup.ref)
    assert card is not None
    assert (await payer.pays(card)).status == "succeeded"


async def test_a_card_that_checkout_left_alone_is_attached_to_its_payer(
    payer: Payer, gateway: StripeGateway
) -> None:
    setup = await gateway.setup(payer.wish())
    await payer.stripe.fill(setup.ref, GOOD, attach=False)
    card = await gateway.saved_card(setup.ref)
    assert card is not None
    assert (await payer.pays(card)).status == "succeeded"


async def test_a_forgotten_card_is_gone_and_stays_gone(payer: Payer, gateway: StripeGateway) -> None:
    setup = await gateway.setup(payer.wish())
    await payer.stripe.fill(setup.ref, GOOD)
    card = await gateway.saved_card(setup.ref)
    assert card is not None
    await gateway.forget(card)
    await gateway.forget(card)
    assert await gateway.saved_card(setup.ref) is None
    with pytest.raises(GatewayRefused) as refusal:
        await gateway.prepare(payer.owes(card))
    assert refusal.value.code == "card_gone"


async def test_a_card_that_never_was_is_no_error_to_forget(payer: Payer, gateway: StripeGateway) -> None:
    await gateway.forget(SavedCard("pm_never", "cus_never", "Visa", "4242", "2030-04"))
    nobodys = SavedCard("pm_never", (await payer.card()).payer, "Visa", "4242", "2030-04")
    with pytest.raises(GatewayRefused) as refusal:
        await gateway.prepare(payer.owes(nobodys))
    assert refusal.value.code == "card_gone"


async def test_a_card_of_somebody_elses_is_refused(
    payer: Payer, gateway: StripeGateway, localstripe: Localstripe
) -> None:
    mine = await payer.card()
    theirs = await Payer(localstripe, gateway, f"{payer.name}-other").card()
    with pytest.raises(GatewayRefused) as refusal:
        await gateway.prepare(payer.owes(SavedCard(theirs.ref, mine.payer, "Visa", "4242", "2030-04")))
    assert refusal.value.code == "invalid_request"
    assert theirs.ref in refusal.value.detail


@pytest.mark.parametrize("path", ["/v1/customers", "/v1/checkout/sessions"])
@pytest.mark.parametrize("kind", ["error_after", "error_before", "refuse"])
async def test_a_page_comes_once_stripe_is_back(
    payer: Payer, gateway: StripeGateway, path: str, kind: str
) -> None:
    wish = payer.wish()
    await payer.stripe.fail(path, kind, 503)
    with pytest.raises(GatewayAway):
        await gateway.setup(wish)
    setup = await gateway.setup(wish)
    assert setup == await gateway.setup(wish)
    await payer.stripe.fill(setup.ref, GOOD)
    assert await gateway.saved_card(setup.ref)
