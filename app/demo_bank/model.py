"""The demo bank's own books. It acts as if it were far away, so nothing here points to our tables.

A row's `ref` is its name to the outside. Amounts are in minor units.
"""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.orders.model import one_of

BEHAVIOURS = ("pays", "declines", "asks", "no_funds", "stolen")
CHARGE_STATUSES = ("prepared", "action", "processing", "succeeded", "failed")
REFUND_STATUSES = ("processing", "succeeded")
KINDS = ("setup", "charge", "refund")
FAULTS = ("away", "late", "slow", "duplicate", "hang")
PROCESSING = text("status = 'processing'")
WAITING = text("due_at IS NOT NULL")


class BankSetup(Base):
    """A page that saves a card. `method` is the card that was saved there."""

    __tablename__ = "bank_setups"
    ref: Mapped[str] = mapped_column(String(60), primary_key=True)
    payer: Mapped[str] = mapped_column(String(60))
    email: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(8))
    return_url: Mapped[str] = mapped_column(String(1000))
    method: Mapped[str | None] = mapped_column(String(60))
    created_at: Mapped[datetime]


class BankMethod(Base):
    """A saved card. Its number is not kept: `behaviour` is what the number stood for."""

    __tablename__ = "bank_methods"
    ref: Mapped[str] = mapped_column(String(60), primary_key=True)
    payer: Mapped[str] = mapped_column(String(60))
    brand: Mapped[str] = mapped_column(String(40))
    last4: Mapped[str] = mapped_column(String(4))
    expires: Mapped[str] = mapped_column(String(7))
    behaviour: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime]
    forgotten_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("behaviour", BEHAVIOURS), name="behaviour"),
        CheckConstraint("length(last4) = 4", name="last4"),
    )


class BankCharge(Base):
    """A charge. While it is processing, `due_at` is when its outcome is there."""

    __tablename__ = "bank_charges"
    ref: Mapped[str] = mapped_column(String(60), primary_key=True)
    method: Mapped[str] = mapped_column(String(60))
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    order_number: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(10))
    code: Mapped[str] = mapped_column(String(60))
    hard: Mapped[bool]
    return_url: Mapped[str | None] = mapped_column(String(1000))
    refunded: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("status", CHARGE_STATUSES), name="status"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("refunded >= 0 AND refunded <= amount", name="refunded"),
        CheckConstraint("refunded = 0 OR status = 'succeeded'", name="paid_before"),
        CheckConstraint("(status = 'failed') = (code <> '')", name="code"),
        CheckConstraint("(status = 'processing') = (due_at IS NOT NULL)", name="due"),
        CheckConstraint("(status IN ('succeeded', 'failed')) = (ended_at IS NOT NULL)", name="ended"),
        Index("ix_bank_charges_due", "due_at", sqlite_where=PROCESSING, postgresql_where=PROCESSING),
    )


class BankRefund(Base):
    """Money on its way back, or there; it is taken off the charge as soon as it is asked for."""

    __tablename__ = "bank_refunds"
    ref: Mapped[str] = mapped_column(String(60), primary_key=True)
    charge: Mapped[str] = mapped_column(String(60), index=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("status", REFUND_STATUSES), name="status"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("(status = 'processing') = (due_at IS NOT NULL)", name="due"),
        Index("ix_bank_refunds_due", "due_at", sqlite_where=PROCESSING, postgresql_where=PROCESSING),
    )


class BankCall(Base):
    """A request that was answered: its key, the digest of what it asked, the `ref` of what it made."""

    __tablename__ = "bank_calls"
    call: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    ref: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime]


class BankEvent(Base):
    """A webhook on its way, `copies` times. While one worker brings it, `due_at` is the end of its lease.

    With neither `due_at` nor `delivered_at` it is given up.
    """

    __tablename__ = "bank_events"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    ref: Mapped[str] = mapped_column(String(60), index=True)
    copies: Mapped[int]
    tries: Mapped[int]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("kind", KINDS), name="kind"),
        CheckConstraint("copies >= 0", name="copies"),
        CheckConstraint("(delivered_at IS NOT NULL) = (copies = 0)", name="delivered"),
        CheckConstraint("delivered_at IS NULL OR due_at IS NULL", name="due"),
        Index("ix_bank_events_due", "due_at", sqlite_where=WAITING, postgresql_where=WAITING),
    )


class BankFault(Base):
    """A fault that tests switched on, for the next `remaining` calls; `call` "" is any that it can befall."""

    __tablename__ = "bank_faults"
    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    call: Mapped[str] = mapped_column(String(20), primary_key=True)
    remaining: Mapped[int]
    seconds: Mapped[float]

    __table_args__ = (
        CheckConstraint(one_of("name", FAULTS), name="name"),
        CheckConstraint("remaining >= 0", name="remaining"),
        CheckConstraint("seconds >= 0", name="seconds"),
    )
