"""Who did what, when, apart from orders, whose timelines say it themselves."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Record(Base):
    """One act. Never changed (a trigger refuses it), and forgotten after a year (recording.KEPT).

    `name` is what the person was called then; no `member_id`: the command line. `subject` is whom or what it
    was done to. `data` are further facts, never a secret.
    """

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(40))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    name: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(254))
    data: Mapped[dict[str, Any]]

    __table_args__ = (
        Index("ix_audit_member", "member_id", "id"),
        Index("ix_audit_kind", "kind", "id"),
        Index("ix_audit_at", "at"),
    )
