"""What became of messages and notes that were corrected or withdrawn."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ForeignKey, Index, Text, and_
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.orders.model import EntryRow

IN_TIME = timedelta(minutes=5)
KINDS = frozenset({"message", "note"})


class Amendment(Base):
    """The newest words of an entry whose row, which never changes, has older ones; None: withdrawn.

    `target` is the message or note. It has a row here, and so has each correction of it, whose own words are
    as old as soon as the next one comes: who reads any of them is given the newest.
    """

    __tablename__ = "amendments"
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    target: Mapped[int]
    text: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime]

    __table_args__ = (Index("ix_amendments_target", "order_id", "target"), {"sqlite_with_rowid": False})


def amended() -> ColumnElement[bool]:
    """How an entry and its amendment belong together."""
    return and_(Amendment.order_id == EntryRow.order_id, Amendment.seq == EntryRow.seq)
