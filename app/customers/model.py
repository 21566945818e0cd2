"""A customer: an address that buys."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base

NOWHERE = "deleted.invalid"  # no mail server ever answers for it (RFC 2606)


def shown(email: str) -> str:
    """An address for people; "" of who was deleted."""
    return "" if email.endswith(f"@{NOWHERE}") else email


class Customer(Base):
    """`email` is kept in lower case; `verified_at` is when a mailed link was last used.

    Who was deleted keeps the row, since orders refer to it, with nothing of the person in it.
    """

    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    language: Mapped[str | None] = mapped_column(String(8))
    verified_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class AddressChange(Base):
    """A new address that waits for a click in its own mailbox; only the hash of the link's secret is kept.

    Once it was used, `email` is the address from before: it is known where mail went to.
    """

    __tablename__ = "address_changes"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    email: Mapped[str] = mapped_column(String(254))
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
