"""A quote: a price proposed for an order. What was sent never changes; only its status does, once."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.orders.model import one_of

STATUSES = ("sent", "approved", "rejected", "cancelled", "superseded", "expired")


class Quote(Base):
    """One version of an order's quote. `seq` is the entry that shows it."""

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

    __table_args__ = (
        CheckConstraint(one_of("status", STATUSES), name="status"),
        CheckConstraint("(status = 'sent') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("amount > 0 AND amount <= 1000000000000", name="amount"),
        Index(
            "uq_quotes_open",
            "order_id",
            unique=True,
            sqlite_where=text("status = 'sent'"),
            postgresql_where=text("status = 'sent'"),
        ),
    )
