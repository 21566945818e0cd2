"""Stripe's webhooks, see https://docs.stripe.com/webhooks: genuine, fresh, and about which charge or card."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import stripe

from app.payments.gateway import BadSignature, Event

TOLERANCE = 300  # seconds between Stripe's clock and ours
HEADER = "stripe-signature"
Kind = Literal["charge", "setup", "refund", "other"]


def read_event(body: bytes, headers: Mapping[str, str], secret: str | None, now: datetime) -> Event:
    """The event of a webhook that was signed with `secret` around `now`. Raises BadSignature."""
    if not secret:
        raise BadSignature("there is no STRIPE_WEBHOOK_SECRET to check it with")
    header = next((value for name, value in headers.items() if name.lower() == HEADER), "")
    try:
        stripe.WebhookSignature.verify_header(body, header, secret)
        if abs(now.timestamp() - _signed_at(header)) > TOLERANCE:
            raise BadSignature("it was signed too long ago")
        return _event(json.loads(body))
    except stripe.SignatureVerificationError as error:
        raise BadSignature(error.user_message) from error
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError) as error:
        raise BadSignature("not an event of Stripe's") from error


def _signed_at(header: str) -> int:
    """The time that the signature covers; the SDK measures it against the machine's clock alone, not ours."""
    return next(int(part[2:]) for part in header.split(",") if part.startswith("t="))


def _event(said: dict[str, Any]) -> Event:
    thing = (said.get("data") or {}).get("object") or {}
    kind, ref = _about(said["type"], thing)
    return Event(said["id"], kind, ref, datetime.fromtimestamp(said["created"], UTC))


def _about(name: str, thing: dict[str, Any]) -> tuple[Kind, str]:
    if name.startswith("payment_intent."):
        return "charge", thing["id"]
    if name.startswith("checkout.session."):
        return "setup", thing["id"]
    if name.startswith(("refund.", "charge.refund.")):
        return "refund", thing["id"]
    if name == "charge.refunded" and thing.get("payment_intent"):
        return "charge", thing["payment_intent"]
    return "other", thing.get("id") or ""
