"""What somebody collects before they order: one basket for each browser that puts something in."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Basket(Base):
    """`id` is the digest of what the browser's cookie says.

    `lines` are dicts {key, product, title, quantity, options: [{option, value}], terms, price in minor
    units}, the last two as they were shown when the line came in. `removed` is what undo puts back,
    as {at, line}.
    """

    __tablename__ = "baskets"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    lines: Mapped[list[Any]]
    removed: Mapped[list[Any]]
    changed_at: Mapped[datetime] = mapped_column(index=True)
