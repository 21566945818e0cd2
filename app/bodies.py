"""Reading the JSON that programs send."""

import json
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request

from app.errors import Problem


async def json_body(request: Request) -> dict[str, Any]:
    """The object in the body; nothing at all is an empty one. Raises 400, 413, 415 and 422."""
    raw = await request.body()
    if not raw.strip():
        return {}
    _check_type(request.headers.get("content-type", "application/json"))
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise Problem("malformed", "The body is not JSON.") from None
    _refuse_repeated_names(raw)
    if not isinstance(data, dict):
        raise Problem("invalid", "The body must be an object.")
    return data


def _check_type(given: str) -> None:
    kind = given.partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise HTTPException(415)


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
