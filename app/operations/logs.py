"""Logs: one line for each thing worth telling, as JSON for machines or as text for a terminal.

The standard library's logging with a formatter of our own, since which fields there are is a promise about
privacy: ids and kinds, never a text, a name, an address or a secret (`redaction`).
"""

import logging
import sys
import traceback
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TextIO

import orjson

from app.author import Actor
from app.operations.redaction import redacted
from app.settings import Settings

FIELDS: Final = ("request", "socket", "order", "actor", "method", "path", "status", "ms", "code")
QUIET: Final = {"uvicorn": logging.WARNING, "alembic": logging.WARNING, "asyncio": logging.WARNING}


@dataclass(slots=True)
class About:
    """What the lines of one request or socket are about."""

    request: str = ""
    socket: str = ""
    order: str = ""
    actor: str = ""


ABOUT: ContextVar[About | None] = ContextVar("about", default=None)


def about_order(number: object) -> None:
    """From here on the lines of this request are about an order."""
    about = ABOUT.get()
    if about is not None and not about.socket:  # a socket's commands are about many, side by side
        about.order = str(number)[:20]


def about_actor(actor: Actor) -> None:
    """Who makes this request; only which kind of person."""
    about = ABOUT.get()
    if about is not None:
        about.actor = kind_of(actor)


def kind_of(actor: Actor) -> str:
    """Member, customer, guest or nobody, and whether a program asks for them."""
    if not actor.known:
        return "nobody"
    who = "member" if actor.member_id else "customer" if actor.customer_id else "guest"
    return f"{who}'s program" if actor.ticket.startswith("t:") else who


def configure(settings: Settings, stream: TextIO | None = None) -> None:
    """Send all logs of this process to stderr, in the format that is wanted or fits."""
    stream = stream or sys.stderr
    wanted = settings.log_format or ("text" if stream.isatty() else "json")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Json() if wanted == "json" else Text())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name, level in QUIET.items():
        logging.getLogger(name).setLevel(level)


class Json(logging.Formatter):
    """An object on a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redacted(record.getMessage()),
        }
        line |= _facts(record)
        if record.exc_info and record.exc_info[1]:
            line["error"] = _error(record.exc_info[1])
        return orjson.dumps(line, default=str).decode()


class Text(logging.Formatter):
    """For people."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        facts = _facts(record)
        named = " ".join(f"{name}={facts[name]}" for name in ("request", "socket", "order") if name in facts)
        line = f"{at} {record.levelname} {record.name}: {redacted(record.getMessage())} {named}".rstrip()
        if record.exc_info and record.exc_info[1]:
            line += "\n" + _error(record.exc_info[1])
        return line


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    """What the record says of itself, else what its request or socket is about."""
    about = ABOUT.get()
    found = {}
    for name in FIELDS:
        value = getattr(record, name, None)
        if value is None and about is not None:
            value = getattr(about, name, None)
        if value not in (None, ""):
            found[name] = value
    return found


def _error(error: BaseException) -> str:
    return redacted("".join(traceback.format_exception(error)).rstrip())
