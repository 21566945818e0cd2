"""Stripe's objects in our words. They come as dicts of its API's names; amounts are in minor units too."""

from typing import Any, Literal

import stripe

from app.payments.gateway import Outcome, Refunded, SavedCard

GONE = "card_gone"
# Declines after which Stripe's own dunning tries a card no more, see
# https://docs.stripe.com/billing/revenue-recovery/smart-retries; without `authentication_required`, since
# the same card pays once its holder approves.
NEVER_RETRIED = {
    "highest_risk_level",
    "incorrect_number",
    "lost_card",
    "pickup_card",
    "revocation_of_all_authorizations",
    "revocation_of_authorization",
    "stolen_card",
    "transaction_not_allowed",
}
# Of https://docs.stripe.com/declines/codes, those whose cause lies in the card and stays there.
OF_THE_CARD = {
    "card_not_supported",
    "currency_not_supported",
    "expired_card",
    "invalid_account",
    "invalid_expiry_month",
    "invalid_expiry_year",
    "invalid_number",
    "new_account_information_available",
    "restricted_card",
    "stop_payment_order",
}
HARD = NEVER_RETRIED | OF_THE_CARD | {GONE}
BRANDS = {
    "amex": "American Express",
    "cartes_bancaires": "Cartes Bancaires",
    "diners": "Diners Club",
    "eftpos_au": "eftpos",
    "jcb": "JCB",
    "unionpay": "UnionPay",
    "unknown": "Card",
}
Status = Literal["prepared", "action", "processing", "succeeded", "failed"]
STATUSES: dict[str, Status] = {
    "requires_confirmation": "prepared",
    "requires_action": "action",
    "processing": "processing",
    "requires_capture": "processing",
    "succeeded": "succeeded",
    # we never name another card for the same intent, so that nothing comes after a decline
    "requires_payment_method": "failed",
    "canceled": "failed",
}
REFUNDS: dict[str, Literal["processing", "succeeded", "failed"]] = {
    "pending": "processing",
    "requires_action": "processing",
    "succeeded": "succeeded",
    "failed": "failed",
    "canceled": "failed",
}


def outcome(intent: dict[str, Any]) -> Outcome:
    """What a PaymentIntent says. Without a reason of the bank's, the code of a failure is its status."""
    status = STATUSES.get(intent["status"], "processing")
    error = (intent.get("last_payment_error") or {}) if status == "failed" else {}
    code = reason(error) or (intent["status"] if status == "failed" else "")
    redirect = (intent.get("next_action") or {}).get("redirect_to_url") or {}
    return Outcome(
        status=status,
        ref=intent["id"],
        amount=intent["amount"],
        currency=intent["currency"].upper(),
        code=code,
        hard=code in HARD or error.get("advice_code") == "do_not_try_again",
        action_url=redirect.get("url") or "" if status == "action" else "",
    )


def refunded(refund: dict[str, Any]) -> Refunded:
    status = REFUNDS.get(refund["status"], "processing")
    code = refund.get("failure_reason") or refund["status"]
    return Refunded(status, refund["id"], code if status == "failed" else "")


def saved_card(method: dict[str, Any], payer: str) -> SavedCard:
    """A PaymentMethod of type card."""
    card = method["card"]
    brand = BRANDS.get(card["brand"]) or card["brand"].replace("_", " ").title()
    return SavedCard(method["id"], payer, brand, card["last4"], f"{card['exp_year']}-{card['exp_month']:02}")


def reason(error: dict[str, Any]) -> str:
    """Why, as a code: the bank's own reason where Stripe passes one on."""
    return error.get("decline_code") or error.get("code") or ""


def refusal(error: stripe.InvalidRequestError | stripe.CardError) -> tuple[str, str]:
    """The code and the text of what Stripe refuses."""
    said = error.error.to_dict() if error.error else {}
    return reason(said) or "invalid_request", error.user_message or "Stripe refuses this."
