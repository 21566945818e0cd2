"""Asking Stripe: what its answers, errors and silence mean, and how a call has its effect once per key."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import stripe

from app.payments.gateway import GatewayAway

AT_MOST = 10.0  # seconds for one call
KEYS = 5  # more stored errors than this in a day are a matter for a human
Known = Callable[[], Awaitable[dict[str, Any] | None]]
Refusal = (stripe.InvalidRequestError, stripe.CardError)
NONSENSE = (AttributeError, LookupError, TypeError, ValueError)  # the SDK's, on JSON that is not Stripe's

for chatty in ("stripe", "httpx"):  # they tell of every call
    logging.getLogger(chatty).setLevel(logging.WARNING)
# else the SDK names the machine to Stripe, and keeps a number for it in the home directory
stripe.enable_telemetry = False


class StoredError(GatewayAway):
    """All that Stripe has for this idempotency key is an error, for a day: asking again cannot change it."""


async def ask(call: Awaitable[stripe.StripeObject]) -> dict[str, Any]:
    """The object that Stripe answers with, as a dict. Raises GatewayAway where it says nothing definite.

    What it refuses is the SDK's own InvalidRequestError or CardError.
    """
    try:
        async with asyncio.timeout(AT_MOST):
            answer = (await call).to_dict()
        if "object" not in answer:
            raise KeyError("object")
        return answer
    except Refusal:
        raise
    except TimeoutError:
        raise GatewayAway(f"Stripe did not answer within {AT_MOST:g} s") from None
    except stripe.StripeError as error:
        raise _away(error) from error
    except NONSENSE as error:
        raise GatewayAway("This does not read like Stripe: is STRIPE_API_BASE right?") from error


async def read(call: Awaitable[stripe.StripeObject], ref: str) -> dict[str, Any]:
    """As `ask`, for what we know to exist: another account's key says nothing about what became of it."""
    try:
        return await ask(call)
    except stripe.InvalidRequestError as error:
        why = "does STRIPE_SECRET_KEY belong to another account?"
        raise GatewayAway(f"Stripe does not know {ref}; {why} ({error.user_message})") from error


async def _nothing() -> None:
    return None


async def ask_once(
    key: str, call: Callable[[stripe.RequestOptions], Awaitable[stripe.StripeObject]], known: Known = _nothing
) -> dict[str, Any]:
    """Have one effect for `key`, however often this is called.

    Stripe repeats what it first answered to a key for a day, be it an internal error (see
    https://docs.stripe.com/api/idempotent_requests). Only past such a stored error a number is put to the
    key, and only if `known`, which is asked before every call, finds no effect. A lost answer keeps its key.
    """
    for number in range(1, KEYS + 1):
        if (already := await known()) is not None:
            return already
        options: stripe.RequestOptions = {"idempotency_key": key if number == 1 else f"{key}-{number}"}
        try:
            return await ask(call(options))
        except StoredError as error:
            stored = error
    raise stored


def _away(error: stripe.StripeError) -> GatewayAway:
    headers = error.headers or {}
    replayed = headers.get("idempotent-replayed") == "true"
    # the same key came with other words before, from an older version of this code
    mixed_up = isinstance(error, stripe.IdempotencyError)
    return (StoredError if replayed or mixed_up else GatewayAway)(_why(error))


def _why(error: stripe.StripeError) -> str:
    if isinstance(error, stripe.APIConnectionError):
        return f"Stripe cannot be reached ({type(error.__cause__).__name__})"
    said = error.user_message or f"HTTP {error.http_status}"
    if isinstance(error, stripe.AuthenticationError):
        return f"Stripe does not take STRIPE_SECRET_KEY: {said}"
    if isinstance(error, stripe.PermissionError):
        return f"STRIPE_SECRET_KEY is not allowed to do this: {said}"
    return f"Stripe could not answer: {said}"
