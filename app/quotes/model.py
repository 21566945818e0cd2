"""A quote: a price proposed for an order. What was sent never changes; only its status does, once."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, text, true
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.orders.model import one_of

STATUSES = ("sent", "approved", "rejected", "cancelled", "superseded", "expired")
APPROVED = (
    "approved_amount IS NULL OR (status = 'approved' AND approved_amount > 0"
    " AND approved_amount <= 1000000000000)"
)
COUNTERED = (
    "(counter_amount IS NULL AND countered_at IS NULL) OR (countered_at IS NOT NULL AND counter_amount > 0"
    " AND counter_amount <= 1000000000000)"
)
CURRENT = text("archived_at IS NULL")
REMINDED = text("status = 'sent' AND remind_at IS NOT NULL")


class Quote(Base):
    """One version of an order's quote. `seq` is the entry that shows it.

    `amount` is what is paid with no optional line, `approved_amount` what was approved, with the optional
    lines in `ticked` (their places among the lines, from 1); all with tax. `tax_rate` is the amount's where
    there are no lines. `seen_at`: when the customer first had it before their eyes. The `counter_` columns
    hold what they last offered instead. `remind_at`: when they are reminded, None once they were.
    """

    __tablename__ = "quotes"
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int]
    amount: Mapped[int] = mapped_column(BigInteger)
    lines: Mapped[list[Any]]
    note: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(12))
    valid_until: Mapped[date | None]
    sent_by: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    sent_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    on_behalf: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(Text, default="")
    tax_rate: Mapped[str | None] = mapped_column(String(8))
    tax_included: Mapped[bool] = mapped_column(default=True, server_default=true())
    approved_amount: Mapped[int | None] = mapped_column(BigInteger)
    ticked: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    seen_at: Mapped[datetime | None]
    counter_amount: Mapped[int | None] = mapped_column(BigInteger)
    counter_text: Mapped[str] = mapped_column(Text, default="", server_default="")
    countered_at: Mapped[datetime | None]
    remind_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("status", STATUSES), name="status"),
        CheckConstraint("(status = 'sent') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("amount > 0 AND amount <= 1000000000000", name="amount"),
        CheckConstraint(APPROVED, name="approved_amount"),
        CheckConstraint(COUNTERED, name="counter"),
        Index(
            "uq_quotes_open",
            "order_id",
            unique=True,
            sqlite_where=text("status = 'sent'"),
            postgresql_where=text("status = 'sent'"),
        ),
        Index("ix_quotes_remind", "remind_at", sqlite_where=REMINDED, postgresql_where=REMINDED),
    )


class QuoteTemplate(Base):
    """What a quote can start from. `lines` as a quote's, where no `tax_rate` means the order's own.

    `valid_days`: how long the quote holds, counted from the day it is made.
    """

    __tablename__ = "quote_templates"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    lines: Mapped[list[Any]]
    tax_included: Mapped[bool | None]
    note: Mapped[str] = mapped_column(Text)
    valid_days: Mapped[int | None]
    archived_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("valid_days > 0", name="valid_days"),
        Index("uq_quote_templates_name", "name", unique=True, sqlite_where=CURRENT, postgresql_where=CURRENT),
    )
