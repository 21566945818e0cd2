"""What people are told of: every event there is, whom it concerns, and which entry is one.

A new event is a line in EVENTS, a word in `word`, and what `topic_of` calls its entries.
"""

from dataclasses import dataclass
from typing import Any, Literal

from app.entries import Side
from app.i18n import gettext as _

Channel = Literal["screen", "mail", "push"]
CHANNELS: tuple[Channel, ...] = ("screen", "mail", "push")
NONE: frozenset[Channel] = frozenset()
ALL: frozenset[Channel] = frozenset(CHANNELS)
SCREEN: frozenset[Channel] = frozenset(("screen",))
DECIDED = frozenset({"approved", "rejected"})
PAID = {"succeeded": "payment_paid", "failed": "payment_failed"}
TOLD_STATUS = frozenset({"confirm", "reject", "cancel"})
KINDS = ("placed", "message", "quote", "quote_decision", "payment", "status")


@dataclass(frozen=True, slots=True)
class Event:
    """`default`: on which channels one is told who chose nothing. `offered`: which may be chosen at all.

    `somebody`: it must reach at least one of the team, `anybody_else`: who is not its author; see
    app.notifications.recipients.
    """

    name: str
    side: Side
    default: frozenset[Channel]
    offered: frozenset[Channel] = ALL
    somebody: bool = False
    anybody_else: bool = False


EVENTS: dict[str, Event] = {
    event.name: event
    for event in (
        Event("new_order", "team", ALL, somebody=True),
        Event("message_mine", "team", ALL, somebody=True),
        Event("message_unassigned", "team", ALL, somebody=True),
        Event("message_others", "team", NONE),
        Event("decision", "team", ALL, somebody=True, anybody_else=True),
        Event("counter_offer", "team", ALL, somebody=True),
        Event("payment_failed", "team", ALL, somebody=True),
        Event("payment_paid", "team", SCREEN),
        Event("cancelled", "team", ALL, somebody=True),
        Event("message", "customer", frozenset(("mail", "push"))),
        Event("quote", "customer", frozenset(("mail", "push"))),
        # mail about these is part of the contract between shop and customer, and always goes out
        Event("progress", "customer", frozenset(("push",)), frozenset(("screen", "push"))),
    )
}


def events_of(side: Side) -> list[Event]:
    return [event for event in EVENTS.values() if event.side == side]


def word(name: str) -> str:
    """What an event is called, in the language that is being spoken."""
    return {
        "new_order": _("A new order"),
        "message_mine": _("A message in an order that is assigned to you"),
        "message_unassigned": _("A message in an order that is assigned to nobody"),
        "message_others": _("A message in an order that is assigned to somebody else"),
        "decision": _("A quote is approved or rejected"),
        "counter_offer": _("The customer makes a counter-offer"),
        "payment_failed": _("A payment fails"),
        "payment_paid": _("A payment arrives"),
        "cancelled": _("The customer cancels"),
        "message": _("A new message"),
        "quote": _("A new quote"),
        "progress": _("Your order is confirmed, rejected or cancelled, or a payment went through or failed"),
    }[name]


def topic_of(kind: str, role: str, data: dict[str, Any], side: Side) -> str | None:
    """What an entry is to this side: an event's name, "message" for any of a customer's, None for no news."""
    if side == "customer":
        return _for_customer(kind, role, data)
    if kind == "placed":
        return "new_order"
    if kind == "message" and role == "customer":
        return "message"
    if kind == "quote_decision" and data.get("decision") == "countered":
        return "counter_offer"
    if kind == "quote_decision" and data.get("status") in DECIDED:
        return "decision"
    if kind == "payment" and role != "member":
        return PAID.get(str(data.get("status")))
    return "cancelled" if kind == "status" and role == "customer" and data.get("verb") == "cancel" else None


def _for_customer(kind: str, role: str, data: dict[str, Any]) -> str | None:
    if role == "customer":
        return None
    if kind in ("message", "quote"):
        return kind
    told = kind == "payment" and data.get("status") in PAID
    return "progress" if told or (kind == "status" and data.get("verb") in TOLD_STATUS) else None


def for_member(topic: str, assignee: int | None, member: int, author: int | None = None) -> str | None:
    """Which of the team's events a topic is to one member; None: it is the assignee's alone.

    What the assignee did themselves (`author`, a member) is for all the others.
    """
    if assignee == author:
        assignee = None
    if topic == "message":
        return {None: "message_unassigned", member: "message_mine"}.get(assignee, "message_others")
    return topic if topic == "new_order" or assignee in (None, member) else None
