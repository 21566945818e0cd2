"""Canned replies: texts that the team writes again and again."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class CannedReply(Base):
    """`name` is what one types after a slash; it stays taken by an archived one, which can come back."""

    __tablename__ = "canned_replies"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    text: Mapped[str] = mapped_column(Text)
    archived_at: Mapped[datetime | None]
