"""What a copy of an order holds: the customer's view of it, whoever saves it, in one zone.

The parts are HTML, made of the same templates as the page; `app.copies.pdf` prints that very HTML.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from markupsafe import escape

from app.i18n import language, speaking
from app.orders.views import EntryView, OrderView
from app.rendering import render
from app.zones import zones

TIMES = re.compile(r'<time datetime="([^"]+)" data-format="([^"]+)">[^<]*</time>')
DRAWINGS = re.compile(r"<svg\b.*?</svg>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Paper:
    """For whom the copy is written: in which language, in which zone, by which shop."""

    language: str
    zone: ZoneInfo
    shop_name: str


def zone_of(wanted: str, default: ZoneInfo) -> ZoneInfo:
    """The reader's zone as their browser names it, else the shop's."""
    return ZoneInfo(wanted) if wanted in zones() else default


def head(paper: Paper, order: OrderView, now: datetime) -> str:
    """The document up to its first entry."""
    return _rendered(paper, "copies/_head.html", order=order, now=now)


def body(paper: Paper, entries: Sequence[EntryView]) -> str:
    """Entries, one after the other."""
    return _rendered(paper, "copies/_entries.html", entries=entries)


def foot(paper: Paper) -> str:
    return _rendered(paper, "copies/_foot.html")


def _rendered(paper: Paper, name: str, **values: Any) -> str:
    with speaking(paper.language):
        html = render(name, paper=paper, audience="customer", forms={}, **values)
        return TIMES.sub(lambda found: _moment(found, paper.zone), DRAWINGS.sub("", html))


def _moment(found: re.Match[str], zone: ZoneInfo) -> str:
    """A time as this copy's zone has it: nobody puts it right later."""
    moment = datetime.fromisoformat(found[1])
    moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(zone)
    shown = format_date(moment, "medium", language()) if found[2] == "date" else _to_the_minute(moment)
    return f'<time datetime="{found[1]}">{escape(shown)}</time>'


def _to_the_minute(moment: datetime) -> str:
    return format_datetime(moment, "short", locale=language())
