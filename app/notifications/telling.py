"""The words in which one is told of an entry, on a screen and by push alike."""

from dataclasses import dataclass
from typing import Any

from app.attachments.views import said
from app.i18n import gettext as _
from app.mail.outbox import in_line
from app.money import Money
from app.notifications.events import EVENTS
from app.orders.model import Order
from app.rendering import money


@dataclass(frozen=True, slots=True)
class Telling:
    """`path` leads to the very entry."""

    number: str
    title: str
    body: str
    path: str


def told(order: Order, seq: int, event: str, author: str, data: dict[str, Any], text: str | None) -> Telling:
    """In the language that is being spoken. `text` is what was written, None where it is not to be shown."""
    team = EVENTS[event].side == "team"
    base = "/desk/orders" if team else "/orders"
    title, body = _words(order, event, author, data, text)
    path = f"{base}/{order.number}#e-{order.number}-{seq}"
    return Telling(order.number, in_line(title, 120), in_line(body, 160), path)


def words_of(text: str, data: dict[str, Any]) -> str:
    """A message in a line: what it says, else the names of its files."""
    files = data.get("attachments", [])
    return said(text, files) if text or files else ""


def _words(order: Order, event: str, author: str, data: dict[str, Any], text: str | None) -> tuple[str, str]:
    facts = {"number": order.number, "name": author or order.customer_name, "title": order.title}
    if event.startswith("message"):
        return _("%(name)s · #%(number)s") % facts, text or _("New message")
    about = _("%(name)s · %(title)s") % (facts | {"name": order.customer_name})
    if EVENTS[event].side == "customer":
        about = order.title
    return _headline(event, data) % facts, _amount(order, data) or about


def _headline(event: str, data: dict[str, Any]) -> str:
    status, verb = data.get("status"), data.get("verb")
    if event == "decision":
        return (
            _("Quote approved · #%(number)s") if status == "approved" else _("Quote rejected · #%(number)s")
        )
    if event == "progress":
        return {
            "confirm": _("Your order is confirmed · #%(number)s"),
            "reject": _("Your order was rejected · #%(number)s"),
            "cancel": _("Your order was cancelled · #%(number)s"),
            None: _("Payment received · #%(number)s")
            if status == "succeeded"
            else _("The payment did not work · #%(number)s"),
        }[verb]
    return {
        "new_order": _("New order · #%(number)s"),
        "counter_offer": _("Counter-offer · #%(number)s"),
        "payment_failed": _("Payment failed · #%(number)s"),
        "payment_paid": _("Payment received · #%(number)s"),
        "cancelled": _("Cancelled by the customer · #%(number)s"),
        "quote": _("Your quote · #%(number)s"),
    }[event]


def _amount(order: Order, data: dict[str, Any]) -> str:
    amount = data.get("amount")
    if isinstance(amount, dict):
        return money(amount)
    return money(Money(amount, order.currency)) if isinstance(amount, int) else ""
