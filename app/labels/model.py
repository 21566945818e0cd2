"""Action labels: the team's own marks on orders, which no customer ever sees."""

from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.orders.model import one_of

Color = Literal["slate", "red", "amber", "green", "teal", "blue", "violet", "pink"]
COLORS: tuple[Color, ...] = get_args(Color)


class Label(Base):
    __tablename__ = "labels"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    color: Mapped[str] = mapped_column(String(10))
    archived_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint(one_of("color", COLORS), name="color"),)


class OrderLabel(Base):
    __tablename__ = "order_labels"
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    label_id: Mapped[int] = mapped_column(ForeignKey("labels.id"), primary_key=True)

    __table_args__ = (Index("ix_order_labels_label", "label_id", "order_id"),)
