"""What the shop sells: products and services, and the plans that recur."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, Text
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
    """`options` are dicts {id, title, kind, required, choices: [{id, title, surcharge in minor units}]}."""

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
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plans.id"))
    position: Mapped[int] = mapped_column(default=0)
    archived_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("pricing", PRICINGS), name="pricing"),
        CheckConstraint("(pricing = 'fixed') = (price IS NOT NULL)", name="price"),
    )
