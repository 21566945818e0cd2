"""The shop's own texts: terms, privacy, imprint."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.orders.model import one_of
from app.shop import LEGAL


class LegalText(Base):
    """One version of one text, in force from `at` until the next one of its kind. Only ever added to (a
    trigger refuses all else), so that an order can show what applied when it was placed.

    One of the two languages may be empty; when both are, the text was taken back.
    """

    __tablename__ = "legal_texts"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    en: Mapped[str] = mapped_column(Text)
    de: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"))

    __table_args__ = (
        CheckConstraint(one_of("kind", LEGAL), name="kind"),
        Index("ix_legal_texts_kind", "kind", "id"),
    )

    @property
    def empty(self) -> bool:
        return not (self.en or self.de)

    def read_in(self, language: str) -> tuple[str, str]:
        """The text, and the language that it is in: the other one where there is none in the reader's."""
        own, other = (self.de, self.en) if language == "de" else (self.en, self.de)
        return (own, language) if own else (other, "en" if language == "de" else "de")
