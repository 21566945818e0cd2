"""A quote as its readers see it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app.money import Money
from app.quotes.model import Quote


@dataclass(frozen=True, slots=True)
class QuoteLine:
    title: str
    quantity: int
    unit_price: Money


@dataclass(frozen=True, slots=True)
class QuoteView:
    """`status` is what holds today: a sent quote whose last day is over is `expired`."""

    version: int
    amount: Money
    lines: list[QuoteLine]
    note: str
    status: str
    valid_until: date | None
    sent_at: datetime
    decided_at: datetime | None
    on_behalf: bool
    reason: str
    seq: int

    def as_dict(self) -> dict[str, Any]:
        lines = [
            {"title": line.title, "quantity": line.quantity, "unit_price": line.unit_price.as_dict()}
            for line in self.lines
        ]
        return {
            "version": self.version,
            "amount": self.amount.as_dict(),
            "lines": lines,
            "note": self.note,
            "status": self.status,
            "valid_until": self.valid_until and self.valid_until.isoformat(),
            "sent_at": self.sent_at.isoformat().replace("+00:00", "Z"),
            "decided_at": self.decided_at and self.decided_at.isoformat().replace("+00:00", "Z"),
            "on_behalf": self.on_behalf,
            "reason": self.reason,
        }


def is_over(valid_until: date | None, today: date) -> bool:
    return valid_until is not None and valid_until < today


def quote_view(quote: Quote, currency: str, today: date) -> QuoteView:
    expired = quote.status == "sent" and is_over(quote.valid_until, today)
    return QuoteView(
        version=quote.version,
        amount=Money(quote.amount, currency),
        lines=[
            QuoteLine(line["title"], line["quantity"], Money(line["unit_price"], currency))
            for line in quote.lines
        ],
        note=quote.note,
        status="expired" if expired else quote.status,
        valid_until=quote.valid_until,
        sent_at=quote.sent_at,
        decided_at=quote.decided_at,
        on_behalf=quote.on_behalf,
        reason=quote.reason,
        seq=quote.seq,
    )
