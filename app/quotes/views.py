"""A quote as its readers see it."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from app.entries import Side
from app.money import Money
from app.quotes.lifecycle import can
from app.quotes.lines import Offer, Priced, priced
from app.quotes.model import Quote
from app.quotes.sums import Sums, add_up, paid_amounts


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """`amount` is the whole line's, `paid` what it adds to the price; `ticked` only where it is optional."""

    id: int
    title: str
    quantity: int | str
    unit_price: Money
    amount: Money
    paid: Money
    tax_rate: str
    optional: bool
    ticked: bool

    @property
    def left_out(self) -> bool:
        return self.optional and not self.ticked


@dataclass(frozen=True, slots=True)
class CounterView:
    """What the customer offers instead; `difference` is to the quote's amount."""

    amount: Money
    difference: Money
    text: str
    at: datetime

    @property
    def less(self) -> Money:
        """The difference as what is saved."""
        return Money(-self.difference.amount, self.difference.currency)


@dataclass(frozen=True, slots=True)
class QuoteView:
    """`status` is what holds today: a sent quote whose last day is over is `expired`.

    `amount` is what was sent, `total` what is approved, or would be with nothing ticked. `sums` are of it.
    `seen_at` is for the team alone.
    """

    version: int
    amount: Money
    total: Money
    lines: list[QuoteLine]
    sums: Sums
    tax_included: bool
    note: str
    status: str
    valid_until: date | None
    sent_at: datetime
    decided_at: datetime | None
    on_behalf: bool
    reason: str
    seq: int
    seen_at: datetime | None = None
    counter: CounterView | None = None
    rates: list[str] = field(default_factory=list)

    @property
    def optional(self) -> list[QuoteLine]:
        return [line for line in self.lines if line.optional]

    @property
    def is_taxed(self) -> bool:
        return any(rate.strip("0.") for rate in self.rates)

    def with_ticked(self, ids: Collection[str]) -> "QuoteView":
        """As it would be with these optional lines; whatever else was typed there is none."""
        items = [
            Priced(line.id, line.title, line.amount.amount, line.tax_rate, line.optional)
            for line in self.lines
            if not line.optional or str(line.id) in ids
        ]
        if not items:
            return self
        sums = add_up(items, included=self.tax_included)
        return replace(self, sums=sums, total=self.money(sums.gross))

    def can(self, side: Side) -> list[str]:
        return can(self.status, side)

    def money(self, amount: int) -> Money:
        return Money(amount, self.amount.currency)

    def tax_of(self, rate: str) -> Money:
        """The tax of a rate; nothing where only lines that are left out have it."""
        return self.money(next((found.tax for found in self.sums.rates if found.rate == rate), 0))

    def as_dict(self, side: Side) -> dict[str, Any]:
        """The quote of the API (DESIGN §3), as this side may know it."""
        body = {
            "version": self.version,
            "amount": self.amount.as_dict(),
            "lines": [_line_dict(line) for line in self.lines],
            "tax_included": self.tax_included,
            "net": self.money(self.sums.net).as_dict(),
            "taxes": [
                {
                    "rate": rate.rate,
                    "net": self.money(rate.net).as_dict(),
                    "tax": self.money(rate.tax).as_dict(),
                }
                for rate in self.sums.rates
            ],
            "note": self.note,
            "status": self.status,
            "valid_until": self.valid_until and self.valid_until.isoformat(),
            "sent_at": _stamp(self.sent_at),
            "decided_at": _stamp(self.decided_at),
            "on_behalf": self.on_behalf,
            "reason": self.reason,
            "counter": self.counter
            and {
                "amount": self.counter.amount.as_dict(),
                "text": self.counter.text,
                "at": _stamp(self.counter.at),
            },
        }
        return body | ({"seen_at": _stamp(self.seen_at)} if side == "team" else {})


def is_over(valid_until: date | None, today: date) -> bool:
    return valid_until is not None and valid_until < today


def quote_view(quote: Quote, currency: str, today: date) -> QuoteView:
    expired = quote.status == "sent" and is_over(quote.valid_until, today)
    offer = Offer(quote.amount, quote.lines, quote.tax_rate or "0", quote.tax_included)
    return view_of(
        offer,
        currency,
        ticked=quote.ticked,
        version=quote.version,
        total=Money(quote.approved_amount or quote.amount, currency),
        note=quote.note,
        status="expired" if expired else quote.status,
        valid_until=quote.valid_until,
        sent_at=quote.sent_at,
        decided_at=quote.decided_at,
        on_behalf=quote.on_behalf,
        reason=quote.reason,
        seq=quote.seq,
        seen_at=quote.seen_at,
        counter=_counter(quote, currency),
    )


def view_of(offer: Offer, currency: str, ticked: list[int], **facts: Any) -> QuoteView:
    """An offer as it is shown, sent or not."""
    items = priced(offer.lines)
    counted = [item for item in items if not item.optional or item.id in ticked]
    sums = add_up(counted, included=offer.tax_included)
    if not items:
        items_of_amount = [Priced(1, "", offer.amount, offer.tax_rate, optional=False)]
        sums = add_up(items_of_amount, included=True)
    rates = [item.tax_rate for item in items] or [offer.tax_rate]
    return QuoteView(
        amount=Money(offer.amount, currency),
        lines=_lines(offer, items, currency, ticked),
        sums=sums,
        tax_included=offer.tax_included,
        rates=list(dict.fromkeys(rates)),
        **facts,
    )


def _lines(offer: Offer, items: list[Priced], currency: str, ticked: list[int]) -> list[QuoteLine]:
    return [
        QuoteLine(
            id=item.id,
            title=item.title,
            quantity=line["quantity"],
            unit_price=Money(line["unit_price"], currency),
            amount=Money(item.amount, currency),
            paid=Money(paid_amounts([item], included=offer.tax_included)[0], currency),
            tax_rate=item.tax_rate,
            optional=item.optional,
            ticked=item.id in ticked,
        )
        for item, line in zip(items, offer.lines, strict=True)
    ]


def _counter(quote: Quote, currency: str) -> CounterView | None:
    if quote.counter_amount is None or quote.countered_at is None:
        return None
    difference = quote.counter_amount - quote.amount
    return CounterView(
        Money(quote.counter_amount, currency),
        Money(difference, currency),
        quote.counter_text,
        quote.countered_at,
    )


def _line_dict(line: QuoteLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "title": line.title,
        "quantity": line.quantity,
        "unit_price": line.unit_price.as_dict(),
        "tax_rate": line.tax_rate,
        "optional": line.optional,
        "amount": line.amount.as_dict(),
    }


def _stamp(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
