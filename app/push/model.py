"""Browsers that may be woken by Web Push, and what is to be sent to them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.orders.model import one_of

SIDES = ("team", "customer")


class PushSubscription(Base):
    """A browser of one person ("m3", "c7"); it ends with the session in which it was made.

    `endpoint` is the browser maker's push service, `p256dh` and `auth` what only the browser can open.
    """

    __tablename__ = "push_subscriptions"
    id: Mapped[int] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(String(24), index=True)
    side: Mapped[str] = mapped_column(String(10))
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), index=True)
    endpoint: Mapped[str] = mapped_column(String(2000))
    p256dh: Mapped[str] = mapped_column(String(100))
    auth: Mapped[str] = mapped_column(String(40))
    agent: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("side", SIDES), name="side"),
        # whoever signed in last on this side is who sits before the browser
        UniqueConstraint("endpoint", "side", name="uq_push_subscriptions_endpoint"),
    )


class PushPosition(Base):
    """Up to which entry of an order a person was told by push."""

    __tablename__ = "push_positions"
    person: Mapped[str] = mapped_column(String(24), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    seq: Mapped[int]


class Push(Base):
    """What waits for one browser about one order: at most one, about the newest entry, said when it is sent.

    `claimed_until` is the end of a worker's lease, in real time whatever the worker's clock says.
    """

    __tablename__ = "pushes"
    id: Mapped[int] = mapped_column(primary_key=True)
    subscription_id: Mapped[int] = mapped_column(ForeignKey("push_subscriptions.id", ondelete="CASCADE"))
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    seq: Mapped[int]
    event: Mapped[str] = mapped_column(String(30))
    attempts: Mapped[int]
    due_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("subscription_id", "order_id", name="uq_pushes_subscription_id"),
        Index("ix_pushes_due", "due_at"),
    )
