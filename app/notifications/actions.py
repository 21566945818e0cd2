"""Choosing what one is told of."""

from collections.abc import Mapping
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field

from app.db import Transaction, insert_into
from app.entries import Side
from app.errors import FieldError, Problem
from app.notifications.events import CHANNELS, events_of
from app.notifications.model import NotificationSetting
from app.verb import Data, Flag, validate
from app.zones import zones

Minutes = Annotated[int, Field(ge=0, le=1439)]
Weekday = Annotated[int, Field(ge=0, le=6)]
ZONE = "This time zone is not known."


class Chosen(Data):
    """`channels` by event; quiet hours from a minute of the day to another, or neither."""

    channels: dict[str, list[str]]
    shows_text: Flag = True
    sounds: Flag = True
    quiet_from: Minutes | None = None
    quiet_until: Minutes | None = None
    quiet_days: Annotated[list[Weekday], Field(max_length=7)] = []
    zone: Annotated[str, Field(max_length=60)]


def chosen(values: Mapping[str, Any], side: Side) -> Chosen:
    """What a form says. Raises 422 that names the field."""
    found: Chosen = validate(
        Chosen,
        {
            "channels": _channels(values, side),
            "shows_text": "shows_text" in values,
            "sounds": "sounds" in values,
            "quiet_from": _minutes(values, "quiet_from"),
            "quiet_until": _minutes(values, "quiet_until"),
            "quiet_days": sorted(weekdays(values)),
            "zone": str(values.get("zone", "")).strip(),
        },
    )
    if found.zone not in zones():
        raise _wrong("zone", ZONE)
    for one, other in (("quiet_from", "quiet_until"), ("quiet_until", "quiet_from")):
        if getattr(found, one) is None and getattr(found, other) is not None:
            raise _wrong(one, "Please fill this in.")
    if found.quiet_from is not None and not found.quiet_days:
        raise _wrong("quiet_days", "Please choose at least one day.")
    return found


async def choose(tx: Transaction, person: str, data: Chosen) -> None:
    """From now on; what waits already is asked about again when it goes out."""
    row = data.model_dump() | {"person": person, "changed_at": tx.now}
    insert = insert_into(tx.session, NotificationSetting).values(row)
    new = {name: value for name, value in row.items() if name != "person"}
    await tx.session.execute(insert.on_conflict_do_update(index_elements=["person"], set_=new))


def known_zone(name: str, default: ZoneInfo) -> str:
    return name if name in zones() else default.key


def several(values: Mapping[str, Any], name: str) -> list[str]:
    """The texts of a field that may have come more than once."""
    found = values.get(name, [])
    return found if isinstance(found, list) else [found]


def weekdays(values: Mapping[str, Any]) -> set[int]:
    return {int(day) for day in several(values, "quiet_days") if day in set("0123456")}


def _channels(values: Mapping[str, Any], side: Side) -> dict[str, list[str]]:
    """By event; only what is offered can be chosen."""
    return {
        event.name: [name for name in CHANNELS if name in event.offered & set(several(values, event.name))]
        for event in events_of(side)
    }


def _minutes(values: Mapping[str, Any], name: str) -> int | None:
    text = str(values.get(name, "")).strip()
    if not text:
        return None
    hours, colon, minutes = text.partition(":")
    digits = hours.isascii() and hours.isdigit() and minutes.isascii() and minutes[:2].isdigit()
    if not (colon and digits and len(hours) <= 2 and int(hours) < 24 and int(minutes[:2]) < 60):
        raise _wrong(name, "Please write a time, like 18:30.")
    return int(hours) * 60 + int(minutes[:2])


def _wrong(name: str, detail: str) -> Problem:
    return Problem("invalid", detail, errors=[FieldError(name, "wrong", detail)])
