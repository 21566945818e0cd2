"""The shop's own webhooks, and every delivery to them.

What the payment gateway sends *us* is another matter: `app/payments/webhooks.py`.
"""

from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.orders.model import one_of

Kind = Literal[
    "placed", "message", "note", "label", "assigned", "status", "quote", "quote_decision", "payment",
    "payment_method", "subscription", "edit",
]  # fmt: skip
KINDS: tuple[str, ...] = get_args(Kind)
STATUSES = ("waiting", "delivered", "failed")
REASONS = ("", "owner", "failing", "gone")
WAITING = sql("status = 'waiting'")


class Webhook(Base):
    """An address that is told of entries. `old_secret` signs beside `secret` until `old_until`.

    While it is disabled its deliveries wait; `disabled` says why.
    """

    __tablename__ = "webhooks"
    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(String(2000))
    kinds: Mapped[list[Any]]
    team_only: Mapped[bool]
    secret: Mapped[str] = mapped_column(String(80))
    old_secret: Mapped[str | None] = mapped_column(String(80))
    old_until: Mapped[datetime | None]
    disabled: Mapped[str] = mapped_column(String(10), default="")
    disabled_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(one_of("disabled", REASONS), name="disabled"),
        CheckConstraint("(disabled = '') = (disabled_at IS NULL)", name="disabled_at"),
        CheckConstraint("(old_secret IS NULL) = (old_until IS NULL)", name="old"),
    )


class Delivery(Base):
    """One message to one webhook; `body` is what is sent, to the byte, and `message` its webhook-id.

    `solo` ones stand outside their order's queue and are tried once: tests, and what is sent again. While a
    worker has it, `claimed` holds and `due_at` is the end of the lease. `tries` counts since `began_at`,
    `attempts` all there ever were. `code`, `answer` and `error` are of the last one; `took` in milliseconds.
    """

    __tablename__ = "webhook_deliveries"
    id: Mapped[int] = mapped_column(primary_key=True)
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhooks.id"))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    seq: Mapped[int | None]
    type: Mapped[str] = mapped_column(String(40))
    message: Mapped[str] = mapped_column(String(40), unique=True)
    body: Mapped[str] = mapped_column(Text)
    solo: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(String(10), default="waiting")
    claimed: Mapped[bool] = mapped_column(default=False)
    tries: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    code: Mapped[int | None]
    answer: Mapped[str] = mapped_column(String(1000), default="")
    error: Mapped[str] = mapped_column(String(500), default="")
    took: Mapped[int | None]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    began_at: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("status", STATUSES), name="status"),
        CheckConstraint("(status = 'waiting') = (due_at IS NOT NULL)", name="due"),
        CheckConstraint("NOT claimed OR status = 'waiting'", name="claimed"),
        Index("ix_webhook_deliveries_log", "webhook_id", "id"),
        Index("ix_webhook_deliveries_created", "created_at"),
        Index(
            "ix_webhook_deliveries_due",
            "webhook_id",
            "due_at",
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        ),
        Index(
            "ix_webhook_deliveries_lane",
            "webhook_id",
            "order_id",
            "id",
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        ),
    )
