"""How far each member has read."""

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Reading(Base):
    """A member's position in an order. No row means: nothing unread.

    `count` is the order's `team_count` at that position, plus what the member wrote since and which
    counts for others only. `unread` is true while the order's counter is ahead of it.
    """

    __tablename__ = "readings"
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    seq: Mapped[int]
    count: Mapped[int]
    unread: Mapped[bool]

    __table_args__ = (
        Index(
            "ix_readings_unread",
            "member_id",
            sqlite_where=text("unread = 1"),
            postgresql_where=text("unread"),
        ),
        Index("ix_readings_order", "order_id"),
    )
