"""What people chose to be told of, and when not."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base

A_DAY = 24 * 60


class NotificationSetting(Base):
    """One person's ("m3", "c7"). No row, and no event in `channels`: as app.notifications.events says.

    Quiet hours are minutes of a day in `zone`; `quiet_days` are the weekdays (0 is Monday) on which they
    begin. `shows_text`: a push says what was written. `sounds`: what shows on the screen is heard, too.
    """

    __tablename__ = "notification_settings"
    person: Mapped[str] = mapped_column(String(24), primary_key=True)
    channels: Mapped[dict[str, Any]]
    shows_text: Mapped[bool]
    sounds: Mapped[bool]
    quiet_from: Mapped[int | None]
    quiet_until: Mapped[int | None]
    quiet_days: Mapped[list[Any]]
    zone: Mapped[str] = mapped_column(String(60))
    changed_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name="quiet"),
        CheckConstraint(
            f"quiet_from IS NULL OR (quiet_from BETWEEN 0 AND {A_DAY - 1} "
            f"AND quiet_until BETWEEN 0 AND {A_DAY - 1})",
            name="minutes",
        ),
    )
