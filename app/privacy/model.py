"""Deletions of customers: what is left to do outside of the database."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base

LEFT = sql("done_at IS NULL")


class Erasure(Base):
    """A deletion whose rows are gone. `files` and `cards` wait for the worker, and are empty once it is done.

    While a worker has it, `due_at` is the end of its lease.
    """

    __tablename__ = "erasures"
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    files: Mapped[list[Any]]
    cards: Mapped[list[Any]]
    tries: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("(done_at IS NULL) = (due_at IS NOT NULL)", name="due"),
        Index("ix_erasures_due", "due_at", sqlite_where=LEFT, postgresql_where=LEFT),
    )
