"""A file that somebody sends with a message, or is about to."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base

LARGEST = 25 * 1024 * 1024  # bytes of one file
MOST = 10  # of one message
UNSENT = text("seq IS NULL")


class Attachment(Base):
    """A file of one order and person. Without `seq` it is only uploaded, and gone when `expires_at` comes.

    `seq` is the message that it was sent with, once and for good. The row is there before the file is, so
    that a crash in between leaves nothing that nobody knows of; until the file is whole it is not `ready`.
    `key` is where it lies (app.storage), with the `preview` of a picture beside it. Sizes are in bytes and
    pixels.
    """

    __tablename__ = "attachments"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    seq: Mapped[int | None]
    person: Mapped[str] = mapped_column(String(24))
    name: Mapped[str] = mapped_column(String(255))
    type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    width: Mapped[int | None]
    height: Mapped[int | None]
    key: Mapped[str] = mapped_column(String(64), unique=True)
    preview: Mapped[bool]
    ready: Mapped[bool]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]

    __table_args__ = (
        ForeignKeyConstraint(
            ["order_id", "seq"], ["entries.order_id", "entries.seq"], name="fk_attachments_entry"
        ),
        CheckConstraint("(seq IS NULL) = (expires_at IS NOT NULL)", name="expires"),
        CheckConstraint("seq IS NULL OR ready", name="ready"),
        CheckConstraint("size >= 0", name="size"),
        Index("ix_attachments_entry", "order_id", "seq"),
        Index("ix_attachments_unsent", "person", sqlite_where=UNSENT, postgresql_where=UNSENT),
        Index("ix_attachments_expires", "expires_at", sqlite_where=UNSENT, postgresql_where=UNSENT),
    )

    @property
    def preview_key(self) -> str:
        return f"{self.key}.preview"
