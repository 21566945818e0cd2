"""How far each member has read."""

from sqlalchemy import ColumnElement, ForeignKey, Index, or_, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Reading(Base):
    """A member's position in an order. No row means: nothing unread.

    `count` is the order's `team_count` at that position, plus what the member wrote since and which
    counts for others only. `unread` is true while the order's counter is ahead of it. `marked` is the head
    at which the member marked the order unread: reading that far takes the mark away.
    """

    __tablename__ = "readings"
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    seq: Mapped[int]
    count: Mapped[int]
    unread: Mapped[bool]
    marked: Mapped[int | None]

    __table_args__ = (
        Index(
            "ix_readings_news",
            "member_id",
            sqlite_where=text("unread = 1 OR marked IS NOT NULL"),
            postgresql_where=text("unread OR marked IS NOT NULL"),
        ),
        Index("ix_readings_order", "order_id"),
    )


UNREAD: ColumnElement[bool] = or_(Reading.unread, Reading.marked.is_not(None))


def unread_of(counter: int, count: int, marked: int | None) -> int:
    """How much is unread for a member who read up to `count` of the order's counter; a mark counts as one."""
    return max(counter - count, 0 if marked is None else 1)
