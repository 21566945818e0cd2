"""Tallies: what the shop did, added up by day while it happens."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.analytics.blocks import SPANS
from app.db import Base
from app.orders.model import STATUSES, one_of
from app.subscriptions.model import STATES


class TallyMove(Base):
    """A change of a tally. Transactions only ever add rows, so none waits; `folding` adds them up.

    `day` is the ordinal of a date in the shop's zone. `figure` and `key` are those of app.analytics.tallies;
    `amount` counts, or is in minor units of `currency`, which is empty for counts.
    """

    __tablename__ = "tally_moves"
    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[int]
    figure: Mapped[str] = mapped_column(String(24))
    key: Mapped[int] = mapped_column(default=0)
    currency: Mapped[str] = mapped_column(String(3), default="")
    amount: Mapped[int] = mapped_column(BigInteger)

    # on PostgreSQL, so that what was folded and not vacuumed yet is not read again
    __table_args__ = (Index("ix_tally_moves_figure", "figure", "day"),)


class Tally(Base):
    """The sum of the moves of one block of `span` days (app.analytics.blocks)."""

    __tablename__ = "tallies"
    figure: Mapped[str] = mapped_column(String(24), primary_key=True)
    span: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    block: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    amount: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint(f"span IN ({', '.join(map(str, SPANS))})", name="span"),
        Index("ix_tallies_rank", "figure", "span", "block", "amount"),
        {"sqlite_with_rowid": False},
    )


class CountedOrder(Base):
    """What the tallies hold of an order, so that a change can take it out again; only its lock holder writes.

    `confirmed` and `open` (minor units) are counted on the day `confirmed_on`, None while it is not
    confirmed; `paid` is what has come in for its price. `out`: confirmed without a quote, so that its money
    is in no figure. The moments are those of the first reply and of the first quote.
    """

    __tablename__ = "counted_orders"
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True, autoincrement=False)
    placed_on: Mapped[date]
    status: Mapped[str] = mapped_column(String(12))
    replied_at: Mapped[datetime | None]
    quoted_at: Mapped[datetime | None]
    confirmed_on: Mapped[date | None]
    confirmed: Mapped[int] = mapped_column(BigInteger, default=0)
    open: Mapped[int] = mapped_column(BigInteger, default=0)
    paid: Mapped[int] = mapped_column(BigInteger, default=0)
    out: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        CheckConstraint(one_of("status", STATUSES), name="status"),
        CheckConstraint("(status = 'confirmed') = (confirmed_on IS NOT NULL)", name="confirmed_on"),
        CheckConstraint("open >= 0 AND open <= confirmed", name="open"),
    )


class CountedSubscription(Base):
    """What the tallies hold of a subscription: its state and plan, and what it owes while overdue."""

    __tablename__ = "counted_subscriptions"
    subscription_id: Mapped[int] = mapped_column(
        ForeignKey("subscriptions.id"), primary_key=True, autoincrement=False
    )
    state: Mapped[str] = mapped_column(String(10))
    plan_id: Mapped[int]
    owed: Mapped[int] = mapped_column(BigInteger, default=0)

    __table_args__ = (CheckConstraint(one_of("state", STATES), name="state"),)
