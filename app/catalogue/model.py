"""What the shop sells: products and services, their pictures, and the plans that recur."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.orders.model import one_of

PRICINGS = ("fixed", "by_quote")
KINDS = ("one", "many", "text", "number", "date")
UNITS = ("day", "week", "month", "year")


class Plan(Base):
    """A price that recurs: every `every` `unit`s, `cycles` times or until cancelled."""

    __tablename__ = "plans"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    price: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    every: Mapped[int]
    unit: Mapped[str] = mapped_column(String(6))
    upfront_fee: Mapped[int] = mapped_column(BigInteger, default=0)
    cycles: Mapped[int | None]
    retired_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("unit", UNITS), name="unit"),
        CheckConstraint("price > 0 AND every > 0 AND upfront_fee >= 0", name="positive"),
    )


class Product(Base):
    """`options` are dicts {id, title, kind, required, choices: [{id, title, surcharge in minor units}]}.

    `pictures` are dicts {id, alt, width, height}, the first one stands for the product. `version` counts the
    edits, so that of two members who edit at once one is told.
    """

    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(String(100), default="")
    pricing: Mapped[str] = mapped_column(String(10))
    price: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    tax_rate: Mapped[str] = mapped_column(String(8), default="0")
    tax_included: Mapped[bool] = mapped_column(default=True)
    options: Mapped[list[Any]]
    pictures: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plans.id"))
    position: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    archived_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("pricing", PRICINGS), name="pricing"),
        CheckConstraint("(pricing = 'fixed') = (price IS NOT NULL)", name="price"),
    )


class Picture(Base):
    """A picture that was checked and stored; `id` is made of its content. Sizes in pixels, of the large one.

    Whoever knows the id may see it. One that no product shows is loose, and swept after a while: from its
    first `drop_at` on it is nobody's any more, and at each its files are to be deleted, until they are.
    """

    __tablename__ = "pictures"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    width: Mapped[int]
    height: Mapped[int]
    loose_since: Mapped[datetime | None] = mapped_column(index=True)
    drop_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint("drop_at IS NULL OR loose_since IS NOT NULL", name="drop"),)
