"""Figures in the words and the notation of the language that is being spoken."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from babel.dates import format_date, format_interval, format_skeleton
from babel.numbers import format_compact_currency, format_decimal, format_percent, get_currency_precision
from babel.units import format_unit

from app import i18n
from app.analytics.ranges import Range
from app.analytics.views import Day
from app.i18n import gettext as _
from app.money import Money

Tone = Literal["good", "bad", "plain"]
MINUTE, HOUR, DAY = 60, 3600, 86400


@dataclass(frozen=True, slots=True)
class Change:
    """How a figure stands to the one before: `way` is up, down or even; `text` says by how much."""

    way: Literal["up", "down", "even"]
    tone: Tone
    text: str


def change(now: float, before: float, *, good: Literal["up", "down", ""] = "up") -> Change | None:
    """None where there was nothing before to compare with. `good` is the way that one hopes for."""
    if before <= 0:
        return None
    part = percent(abs(now - before) / before)
    if now == before:
        return Change("even", "plain", _("as before"))
    way: Literal["up", "down"] = "up" if now > before else "down"
    tone: Tone = "plain" if not good else "good" if way == good else "bad"
    return Change(way, tone, (_("%(part)s more") if way == "up" else _("%(part)s less")) % {"part": part})


def pace(now: int | None, before: int | None) -> Change | None:
    """The same for a length of time, in seconds: less is better."""
    if now is None or not before:
        return None
    part = percent(abs(now - before) / before)
    if now == before:
        return Change("even", "plain", _("as before"))
    if now < before:
        return Change("down", "good", _("%(part)s quicker") % {"part": part})
    return Change("up", "bad", _("%(part)s slower") % {"part": part})


def number(value: float) -> str:
    return str(format_decimal(value, locale=i18n.language()))


def percent(part: float) -> str:
    """A part of one, in whole percents; what is not nothing is not called 0 %."""
    pattern = "#,##0.0%" if 0 < part < 0.01 else "#,##0%"
    if i18n.language() == "de":
        pattern = pattern.replace("%", "\N{NO-BREAK SPACE}%")
    return str(format_percent(part, format=pattern, locale=i18n.language()))


def duration(seconds: int | None) -> str:
    """A length of time, to two digits or so: "45 sec", "12 min", "3.5 hr"."""
    if seconds is None:
        return "–"
    for limit, size, unit in (
        (2 * MINUTE, 1, "second"),
        (2 * HOUR, MINUTE, "minute"),
        (2 * DAY, HOUR, "hour"),
    ):
        if seconds < limit:
            return _unit(seconds / size, unit)
    return _unit(seconds / DAY, "day")


def span(days: Range) -> str:
    """ "8 Sept – 7 Oct 2026"."""
    return str(format_interval(days.first, days.last, "yMMMd", locale=i18n.language()))


def day_name(day: Day) -> str:
    """A day, or the days that are drawn as one."""
    if day.first == day.last:
        return str(
            format_date(day.first, "EEE, d. MMM" if i18n.language() == "de" else "EEE d MMM", i18n.language())
        )
    return span(Range(day.first, day.last))


def tick(day: date, *, months: bool) -> str:
    """The short name of a day, or of its month, below a chart."""
    return str(format_skeleton("yMMM" if months else "MMMd", day, locale=i18n.language()))


def short_money(money: Money) -> str:
    """An amount as short as it can be, for the scale of a chart: "€2.5K"."""
    major = money.amount / 10 ** get_currency_precision(money.currency)
    return str(format_compact_currency(major, money.currency, locale=i18n.language(), fraction_digits=1))


def _unit(value: float, unit: str) -> str:
    value = round(value, 1) if value < 10 and unit != "second" else round(value)
    return str(format_unit(value, f"duration-{unit}", "short", locale=i18n.language()))
