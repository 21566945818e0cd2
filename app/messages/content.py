"""The HTML of a message as sockets send it, without the cost of its templates (see app.moulds)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple

from markupsafe import escape

from app.entries import Entry, Side, Standing
from app.i18n import speaking
from app.moulds import Mould
from app.orders.lifecycle import can
from app.orders.model import FIRST
from app.orders.views import EntryView
from app.rendering import linkify, render, utc

THEN = datetime(1987, 6, 5, 4, 3, 2, 198765, UTC)
ORDER, SEQ, PREV = "91000001", 92000002, 93000003
NAME, PERSON, CID, TEXT, CAN = "\ue001", "\ue002", "\ue003", "\ue004", "\ue005"


class Stand(NamedTuple):
    """As much of an order as its buttons depend on."""

    status: str
    payment_method: str
    payment_status: str


@dataclass(frozen=True, slots=True)
class TurnView:
    """As much of an order as `orders/_turn.html` shows while no quote is open."""

    number: str
    head: int
    can: list[str]
    turn: str
    waiting_since: datetime | None
    awaiting: bool = False
    quote: None = None
    snoozed: bool = False
    snoozed_until: None = None


def content(entry: Entry, side: Side, language: str) -> str | None:
    """A message, and whose turn it is if that changed; None when there is more to know."""
    standing = entry.standing
    message = None if standing is None else appended(entry, side, language)
    if message is None or standing is None:
        return None
    return message + _turn(entry, standing, side, language) if standing.turned else message


def appended(entry: Entry, side: Side, language: str) -> str | None:
    """A message alone, to be put after the others; None for one that shows more than its words."""
    if entry.kind != "message" or len(entry.data) > 1:
        return None
    return _message(entry, entry.prev(side), language)


# Both sides ask for the same, one right after the other.
_latest: dict[str, tuple[Entry, int, str]] = {}


def _message(entry: Entry, prev: int, language: str) -> str:
    latest, its_prev, html = _latest.get(language, (None, 0, ""))
    if latest is not entry or its_prev != prev:
        html = _new_message(entry, prev, language)
        _latest[language] = entry, prev, html
    return html


def _new_message(entry: Entry, prev: int, language: str) -> str:
    values = {
        "order": str(entry.order + FIRST),
        "seq": str(entry.seq),
        "prev": str(prev),
        "at": entry.at.isoformat(),
        "utc": utc(entry.at, language),
        "name": escape(entry.name),
        "person": escape(entry.person),
        "cid": escape(entry.cid or ""),
        "text": linkify(entry.data["text"]),
    }
    return _message_mould(language, entry.role, bool(entry.name), entry.cid is not None).fill(values)


def _turn(entry: Entry, standing: Standing, side: Side, language: str) -> str:
    since = standing.waiting_since
    values = {
        "order": str(entry.order + FIRST),
        "head": str(entry.seq),
        "can": _can(
            Stand(standing.status, standing.payment_method, standing.payment_status), side, standing.turn
        ),
        "at": since.isoformat() if since else "",
        "utc": utc(since, language) if since else "",
    }
    return _turn_mould(language, side, standing.turn, since is not None).fill(values)


@cache
def _can(order: Stand, side: Side, turn: str) -> str:
    return " ".join(can(order, side, turn))


@cache
def _message_mould(language: str, role: str, named: bool, with_cid: bool) -> Mould:
    view = EntryView(
        order=ORDER,
        seq=SEQ,
        prev=PREV,
        kind="message",
        audience="everyone",
        at=THEN,
        role=role,
        name=NAME if named else "",
        person=PERSON,
        cid=CID if with_cid else None,
        data={"text": TEXT},
    )
    with speaking(language):
        html = render("orders/_appended.html", entry=view, audience="customer", base="", forms={})
        stand_ins = {
            ORDER: "order",
            str(SEQ): "seq",
            str(PREV): "prev",
            THEN.isoformat(): "at",
            utc(THEN, language): "utc",
            NAME: "name",
            PERSON: "person",
            CID: "cid",
            TEXT: "text",
        }
    return Mould(html, stand_ins)


@cache
def _turn_mould(language: str, side: Side, turn: str, waiting: bool) -> Mould:
    view = TurnView(ORDER, SEQ, [CAN], turn, THEN if waiting else None)
    with speaking(language):
        html = render("orders/_turn.html", order=view, audience=side, alone=True)
        stand_ins = {
            ORDER: "order",
            str(SEQ): "head",
            CAN: "can",
            THEN.isoformat(): "at",
            utc(THEN, language): "utc",
        }
    return Mould(html, stand_ins)
