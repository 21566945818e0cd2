"""An order, its lines, and the log of its conversation."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base

FIRST = 1000
MOST_ID = 2**31 - 1
STATUSES = ("pending", "processing", "confirmed", "rejected", "cancelled")
OPEN = ("pending", "processing")
TURNS = ("team", "customer", "none")
METHODS = ("online", "bank_transfer", "cash", "invoice")
PAYMENT_STATUSES = ("unpaid", "pending", "paid", "failed", "partially_refunded", "refunded")


UNUSUALLY_PAID = "payment_status NOT IN ('unpaid', 'paid')"


def some(name: str, *columns: str, where: str) -> Index:
    """An index of few rows, which costs the others nothing."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


def one_of(column: str, values: tuple[str, ...]) -> str:
    """A CHECK that a column holds one of these."""
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def order_id(number: object) -> int | None:
    """The id behind an order's number; None for what is no number."""
    if not isinstance(number, str) or not number.isascii() or not number.isdigit() or len(number) > 12:
        return None
    found = int(number) - FIRST
    return found if 0 < found <= MOST_ID and str(found + FIRST) == number else None


class Order(Base):
    """An order. `last_seq` and `customer_seq` are its heads; the counters count what may be unread.

    `settled` says that some member may have nothing unread here, so that the next entry that counts
    has to be spread over the team's readings (see app.unread). `account_card` says that a card of the
    customer's account may pay for it, which a guest could not ask for. `snoozed_*`: see app.orders.snooze.
    """

    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    customer_name: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(8))
    verified: Mapped[bool]
    title: Mapped[str] = mapped_column(String(300))
    status: Mapped[str] = mapped_column(String(12))
    turn: Mapped[str] = mapped_column(String(10))
    waiting_since: Mapped[datetime | None]
    payment_method: Mapped[str] = mapped_column(String(20))
    payment_status: Mapped[str] = mapped_column(String(20), default="unpaid")
    currency: Mapped[str] = mapped_column(String(3))
    total: Mapped[int | None] = mapped_column(BigInteger)
    by_quote: Mapped[bool]
    plan: Mapped[dict[str, Any] | None]
    account_card: Mapped[bool] = mapped_column(default=False, server_default=false())
    starts_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(Text, default="")
    terms_id: Mapped[int | None] = mapped_column(ForeignKey("legal_texts.id"))
    without_quote: Mapped[bool] = mapped_column(default=False)
    opened_by: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    open_quote: Mapped[int | None]
    quote_until: Mapped[date | None]
    approved_quote: Mapped[int | None]
    last_seq: Mapped[int] = mapped_column(default=0)
    customer_seq: Mapped[int] = mapped_column(default=0)
    team_count: Mapped[int] = mapped_column(default=0)
    customer_count: Mapped[int] = mapped_column(default=0)
    settled: Mapped[bool] = mapped_column(default=True)
    customer_read: Mapped[int] = mapped_column(default=0)
    customer_read_count: Mapped[int] = mapped_column(default=0)
    last_text: Mapped[str] = mapped_column(String(160), default="")
    snoozed_at: Mapped[datetime | None]
    snoozed_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    sorted_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(one_of("status", STATUSES), name="status"),
        CheckConstraint(one_of("turn", TURNS), name="turn"),
        CheckConstraint(one_of("payment_method", METHODS), name="payment_method"),
        CheckConstraint(one_of("payment_status", PAYMENT_STATUSES), name="payment_status"),
        CheckConstraint("(turn = 'team') = (waiting_since IS NOT NULL)", name="waiting"),
        CheckConstraint("open_quote IS NULL OR status = 'processing'", name="open_quote"),
        CheckConstraint("quote_until IS NULL OR open_quote IS NOT NULL", name="quote_until"),
        CheckConstraint("customer_seq <= last_seq", name="heads"),
        CheckConstraint("snoozed_at IS NULL OR turn = 'team'", name="snoozed"),
        CheckConstraint("snoozed_until IS NULL OR snoozed_at IS NOT NULL", name="snoozed_until"),
        Index("ix_orders_customer", "customer_id", "sorted_at", "id"),
        Index("ix_orders_status", "status", "sorted_at", "id"),
        Index("ix_orders_sorted", "sorted_at", "id"),
        Index(
            "ix_orders_inbox",
            "sorted_at",
            "id",
            sqlite_where=text("turn = 'team'"),
            postgresql_where=text("turn = 'team'"),
        ),
        Index(
            "ix_orders_awaiting",
            "sorted_at",
            "id",
            sqlite_where=text("open_quote IS NOT NULL"),
            postgresql_where=text("open_quote IS NOT NULL"),
        ),
        some("ix_orders_snoozed", "sorted_at", "id", where="snoozed_at IS NOT NULL"),
        some("ix_orders_snoozed_until", "snoozed_until", where="snoozed_until IS NOT NULL"),
        some("ix_orders_assignee", "assignee_id", "sorted_at", "id", where="assignee_id IS NOT NULL"),
        some("ix_orders_money", "payment_status", "sorted_at", "id", where=UNUSUALLY_PAID),
    )

    @property
    def number(self) -> str:
        return str(self.id + FIRST)

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


class Line(Base):
    """What was ordered: a snapshot that later edits of the catalogue never change."""

    __tablename__ = "lines"
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    title: Mapped[str] = mapped_column(String(200))
    quantity: Mapped[int]
    options: Mapped[list[Any]]
    unit_price: Mapped[int | None] = mapped_column(BigInteger)
    plan: Mapped[dict[str, Any] | None]
    tax_rate: Mapped[str] = mapped_column(String(8))
    tax_included: Mapped[bool]

    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)


class EntryRow(Base):
    """One entry of an order's log; app.log writes them and nobody changes them.

    `team_count` and `customer_count` are the order's counters after this entry, so that what is unread
    since any position is a subtraction.
    """

    __tablename__ = "entries"
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    prev_everyone: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    audience: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime] = mapped_column(index=True)
    role: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(200))
    person: Mapped[str] = mapped_column(String(24))
    cid: Mapped[str | None] = mapped_column(String(36))
    digest: Mapped[str | None] = mapped_column(String(64))
    team_count: Mapped[int]
    customer_count: Mapped[int]
    data: Mapped[dict[str, Any]]

    __table_args__ = (
        CheckConstraint(one_of("audience", ("everyone", "team")), name="audience"),
        CheckConstraint("seq > 0 AND prev_everyone >= 0 AND prev_everyone < seq", name="seq"),
        Index("uq_entries_cid", "person", "cid", unique=True),
        {"sqlite_with_rowid": False},
    )


class BoxTally(Base):
    """How many orders a box holds is the sum of its rows: moves only ever add rows, so none waits."""

    __tablename__ = "box_tallies"
    id: Mapped[int] = mapped_column(primary_key=True)
    box: Mapped[str] = mapped_column(String(12))
    moved: Mapped[int]


class OrderText(Base):
    """What search finds an order by. `audience` as in entries: notes are for the team alone."""

    __tablename__ = "order_texts"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    audience: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text)
