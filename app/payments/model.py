"""Cards, payments, every attempt to collect one, and what was given back."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.orders.model import METHODS, one_of

KINDS = ("order", "renewal", "change", "request")
STATUSES = ("due", "pending", "succeeded", "failed", "withdrawn")
ATTEMPT_STATUSES = ("open", "action", "succeeded", "failed")
REFUND_STATUSES = ("open", "succeeded", "failed")
RUNNING = sql("status IN ('open', 'action')")


class Card(Base):
    """A card that the gateway keeps. With `order_id` it belongs to that order alone: a guest gave it."""

    __tablename__ = "cards"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    gateway: Mapped[str] = mapped_column(String(20))
    ref: Mapped[str] = mapped_column(String(200))
    payer: Mapped[str] = mapped_column(String(200))
    brand: Mapped[str] = mapped_column(String(40))
    last4: Mapped[str] = mapped_column(String(4))
    expires: Mapped[str] = mapped_column(String(7))
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_cards_account",
            "gateway",
            "ref",
            "customer_id",
            unique=True,
            sqlite_where=sql("order_id IS NULL"),
            postgresql_where=sql("order_id IS NULL"),
        ),
        Index("uq_cards_order", "gateway", "ref", "order_id", unique=True),
    )


class CardSetup(Base):
    """A customer on the way to the gateway's page and back; `payment_id` is paid with the new card."""

    __tablename__ = "card_setups"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    own_order: Mapped[bool]
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payments.id"))
    gateway: Mapped[str] = mapped_column(String(20))
    ref: Mapped[str | None] = mapped_column(String(200), index=True)
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class Payment(Base):
    """An amount that one order owes, or has paid. `lines` are dicts {title, amount, tax_rate, part}.

    `part` is order, fee, period, credit, change or request. `seq` is the entry that shows its card.
    `receipt` is its number, given with success, without holes. `refunded` is in minor units.
    """

    __tablename__ = "payments"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    subscription_id: Mapped[int | None] = mapped_column(ForeignKey("subscriptions.id"), index=True)
    cycle: Mapped[int | None]
    kind: Mapped[str] = mapped_column(String(10))
    method: Mapped[str] = mapped_column(String(20))
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    lines: Mapped[list[Any]]
    text: Mapped[str] = mapped_column(Text, default="")
    status: Mapped[str] = mapped_column(String(10))
    code: Mapped[str] = mapped_column(String(60), default="")
    seq: Mapped[int]
    card: Mapped[str] = mapped_column(String(60), default="")
    refunded: Mapped[int] = mapped_column(BigInteger, default=0)
    receipt: Mapped[int | None] = mapped_column(unique=True)
    received_on: Mapped[date | None]
    created_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("kind", KINDS), name="kind"),
        CheckConstraint(one_of("status", STATUSES), name="status"),
        CheckConstraint(one_of("method", METHODS), name="method"),
        CheckConstraint("amount > 0 AND amount <= 1000000000000", name="amount"),
        CheckConstraint("refunded >= 0 AND refunded <= amount", name="refunded"),
        CheckConstraint("(status = 'succeeded') = (paid_at IS NOT NULL)", name="paid"),
        CheckConstraint("(status = 'succeeded') = (receipt IS NOT NULL)", name="receipt"),
        # each period is charged once, whoever charges it
        Index(
            "uq_payments_cycle",
            "subscription_id",
            "cycle",
            unique=True,
            sqlite_where=sql("status <> 'withdrawn' AND cycle IS NOT NULL"),
            postgresql_where=sql("status <> 'withdrawn' AND cycle IS NOT NULL"),
        ),
    )


class Attempt(Base):
    """One try to collect a payment. `key` is stored before the gateway hears of it.

    `due_at` is when to go on; while somebody works on it, the end of their lease.
    """

    __tablename__ = "attempts"
    id: Mapped[int] = mapped_column(primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"), index=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    gateway: Mapped[str] = mapped_column(String(20))
    card_id: Mapped[int] = mapped_column(ForeignKey("cards.id"))
    on_session: Mapped[bool]
    person: Mapped[str] = mapped_column(String(24))
    ref: Mapped[str | None] = mapped_column(String(200), index=True)
    status: Mapped[str] = mapped_column(String(10))
    code: Mapped[str] = mapped_column(String(60), default="")
    hard: Mapped[bool] = mapped_column(default=False)
    action_url: Mapped[str] = mapped_column(String(1000), default="")
    error: Mapped[str] = mapped_column(String(500), default="")
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("status", ATTEMPT_STATUSES), name="status"),
        CheckConstraint("(status IN ('open', 'action')) = (due_at IS NOT NULL)", name="due"),
        CheckConstraint("(status IN ('open', 'action')) = (ended_at IS NULL)", name="ended"),
        # at most one that is running or has succeeded
        Index(
            "uq_attempts_payment",
            "payment_id",
            unique=True,
            sqlite_where=sql("status <> 'failed'"),
            postgresql_where=sql("status <> 'failed'"),
        ),
        Index("ix_attempts_due", "due_at", sqlite_where=RUNNING, postgresql_where=RUNNING),
    )


class Refund(Base):
    """Money on its way back to the customer."""

    __tablename__ = "refunds"
    id: Mapped[int] = mapped_column(primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"), index=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(Text)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"))
    key: Mapped[str] = mapped_column(String(40), unique=True)
    ref: Mapped[str | None] = mapped_column(String(200), index=True)
    status: Mapped[str] = mapped_column(String(10))
    code: Mapped[str] = mapped_column(String(60), default="")
    error: Mapped[str] = mapped_column(String(500), default="")
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("status", REFUND_STATUSES), name="status"),
        CheckConstraint("(status = 'open') = (due_at IS NOT NULL)", name="due"),
        CheckConstraint("amount > 0", name="amount"),
    )


class GatewayEvent(Base):
    """A webhook that was accepted, so that it is accepted once."""

    __tablename__ = "gateway_events"
    gateway: Mapped[str] = mapped_column(String(20), primary_key=True)
    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    ref: Mapped[str] = mapped_column(String(200))
    received_at: Mapped[datetime]
