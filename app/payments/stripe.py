"""The gateway to Stripe, through its official client. To be imported only with a key: the SDK loads slowly.

A charge is a PaymentIntent, created first and confirmed later. That confirming moves money at most once is
the intent's own doing, whoever calls and with whatever key: it leaves `requires_confirmation` for good.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import stripe

from app.payments import stripe_answers as answers
from app.payments import stripe_calls, stripe_cards, stripe_events
from app.payments.gateway import (
    Charge,
    Event,
    GatewayRefused,
    Outcome,
    Refunded,
    SavedCard,
    Setup,
    SetupRequest,
)
from app.payments.stripe_calls import Refusal, ask, ask_once, read
from app.payments.stripe_units import counts_alike


class StripeGateway:
    """Stripe, or at `api_base` whatever speaks its protocol. To be closed in the loop that used it."""

    name = "stripe"

    def __init__(
        self, secret_key: str, webhook_secret: str | None = None, api_base: str | None = None
    ) -> None:
        self._http = stripe.HTTPXClient(timeout=stripe_calls.AT_MOST)
        self._stripe = stripe.StripeClient(
            secret_key,
            base_addresses={"api": api_base} if api_base else {},
            http_client=self._http,
            max_network_retries=0,  # whoever calls us tries again, with longer pauses
        )
        self._webhook_secret = webhook_secret
        self.live = _live(secret_key, api_base)

    async def close(self) -> None:
        """Close the connections that are kept open between calls."""
        await self._http.close_async()  # type: ignore[no-untyped-call]

    # Cards

    async def setup(self, wanted: SetupRequest) -> Setup:
        return await stripe_cards.page(self._stripe, wanted)

    async def saved_card(self, setup_ref: str) -> SavedCard | None:
        return await stripe_cards.saved(self._stripe, setup_ref)

    async def forget(self, card: SavedCard) -> None:
        await stripe_cards.forget(self._stripe, card.ref)

    # Charges

    async def prepare(self, charge: Charge) -> str:
        if not counts_alike(charge.currency):
            why = f"Stripe counts {charge.currency} in other units"
            raise GatewayRefused("currency_not_supported", why)
        try:
            intent = await ask_once(
                f"{charge.key}-prepare",
                lambda options: self._stripe.v1.payment_intents.create_async(_intent(charge), options),
            )
        except Refusal as error:
            code, text = answers.refusal(error)
            gone = await stripe_cards.gone(self._stripe, charge.card)
            raise GatewayRefused(answers.GONE if gone else code, text) from error
        return str(intent["id"])

    async def charge(self, ref: str, key: str, return_url: str | None) -> Outcome:
        params: stripe.params.PaymentIntentConfirmParams = (
            {"off_session": True} if return_url is None else {"return_url": return_url}
        )
        try:
            intent = await ask_once(
                f"{key}-confirm",
                lambda options: self._stripe.v1.payment_intents.confirm_async(ref, params, options),
                known=lambda: self._moved_on(ref),
            )
        except Refusal as error:
            return await self._declined(ref, error)
        done = answers.outcome(intent)
        if done.status == "action" and not done.action_url:  # nowhere to send anybody to
            return await self._end(ref, "authentication_required")
        return done

    async def look_up(self, ref: str) -> Outcome:
        return answers.outcome(await self._look_up(ref))

    async def give_up(self, ref: str) -> Outcome:
        try:
            return answers.outcome(await ask(self._stripe.v1.payment_intents.cancel_async(ref)))
        except stripe.InvalidRequestError:  # it has ended by itself, or the bank has it in hand
            return await self.look_up(ref)

    async def _look_up(self, ref: str) -> dict[str, Any]:
        return await read(self._stripe.v1.payment_intents.retrieve_async(ref), ref)

    async def _moved_on(self, ref: str) -> dict[str, Any] | None:
        intent = await self._look_up(ref)
        return None if intent["status"] == "requires_confirmation" else intent

    async def _declined(self, ref: str, error: stripe.InvalidRequestError | stripe.CardError) -> Outcome:
        """A decline shows in the intent; what was refused without a trace there is ended, to stay so."""
        intent = await self._look_up(ref)
        if intent["status"] != "requires_confirmation":
            return answers.outcome(intent)
        gone = await stripe_cards.gone(self._stripe, intent["payment_method"])
        return await self._end(ref, answers.GONE if gone else answers.refusal(error)[0])

    async def _end(self, ref: str, code: str) -> Outcome:
        ended = await self.give_up(ref)
        if ended.status != "failed":
            return ended
        return replace(ended, code=code, hard=code in answers.HARD)

    # Refunds

    async def refund(self, ref: str, amount: int, key: str) -> Refunded:
        try:
            refund = await ask_once(
                f"{key}-refund",
                lambda options: self._stripe.v1.refunds.create_async(
                    {"payment_intent": ref, "amount": amount, "metadata": {"key": key}}, options
                ),
                known=lambda: self._refund_of(ref, key),
            )
        except Refusal as error:
            raise GatewayRefused(*answers.refusal(error)) from error
        return answers.refunded(refund)

    async def look_up_refund(self, ref: str) -> Refunded:
        return answers.refunded(await read(self._stripe.v1.refunds.retrieve_async(ref), ref))

    async def _refund_of(self, ref: str, key: str) -> dict[str, Any] | None:
        """What this key has given back already; Stripe itself forgets idempotency keys after a day."""
        wanted = self._stripe.v1.refunds.list_async({"payment_intent": ref, "limit": 100})
        refunds = (await read(wanted, ref))["data"]
        return next((refund for refund in refunds if (refund.get("metadata") or {}).get("key") == key), None)

    # Webhooks

    def read_event(self, body: bytes, headers: Mapping[str, str], now: datetime) -> Event:
        return stripe_events.read_event(body, headers, self._webhook_secret, now)


def _intent(charge: Charge) -> stripe.params.PaymentIntentCreateParams:
    """Of cards alone, since any other method would want to lead the customer elsewhere."""
    return {
        "amount": charge.amount,
        "currency": charge.currency.lower(),
        "customer": charge.payer,
        "payment_method": charge.card,
        "allowed_payment_method_types": ["card"],
        "metadata": {"order": charge.order, "payment": str(charge.payment), "key": charge.key},
    }


def _live(secret_key: str, api_base: str | None) -> bool:
    """A live key is live wherever it goes; an unknown kind of key is, unless for a server of our own."""
    if secret_key.startswith(("sk_live_", "rk_live_")):
        return True
    return api_base is None and not secret_key.startswith(("sk_test_", "rk_test_"))
