"""Cards at Stripe: given on its own page (Checkout in set-up mode), kept as a customer's payment method."""

import stripe

from app.payments import stripe_answers as answers
from app.payments.gateway import GatewayAway, SavedCard, Setup, SetupRequest
from app.payments.stripe_calls import Refusal, ask, ask_once, read

LANGUAGES = {"de", "en"}


async def page(client: stripe.StripeClient, wanted: SetupRequest) -> Setup:
    """Where the card is given. Raises GatewayAway alone: nothing is lost by asking again."""
    try:
        return await _page(client, wanted)
    except Refusal as error:
        raise GatewayAway(f"Stripe refuses to save a card: {error.user_message}") from error


async def _page(client: stripe.StripeClient, wanted: SetupRequest) -> Setup:
    if wanted.payer is not None:
        try:
            return await _session(client, wanted, wanted.payer)
        except stripe.InvalidRequestError as error:
            # whom Stripe has forgotten, or only another account knew, begins anew
            if error.param != "customer":
                raise
    return await _session(client, wanted, await _new_payer(client, wanted))


async def _new_payer(client: stripe.StripeClient, wanted: SetupRequest) -> str:
    payer = await ask_once(
        f"{wanted.key}-payer",
        lambda options: client.v1.customers.create_async(
            {"email": wanted.email, "preferred_locales": [wanted.language]}, options
        ),
    )
    return str(payer["id"])


async def _session(client: stripe.StripeClient, wanted: SetupRequest, payer: str) -> Setup:
    joint = "&" if "?" in wanted.return_url else "?"
    session = await ask_once(
        f"{wanted.key}-setup-{payer}",
        lambda options: client.v1.checkout.sessions.create_async(
            {
                "mode": "setup",
                "allowed_payment_method_types": ["card"],
                "customer": payer,
                "locale": wanted.language if wanted.language in LANGUAGES else "auto",
                "success_url": wanted.return_url,
                "cancel_url": f"{wanted.return_url}{joint}cancelled",
            },
            options,
        ),
    )
    return Setup(session["id"], session["url"])


async def saved(client: stripe.StripeClient, ref: str) -> SavedCard | None:
    """The card that was given in a session; None before, and when it was forgotten since."""
    wanted = client.v1.checkout.sessions.retrieve_async(ref, {"expand": ["setup_intent.payment_method"]})
    session = await read(wanted, ref)
    intent = session.get("setup_intent") or {}
    method, payer = intent.get("payment_method"), session["customer"]
    if session["status"] != "complete" or intent.get("status") != "succeeded" or not method:
        return None
    if method.get("customer") is None and not await _attach(client, method["id"], payer):
        return None
    return answers.saved_card(method, payer)


async def _attach(client: stripe.StripeClient, card: str, payer: str) -> bool:
    """Checkout does this by itself; where it did not, do it. A card that was forgotten cannot come back."""
    try:
        await ask(client.v1.payment_methods.attach_async(card, {"customer": payer}))
    except Refusal:
        return False
    return True


async def forget(client: stripe.StripeClient, card: str) -> None:
    try:
        await ask(client.v1.payment_methods.detach_async(card))
    except stripe.InvalidRequestError:
        return


async def gone(client: stripe.StripeClient, card: str) -> bool:
    """Whether it is nobody's any more. What Stripe says on using such a card has no code of its own."""
    try:
        method = await ask(client.v1.payment_methods.retrieve_async(card))
    except stripe.InvalidRequestError:
        return True
    return method.get("customer") is None
