"""Examples of what is sent and answered; tests/api/test_document.py holds them against their schemas."""

from typing import Any

from pydantic import BaseModel

from app.answers import (
    CatalogueAnswer,
    LabelDone,
    Order,
    OrderDone,
    OrdersAnswer,
    PictureDone,
    PlanDone,
    ProductDone,
    Subscription,
    SubscriptionDone,
    SubscriptionsAnswer,
    TimelineAnswer,
)
from app.attachments.answers import UploadDone

PRODUCT = {"title": "Painted sign", "description": "By hand, on wood.", "pricing": "by_quote"}
PLAN = {"name": "Sign care", "price": 1500, "interval": {"every": 1, "unit": "month"}}
TEMPLATE = {
    "name": "Shop sign",
    "lines": [
        {"title": "Painting, hours", "quantity": "7.5", "unit_price": 6_400, "tax_rate": "19"},
        {"title": "Gold leaf", "quantity": 1, "unit_price": 9_900, "optional": True},
    ],
    "valid_days": 14,
}
BODIES: dict[str, dict[str, Any]] = {
    "orders.place": {"lines": [{"product": 1, "quantity": 1, "options": []}], "payment_method": "online"},
    "orders.open_chat": {},
    "orders.process": {},
    "orders.confirm": {"without_quote": False},
    "orders.reject": {"reason": "We are closed in August."},
    "orders.cancel": {"reason": "I found one in the attic."},
    "orders.reopen": {},
    "orders.done": {},
    "orders.snooze": {"until": "tomorrow"},
    "orders.wake": {},
    "orders.unread": {},
    "orders.set_payment_method": {"payment_method": "bank_transfer"},
    "orders.assign": {"member": "agent@demo.example"},
    "messages.send": {"text": "How wide is the wall?"},
    "messages.correct": {"text": "How wide is the whole wall?"},
    "messages.withdraw": {},
    "notes.add": {"text": "Ask for a photograph first."},
    "labels.add": {"label": "rush"},
    "labels.remove": {"label": "rush"},
    "labels.create": {"name": "Proof needed", "color": "amber"},
    "labels.update": {"color": "red"},
    "labels.archive": {},
    "labels.restore": {},
    "replies.create": {"name": "hours", "text": "Dear {customer}, we are open from 9 to 5. {me}"},
    "replies.update": {"text": "Dear {customer}, we are open from 8 to 5. {me}"},
    "replies.archive": {},
    "replies.restore": {},
    "quotes.send": {"amount": 48_000, "note": "With varnish.", "valid_until": "2099-12-31"},
    "quotes.approve": {"optional": [2]},
    "quotes.reject": {"reason": "Too dear."},
    "quotes.cancel": {},
    "quotes.counter": {"amount": 42_000, "text": "That is what we have set aside for it."},
    "quote_templates.create": TEMPLATE,
    "quote_templates.update": TEMPLATE,
    "quote_templates.archive": {},
    "quote_templates.restore": {},
    "read": {"seq": 7},
    "products.create": PRODUCT,
    "products.update": PRODUCT,
    "products.archive": {},
    "products.restore": {},
    "products.move": {"products": [3, 4], "before": 1},
    "categories.rename": {"category": "Signs", "name": "Signs and lettering"},
    "plans.create": PLAN,
    "plans.retire": {},
    "payments.request": {"amount": 2_500, "text": "Delivery on Saturday"},
    "payments.record": {"amount": 48_000, "note": "By transfer"},
    "payments.pay": {},
    "payments.withdraw": {},
    "payments.refund": {"amount": 500, "reason": "A scratch"},
    "subscriptions.change_plan": {"plan": 2, "when": "renewal"},
    "subscriptions.cancel": {"when": "period_end"},
    "webhooks.create": {"url": "https://shop.example/orders", "kinds": ["message", "quote_decision"]},
    "webhooks.update": {"enabled": False},
    "webhooks.delete": {},
    "webhooks.rotate": {},
    "webhooks.test": {},
    "webhooks.resend": {},
    "demo.card": {"number": "4242 4242 4242 4242"},
}
PATH: dict[str, Any] = {"number": "1001", "label": "rush"}

_CUSTOMER = {"name": "Alice Archer", "email": "alice@example.org", "verified": True}
_QUOTE = {
    "version": 1,
    "amount": {"amount": 48_000, "currency": "EUR"},
    "lines": [
        {
            "id": 1,
            "title": "Painting, hours",
            "quantity": "7.5",
            "unit_price": {"amount": 6_400, "currency": "EUR"},
            "tax_rate": "19",
            "optional": False,
            "amount": {"amount": 48_000, "currency": "EUR"},
        },
        {
            "id": 2,
            "title": "Gold leaf",
            "quantity": 1,
            "unit_price": {"amount": 9_900, "currency": "EUR"},
            "tax_rate": "19",
            "optional": True,
            "amount": {"amount": 9_900, "currency": "EUR"},
        },
    ],
    "tax_included": True,
    "net": {"amount": 40_336, "currency": "EUR"},
    "taxes": [
        {
            "rate": "19",
            "net": {"amount": 40_336, "currency": "EUR"},
            "tax": {"amount": 7_664, "currency": "EUR"},
        }
    ],
    "note": "With varnish.",
    "status": "sent",
    "valid_until": "2099-12-31",
    "sent_at": "2026-11-24T09:30:00Z",
    "decided_at": None,
    "on_behalf": False,
    "reason": "",
    "counter": None,
}
_LINE = {
    "product": 1,
    "title": "Painted sign",
    "quantity": 1,
    "options": [],
    "unit_price": None,
    "plan": None,
}
_ORDER = {
    "number": "1042",
    "status": "processing",
    "awaiting_response": True,
    "turn": "customer",
    "unread": 0,
    "customer": _CUSTOMER,
    "lines": [_LINE],
    "total": None,
    "payment_method": "online",
    "payment_status": "unpaid",
    "without_quote": False,
    "subscription": None,
    "quote": _QUOTE,
    "starts_on": None,
    "note": "",
    "last_seq": 7,
    "created_at": "2026-11-24T09:12:00Z",
}
_PLAN = {
    "id": 1,
    "name": "Sign care",
    "price": {"amount": 1500, "currency": "EUR"},
    "interval": {"every": 1, "unit": "month"},
    "upfront_fee": {"amount": 0, "currency": "EUR"},
    "cycles": None,
}
_PRODUCT: dict[str, Any] = PRODUCT | {
    "id": 1,
    "category": "",
    "price": None,
    "tax_rate": "19",
    "tax_included": True,
    "options": [],
    "plan": None,
    "pictures": [],
    "terms": "1f0c5d2a9b7e4c38",
    "version": 1,
}
_PICTURE = {
    "id": "5f2c0d9b1a7e4c38b6d0e2f4a1c3957d",
    "alt": "",
    "url": "/pictures/5f2c0d9b1a7e4c38b6d0e2f4a1c3957d/large",
    "small_url": "/pictures/5f2c0d9b1a7e4c38b6d0e2f4a1c3957d/small",
    "width": 1600,
    "height": 1200,
}
_SUBSCRIPTION = {
    "id": 1,
    "order": "1042",
    "customer": _CUSTOMER,
    "plan": _PLAN,
    "next_plan": None,
    "state": "active",
    "starts_on": "2026-11-24",
    "next_charge_at": "2026-12-23T23:00:00Z",
    "cancel_at": None,
    "payments": [],
}
_ENTRY = {
    "order": "1042",
    "seq": 7,
    "prev": 6,
    "kind": "message",
    "cid": "0b6f3c0e-6a1d-4a5e-9d62-5b0a3a1c8f11",
    "at": "2026-11-24T09:31:00Z",
    "by": {"role": "customer", "name": "Alice Archer"},
    "data": {"text": "How long does it take?"},
}
_UPLOAD = {
    "id": 3,
    "name": "facade.jpg",
    "type": "image/jpeg",
    "size": 482_113,
    "url": "/api/v1/orders/1042/files/3",
    "width": 2048,
    "height": 1536,
}
ANSWERS: dict[type[BaseModel], dict[str, Any]] = {
    CatalogueAnswer: {"items": [_PRODUCT], "next": None},
    Order: _ORDER,
    OrderDone: {"seq": 7, "order": _ORDER},
    OrdersAnswer: {"items": [_ORDER], "next": None},
    TimelineAnswer: {"items": [_ENTRY], "next": None},
    Subscription: _SUBSCRIPTION,
    SubscriptionDone: {"seq": 7, "subscription": _SUBSCRIPTION},
    SubscriptionsAnswer: {"items": [_SUBSCRIPTION], "next": None},
    ProductDone: {"product": _PRODUCT},
    PictureDone: {"picture": _PICTURE},
    PlanDone: {"plan": _PLAN},
    UploadDone: {"upload": _UPLOAD},
    LabelDone: {"label": {"slug": "rush", "name": "Rush", "color": "red", "archived": False}},
}


def answer_example(answer: type[BaseModel]) -> dict[str, Any] | None:
    return ANSWERS.get(answer)


def path_example(name: str) -> Any:
    return PATH.get(name, 1)
