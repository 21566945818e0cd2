"""What a client may say, checked (DESIGN §4)."""

import re
from dataclasses import dataclass
from typing import Any

import orjson

from app.errors import Problem
from realtime.ports import Source

MOST_ORDERS = 200
LONGEST_LANGUAGE = 35

# The canonical form alone: what the client finds in its ack and event must equal what it sent.
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Resume:
    epoch: str | None
    positions: dict[int, int]
    inbox: bool
    language: str | None


@dataclass(frozen=True, slots=True)
class Do:
    cid: str
    order: str | None
    verb: str
    data: Any


@dataclass(frozen=True, slots=True)
class Typing:
    order: int | None
    note: bool


def malformed(detail: str) -> Problem:
    return Problem("malformed", detail)


def parse(text: str) -> dict[str, Any]:
    """The frame as a dict."""
    try:
        frame = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise malformed("This is not JSON.") from None
    if not isinstance(frame, dict):
        raise malformed("A frame is a JSON object.")
    return frame


def resume(frame: dict[str, Any], source: Source) -> Resume:
    orders = frame.get("orders", {})
    epoch, language = frame.get("epoch"), frame.get("html")
    if not isinstance(orders, dict) or not isinstance(epoch, str | None):
        raise malformed("resume: orders is an object of positions, epoch a string.")
    if not isinstance(language, str | None) or len(language or "") > LONGEST_LANGUAGE:
        raise malformed("resume: html is a language.")
    if len(orders) > MOST_ORDERS:
        raise Problem("invalid", f"At most {MOST_ORDERS} orders can be resumed.")
    return Resume(
        epoch=epoch,
        positions=_positions(orders, source),
        inbox=frame.get("inbox") is True,
        language=None if language is None else source.language(language),
    )


def do(frame: dict[str, Any]) -> Do:
    cid, order, verb = frame.get("cid"), frame.get("order"), frame.get("do")
    if not isinstance(cid, str) or not _UUID.fullmatch(cid):
        raise malformed("do: cid is a UUID.")
    if not isinstance(verb, str) or not isinstance(order, str | None):
        raise malformed("do: do and order are strings.")
    return Do(cid, order, verb, frame.get("data", {}))


def typing(frame: dict[str, Any], source: Source) -> Typing:
    return Typing(source.order_id(frame.get("order")), frame.get("note") is True)


def cid_of(frame: dict[str, Any]) -> str | None:
    """What a refusal may echo, so that the client knows what was refused."""
    cid = frame.get("cid") if frame.get("type") == "do" else None
    return cid if isinstance(cid, str) and len(cid) <= 100 else None


def _positions(orders: dict[str, Any], source: Source) -> dict[int, int]:
    positions = {}
    for number, position in orders.items():
        order = source.order_id(number)
        seen = _position(position)
        if order is not None:
            positions[order] = seen
    return positions


def _position(value: object) -> int:
    # JSON has one kind of number, and one past 64 bits arrives as a float: past every head in any case.
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 and value == int(value):
        return int(value)
    raise malformed("resume: a position is a whole number that is not negative.")
