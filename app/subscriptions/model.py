"""A subscription: what an order's plan goes on to charge."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.orders.model import one_of

STATES = ("scheduled", "active", "overdue", "cancelled", "ended")
LIVE = ("scheduled", "active", "overdue")
IS_LIVE = text("state IN ('scheduled', 'active', 'overdue')")


class Subscription(Base):
    """`plan` and `next_plan` are snapshots (PlanView.snapshot). Periods are counted from `anchor`.

    `period` is the index of the period to charge next; `cycle` counts all that were charged, `plan_cycle`
    those of this plan; `next_charge_at` is when the next charge or retry is due, None while one runs or
    none will come; `cancel_at` is when it ends by choice, `ends_at` when its cycles are over. `credit`
    (minor units) lowers the next charges. `failed_at` is when the open payment first failed, `retries`
    how many retries it has had.
    """

    __tablename__ = "subscriptions"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    plan: Mapped[dict[str, Any]]
    next_plan: Mapped[dict[str, Any] | None]
    title: Mapped[str] = mapped_column(String(300))
    tax_rate: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(10))
    starts_on: Mapped[date]
    anchor: Mapped[date]
    period: Mapped[int] = mapped_column(default=0)
    cycle: Mapped[int] = mapped_column(default=0)
    plan_cycle: Mapped[int] = mapped_column(default=0)
    credit: Mapped[int] = mapped_column(BigInteger, default=0)
    next_charge_at: Mapped[datetime | None]
    cancel_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    retries: Mapped[int] = mapped_column(default=0)
    hard: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("state", STATES), name="state"),
        CheckConstraint("(state IN ('cancelled', 'ended')) = (ended_at IS NOT NULL)", name="ended"),
        CheckConstraint("(state = 'overdue') = (failed_at IS NOT NULL)", name="failed"),
        CheckConstraint("credit >= 0 AND period >= 0 AND cycle >= 0", name="counts"),
        Index(
            "uq_subscriptions_live", "order_id", unique=True, sqlite_where=IS_LIVE, postgresql_where=IS_LIVE
        ),
        Index("ix_subscriptions_state", "state", "next_charge_at", "id"),
        Index("ix_subscriptions_due", "next_charge_at", sqlite_where=IS_LIVE, postgresql_where=IS_LIVE),
        Index("ix_subscriptions_cancel", "cancel_at", sqlite_where=IS_LIVE, postgresql_where=IS_LIVE),
        Index("ix_subscriptions_ends", "ends_at", sqlite_where=IS_LIVE, postgresql_where=IS_LIVE),
    )
