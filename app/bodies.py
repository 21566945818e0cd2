"""How large what is sent may be, and reading the JSON that programs send."""

import json
import re
from typing import Any

import orjson
from starlette.requests import Request

from app.errors import Problem

MOST_BODY = 1024 * 1024
# Where files come, with what a form says around them. Each of these doors knows who asks before it reads.
LARGER = (
    (re.compile(r"/desk/catalogue(/\d+)?"), 128 * 1024 * 1024),
    (re.compile(r"/api/v1/pictures"), 15 * 1024 * 1024 + 64 * 1024),
    (re.compile(r"(/desk|/embed/[^/]+|/api/v1)?/orders/[^/]+/uploads"), 25 * 1024 * 1024 + 64 * 1024),
    (re.compile(r"(/desk|/embed/[^/]+)?/orders/[^/]+/(messages|notes)"), 25 * 1024 * 1024 + 256 * 1024),
)


def most_of_body(path: str) -> int:
    """How many bytes a request to this path may bring."""
    return next((most for pattern, most in LARGER if pattern.fullmatch(path)), MOST_BODY)


async def json_body(request: Request) -> dict[str, Any]:
    """The object in the body, whatever type it says it has; nothing at all is an empty one.

    Only a bearer token opens this door, and no page can make a browser send one. Raises 400, 413 and 422.
    """
    raw = await request.body()
    if not raw.strip():
        return {}
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise Problem("malformed", "The body is not JSON.") from None
    _refuse_repeated_names(raw)
    if not isinstance(data, dict):
        raise Problem("invalid", "The body must be an object.")
    return data


def _refuse_repeated_names(raw: bytes) -> None:
    """Of two values for one name, readers keep this one or that one: nobody can mean both (RFC 7493)."""
    try:
        json.loads(raw, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise Problem("malformed", "The body is not JSON.") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Problem("malformed", "The body has a name twice.")
    return found
