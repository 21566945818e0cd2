"""Payments as readers see them, and what confirming would charge."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app.catalogue.views import PlanView
from app.money import Money
from app.payments.model import Card, Payment
from app.tax import tax_in


@dataclass(frozen=True, slots=True)
class BillLine:
    """A line of a payment; `part` as in app.payments.model, days only for a period."""

    title: str
    amount: Money
    tax_rate: str
    part: str
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class PaymentView:
    """`status` as stored, and `action` while the customer has to approve at the bank.

    `unknown` says that the bank has not answered; `retry_at` is when a plan's charge is tried again.
    """

    id: int
    kind: str
    amount: Money
    lines: list[BillLine]
    text: str
    status: str
    method: str
    card: str
    code: str
    seq: int
    refunded: Money | None
    refundable: Money | None
    receipt: int | None
    received_on: date | None
    subscription: int | None
    created_at: datetime
    paid_at: datetime | None
    unknown: bool = False
    retry_at: datetime | None = None

    @property
    def payable(self) -> bool:
        return self.status in ("due", "failed")

    @property
    def taxes(self) -> list[tuple[str, Money]]:
        """Tax by rate, as a receipt shows it."""
        sums: dict[str, int] = {}
        for line in self.lines:
            sums[line.tax_rate] = sums.get(line.tax_rate, 0) + line.amount.amount
        return [(rate, Money(tax_in(amount, rate), self.amount.currency)) for rate, amount in sums.items()]

    def as_dict(self) -> dict[str, Any]:
        """The payment of the API (DESIGN §3)."""
        gone = self.refunded is not None and self.refunded.amount == self.amount.amount
        status = {"due": "pending", "action": "pending", "withdrawn": "failed"}.get(self.status, self.status)
        return {
            "id": self.id,
            "amount": self.amount.as_dict(),
            "status": "refunded" if gone else status,
            "method": self.method,
            "at": (self.paid_at or self.created_at).isoformat().replace("+00:00", "Z"),
            "reason": self.code or ("withdrawn" if self.status == "withdrawn" else None),
            "refunded": self.refunded and self.refunded.as_dict(),
        }


@dataclass(frozen=True, slots=True)
class CardView:
    id: int
    name: str
    expires: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What confirming will do: `now` in minor units of money at once, to `card`; the plan from `first` on."""

    now: Money | None
    card: CardView | None
    plan: PlanView | None
    first: date | None
    next: date | None


def card_view(card: Card | None) -> CardView | None:
    return None if card is None else CardView(card.id, f"{card.brand} ···· {card.last4}", card.expires)


def payment_view(payment: Payment, *, waits: str = "", retry_at: datetime | None = None) -> PaymentView:
    """`waits`: what its running attempt waits for: action, unknown or nothing."""
    currency = payment.currency
    left = payment.amount - payment.refunded
    paid = payment.status == "succeeded"
    return PaymentView(
        id=payment.id,
        kind=payment.kind,
        amount=Money(payment.amount, currency),
        lines=[_line(line, currency) for line in payment.lines],
        text=payment.text,
        status="action" if waits == "action" and payment.status == "pending" else payment.status,
        method=payment.method,
        card=payment.card,
        code=payment.code,
        seq=payment.seq,
        refunded=Money(payment.refunded, currency) if payment.refunded else None,
        refundable=Money(left, currency) if paid and left else None,
        receipt=payment.receipt,
        received_on=payment.received_on,
        subscription=payment.subscription_id,
        created_at=payment.created_at,
        paid_at=payment.paid_at,
        unknown=waits == "unknown",
        retry_at=retry_at,
    )


def _line(line: dict[str, Any], currency: str) -> BillLine:
    days = {"first": line.get("from"), "last": line.get("to")}
    first, last = (date.fromisoformat(day) if day else None for day in days.values())
    return BillLine(
        line["title"], Money(line["amount"], currency), line["tax_rate"], line["part"], first, last
    )
