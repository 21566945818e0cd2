"""What Stripe does and localstripe does not. Imported before `localstripe.server`, by that process alone.

Checkout in set-up mode; customers who are absent or approve elsewhere; banks' reasons for a decline; cards
that are nobody's any more; refunds of too much; parameters of today's API version.
"""

from collections.abc import Callable
from typing import Any

from localstripe import resources
from localstripe.errors import UserError
from localstripe.resources import (
    Event,
    List,
    PaymentIntent,
    PaymentMethod,
    Refund,
    SetupIntent,
    StripeObject,
    store,
    try_convert_to_bool,
    try_convert_to_int,
)
from localstripe.webhooks import schedule_webhook

BASE = "http://127.0.0.1"  # the server's own, once it has a port
NEEDS_STRIPE_JS = "4000002500003155"
DETACHED = "The provided PaymentMethod was detached from a Customer. It may not be used again."


def refused(message: str, status: int = 400, **more: Any) -> UserError:
    return UserError(status, message, more)


class Session(StripeObject):  # type: ignore[misc]
    """A visit to Checkout. The customer's part is `fill`."""

    object = "checkout.session"
    _id_prefix = "cs_test_"

    def __init__(self, mode: str, customer: str, success_url: str, **more: Any) -> None:
        if mode != "setup" or more.pop("allowed_payment_method_types") != ["card"]:
            raise refused("only mode=setup for cards is known here")
        if f"customer:{customer}" not in store:
            raise refused(f"No such customer: '{customer}'", code="resource_missing", param="customer")
        super().__init__()
        self.mode, self.customer, self.success_url, self.status = mode, customer, success_url, "open"
        self.cancel_url, self.locale = more.pop("cancel_url"), more.pop("locale")
        if more:
            raise refused(f"Received unknown parameter: {', '.join(more)}", code="parameter_unknown")
        self.setup_intent = SetupIntent(customer=customer).id
        self.url: str | None = f"{BASE}/checkout/{self.id}"


def fill(session_id: str, number: str, month: int, year: int, attach: bool = True) -> str:
    """The customer gives a card on Checkout's page; answers its id."""
    session = Session._api_retrieve(session_id)
    card = {"number": number, "exp_month": month, "exp_year": year, "cvc": "123"}
    method = PaymentMethod(type="card", card=card)
    intent = SetupIntent._api_retrieve(session.setup_intent)
    intent.payment_method, intent.status = method.id, "succeeded"
    method.customer = session.customer if attach else None
    session.status, session.url = "complete", None
    schedule_webhook(Event("checkout.session.completed", session))
    return str(method.id)


def approve(intent_id: str, success: bool) -> None:
    """The customer comes back from the bank's page."""
    intent = PaymentIntent._api_retrieve(intent_id)
    PaymentIntent._api_authenticate(intent_id, client_secret=intent.client_secret, success=success)


def create_intent(allowed_payment_method_types: object = None, **data: Any) -> Any:
    if "payment_method_types" in data:
        raise refused("Not any more.", code="payment_method_types_no_longer_supported")
    method = PaymentMethod._api_retrieve(data["payment_method"])
    if method.customer != data["customer"]:
        raise refused(f"The customer does not have a payment method with the ID {method.id}.")
    return PaymentIntent(**data)


def confirm_intent(id: str, off_session: object = None, return_url: str | None = None) -> Any:
    intent = PaymentIntent._api_retrieve(id)
    if intent.status != "requires_confirmation":
        text = f"This PaymentIntent's status is {intent.status}."
        raise refused(text, code="payment_intent_unexpected_state")
    method = PaymentMethod._api_retrieve(intent.payment_method)
    if method.customer != intent.customer:
        raise refused(DETACHED)
    if method._card_number == NEEDS_STRIPE_JS:
        intent._confirm(on_failure_now=intent._report_failure)
    elif method._requires_authentication() and not try_convert_to_bool(off_session):
        redirect = {"url": f"{BASE}/approve/{id}", "return_url": return_url}
        intent.next_action = {"type": "redirect_to_url", "redirect_to_url": redirect}
    elif method._requires_authentication():
        decline(intent, "authentication_required", "authentication_required")
    elif method._charging_is_declined():
        decline(intent, "card_declined", getattr(method, "_decline_code", "generic_decline"))
    else:
        intent._confirm(on_failure_now=intent._report_failure)
    return intent


def decline(intent: Any, code: str, decline_code: str) -> None:
    intent._error = {"code": code, "decline_code": decline_code, "message": "Your card was declined."}
    schedule_webhook(Event("payment_intent.payment_failed", intent))
    raise UserError(402, contents=intent._error | {"payment_intent": intent._export(), "type": "card_error"})


def create_refund(payment_intent: str, amount: object, **data: Any) -> Any:
    charge = PaymentIntent._api_retrieve(payment_intent).latest_charge
    if charge is None or charge.status != "succeeded":
        raise refused("This PaymentIntent does not have a successful charge to refund.")
    left = charge.amount - charge.amount_refunded
    if not left:
        raise refused("It has already been refunded.", code="charge_already_refunded")
    if try_convert_to_int(amount) > left:
        raise refused(f"Refund amount is greater than unrefunded amount on charge ({left})", param="amount")
    refund = Refund(payment_intent=payment_intent, amount=amount, **data)
    schedule_webhook(Event("refund.created", refund))
    return refund


def list_refunds(url: str, payment_intent: str | None = None, **data: Any) -> Any:
    """localstripe's own stumbles over an intent without a charge."""
    if payment_intent is not None and PaymentIntent._api_retrieve(payment_intent).latest_charge is None:
        return List(url)
    return _list_refunds(url, payment_intent=payment_intent, **data)


def attach(id: str, customer: str) -> Any:
    method = PaymentMethod._api_retrieve(id)
    if getattr(method, "_detached", False):
        raise refused(DETACHED)
    method.customer = customer
    return method


def detach(id: str) -> Any:
    method = PaymentMethod._api_retrieve(id)
    if method.customer is None:
        raise refused("The payment method you provided is not attached to a customer.")
    method.customer, method._detached = None, True
    return method


def _put(cls: Any, name: str, function: Callable[..., Any]) -> None:
    setattr(cls, name, staticmethod(function))


def status(intent: Any) -> str:
    declined = hasattr(intent, "_error") and not intent._canceled
    return "requires_payment_method" if declined else _status(intent)


def last_error(intent: Any) -> Any:
    return getattr(intent, "_error", None) or _last_error(intent)


_status, _last_error = PaymentIntent.status.fget, PaymentIntent.last_payment_error.fget
_declined, _list_refunds = PaymentMethod._charging_is_declined, Refund._api_list_all
PaymentIntent.status, PaymentIntent.last_payment_error = property(status), property(last_error)
PaymentMethod._charging_is_declined = lambda method: hasattr(method, "_decline_code") or _declined(method)
_put(PaymentIntent, "_api_create", create_intent)
_put(Refund, "_api_create", create_refund)
_put(Refund, "_api_list_all", list_refunds)
OURS = {
    "/v1/payment_intents/{id}/confirm": confirm_intent,
    "/v1/payment_methods/{id}/attach": attach,
    "/v1/payment_methods/{id}/detach": detach,
}
resources.extra_apis[:] = [(how, url, OURS.get(url, function)) for how, url, function in resources.extra_apis]
resources.extra_apis += [
    ("POST", "/v1/checkout/sessions", Session._api_create),
    ("GET", "/v1/checkout/sessions/{id}", Session._api_retrieve),
]
