"""What readers are shown of an order: plain values, loaded for one side, nothing hidden in them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from app.catalogue.views import PlanView
from app.entries import Side
from app.i18n import gettext
from app.money import Money
from app.orders.finding import Found
from app.payments.views import CardView, PaymentView, Preview
from app.quotes.lines import Terms, terms_among
from app.quotes.model import QuoteTemplate
from app.quotes.views import QuoteView
from app.subscriptions.recurring import Recurring


def stamp(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC."""
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class CustomerView:
    """`email` is empty once the customer was deleted."""

    given_name: str
    email: str
    verified: bool

    @property
    def name(self) -> str:
        """In the language that is being spoken where it is ours."""
        return self.given_name if self.email else gettext("Deleted customer")


@dataclass(frozen=True, slots=True)
class LabelView:
    slug: str
    name: str
    color: str


@dataclass(frozen=True, slots=True)
class LineView:
    product: int
    title: str
    quantity: int
    options: list[dict[str, Any]]
    unit_price: Money | None
    plan: PlanView | None
    tax_rate: str
    tax_included: bool

    def as_dict(self) -> dict[str, Any]:
        return {
            "product": self.product,
            "title": self.title,
            "quantity": self.quantity,
            "options": self.options,
            "unit_price": self.unit_price and self.unit_price.as_dict(),
            "plan": self.plan and self.plan.as_dict(),
        }


@dataclass(slots=True)
class OrderRow:
    """An order as one side may know it. `unread` is the reader's own; what is `snoozed`, `labels` and
    `assignee` are the team's; `found` is where a search hit.
    """

    id: int
    number: str
    side: Side
    customer: CustomerView
    title: str
    status: str
    awaiting: bool
    turn: str
    waiting_since: datetime | None
    total: Money | None
    by_quote: bool
    plan: PlanView | None
    payment_method: str
    payment_status: str
    without_quote: bool
    starts_on: date | None
    note: str
    head: int
    unread: int
    boxes: list[str]
    sorted_at: datetime
    created_at: datetime
    last_text: str
    snoozed: bool = False
    snoozed_until: datetime | None = None
    lines: list[LineView] = field(default_factory=list)
    quote: QuoteView | None = None
    recurring: Recurring | None = None
    labels: list[LabelView] = field(default_factory=list)
    assignee: str | None = None
    assignee_email: str | None = None
    assignee_id: int | None = None
    found: Found | None = None

    @property
    def customer_name(self) -> str:
        return self.customer.name

    @property
    def subscription(self) -> int | None:
        return self.recurring.id if self.recurring else None

    @property
    def base(self) -> str:
        """Where this side's pages and forms of the order live."""
        return f"/desk/orders/{self.number}" if self.side == "team" else f"/orders/{self.number}"

    def as_dict(self) -> dict[str, Any]:
        """The order of the API (DESIGN §3)."""
        customer = {
            "name": self.customer.name,
            "email": self.customer.email,
            "verified": self.customer.verified,
        }
        body: dict[str, Any] = {
            "number": self.number,
            "status": self.status,
            "awaiting_response": self.awaiting,
            "turn": self.turn,
            "unread": self.unread,
            "customer": customer,
            "lines": [line.as_dict() for line in self.lines],
            "total": self.total and self.total.as_dict(),
            "payment_method": self.payment_method,
            "payment_status": self.payment_status,
            "without_quote": self.without_quote,
            "subscription": self.subscription,
            "quote": self.quote and self.quote.as_dict(self.side),
            "starts_on": self.starts_on and self.starts_on.isoformat(),
            "note": self.note,
            "last_seq": self.head,
            "created_at": stamp(self.created_at),
        }
        if self.side == "team":
            labels = [{"slug": label.slug, "name": label.name, "color": label.color} for label in self.labels]
            assignee = {"email": self.assignee_email, "name": self.assignee} if self.assignee_email else None
            body |= {"labels": labels, "assignee": assignee}
            body["waiting_since"] = stamp(self.waiting_since)
            body |= {"snoozed": self.snoozed, "snoozed_until": stamp(self.snoozed_until)}
        return body


@dataclass(slots=True)
class OrderView(OrderRow):
    """An order's page: the row and what its reader may do. `owed` is what is left of its price
    to be paid in another way than online; `terms_id` says which terms applied when it was placed.
    """

    read: int = 0
    terms_id: int | None = None
    approved: QuoteView | None = None
    preview: Preview | None = None
    card: CardView | None = None
    owed: Money | None = None
    bank_details: str = ""
    payments: list[PaymentView] = field(default_factory=list)
    can: list[str] = field(default_factory=list)
    peek: bool = False
    all_labels: list[LabelView] = field(default_factory=list)
    members: list[dict[str, str]] = field(default_factory=list)
    quote_templates: list[QuoteTemplate] = field(default_factory=list)
    currency: str = ""

    @property
    def terms(self) -> Terms:
        """What prices of a new quote mean."""
        return terms_among([(line.tax_rate, line.tax_included) for line in self.lines])


@dataclass(frozen=True, slots=True)
class VersionView:
    """What a message was, and since when."""

    at: datetime
    text: str
    attachments: Sequence[dict[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry for one side; `quote` and `payment` are their states at the time of reading.

    `versions` are what a corrected or withdrawn message was before, for the team alone.
    """

    order: str
    seq: int
    prev: int
    kind: str
    audience: str
    at: datetime
    role: str
    name: str
    person: str
    cid: str | None
    data: dict[str, Any]
    quote: QuoteView | None = None
    payment: PaymentView | None = None
    versions: Sequence[VersionView] = ()
