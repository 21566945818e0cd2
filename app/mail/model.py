"""Mail that is to be sent: rows written in the transaction that causes them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.orders.model import one_of

STATUSES = ("waiting", "sent", "failed", "kept")


class Mail(Base):
    """One mail to one address. While one worker sends it, `due_at` is the end of that worker's lease."""

    __tablename__ = "mails"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(30))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    recipient: Mapped[str] = mapped_column(String(254), index=True)
    language: Mapped[str] = mapped_column(String(8))
    subject: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("status", STATUSES), name="status"),
        CheckConstraint("(status = 'waiting') = (due_at IS NOT NULL)", name="due"),
        Index(
            "ix_mails_due",
            "due_at",
            sqlite_where=sql("status = 'waiting'"),
            postgresql_where=sql("status = 'waiting'"),
        ),
        Index("ix_mails_status", "status", "id"),
    )


class MailOrder(Base):
    """An order that a mail to one person speaks of beside others; of a single one, Mail.order_id says so."""

    __tablename__ = "mail_orders"
    mail_id: Mapped[int] = mapped_column(ForeignKey("mails.id", ondelete="CASCADE"), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True, index=True)


class Notice(Base):
    """Up to which entry a person was told by mail that messages wait ("m3", "c7")."""

    __tablename__ = "notices"
    person: Mapped[str] = mapped_column(String(24), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    seq: Mapped[int]
