"""One person's choices, with what holds for who chose nothing; and when they are not to be disturbed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import among
from app.notifications.events import EVENTS, Channel
from app.notifications.model import NotificationSetting

EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class Quiet:
    """From one time of the day until another in a zone, on the weekdays (0 is Monday) on which it begins.

    When both are the same it is the whole day.
    """

    begins: time
    ends: time
    days: frozenset[int]
    zone: ZoneInfo

    def until(self, now: datetime) -> datetime | None:
        """When the quiet that holds at `now` is over; None when there is none."""
        found, moment = None, now
        for _ in range(8):  # a day that is quiet as a whole may be followed by the next
            ends = self._ends(moment)
            if ends is None or ends <= moment:
                break
            found = moment = ends
        return found

    def _ends(self, moment: datetime) -> datetime | None:
        here = moment.astimezone(self.zone).replace(tzinfo=None)
        for day in (here.date(), here.date() - timedelta(days=1)):
            begins, ends = self._of(day)
            if day.weekday() in self.days and begins <= here < ends:
                return ends.replace(tzinfo=self.zone).astimezone(UTC)
        return None

    def _of(self, day: date) -> tuple[datetime, datetime]:
        after = timedelta(days=self.ends <= self.begins)
        return datetime.combine(day, self.begins), datetime.combine(day + after, self.ends)


@dataclass(frozen=True, slots=True)
class Choices:
    """What one person wants to be told of, and how."""

    channels: Mapping[str, Collection[str]] = field(default_factory=dict)
    shows_text: bool = True
    sounds: bool = True
    quiet: Quiet | None = None
    zone: str = ""

    def wants(self, event: str, channel: Channel) -> bool:
        known = EVENTS[event]
        return channel in known.offered and channel in self.channels.get(event, known.default)

    def quiet_until(self, now: datetime) -> datetime | None:
        return self.quiet.until(now) if self.quiet else None


async def choices_of(session: AsyncSession, persons: Collection[str]) -> dict[str, Choices]:
    """By person, for everybody asked for, in one query."""
    wanted = select(NotificationSetting).where(among(session, NotificationSetting.person, persons))
    found = {row.person: _choices(row) for row in await session.scalars(wanted)} if persons else {}
    return {person: found.get(person, Choices()) for person in persons}


def _choices(row: NotificationSetting) -> Choices:
    quiet = None
    if row.quiet_from is not None and row.quiet_until is not None:
        days = frozenset(row.quiet_days)
        quiet = Quiet(at(row.quiet_from), at(row.quiet_until), days, ZoneInfo(row.zone))
    return Choices(row.channels, row.shows_text, row.sounds, quiet, row.zone)


def at(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)
