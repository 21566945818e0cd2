"""Refusals as the document says them: one schema for each status, with the codes that it can have."""

from collections.abc import Iterable
from typing import Any

from app.errors import STATUS

SAID = {
    400: "It cannot be read: no JSON, a name twice in an object, or a wrong header.",
    401: "No token, or none that is valid (any more).",
    403: "The caller may not do this, or the token may only read.",
    404: "There is no such thing, or the caller may not see it.",
    409: "Not possible as things stand; `order` says how it does, where it is about one.",
    412: "It is another than If-Match or `version` says; nothing was done, `order` is the current one.",
    413: "The body is larger than 1 MiB, an upload larger than 25 MiB, a picture of a product than 15 MB.",
    422: "It can be read and is wrong; `errors` names every field.",
    429: "Too much at once.",
    503: "Not possible for the moment; trying again is safe with the same Idempotency-Key.",
}
TEXT = {"type": "string"}
BASE: dict[str, Any] = {
    "type": {"const": "about:blank"},
    "title": TEXT,
    "status": {"type": "integer"},
    "code": TEXT,
    "detail": {"type": "string", "description": "A sentence for people; programs look at `code`."},
}
FIELD_ERROR = {
    "type": "object",
    "required": ["field", "code", "detail"],
    "properties": {
        "field": {"type": "string", "description": 'Its path, like "lines.0.quantity"; "" is the whole.'},
        "code": TEXT,
        "detail": TEXT,
    },
    "additionalProperties": False,
}
ORDER = {"$ref": "#/components/schemas/Order"}
AFTER = {"type": "number", "minimum": 0, "description": "In seconds."}


def schemas() -> dict[str, Any]:
    return {name_of(status): _schema(status) for status in SAID} | {"FieldError": FIELD_ERROR}


def responses(statuses: Iterable[int]) -> dict[str, Any]:
    """The refusals of an operation."""
    return {str(status): {"$ref": f"#/components/responses/{name_of(status)}"} for status in sorted(statuses)}


def components() -> dict[str, Any]:
    return {name_of(status): _response(status) for status in SAID}


def name_of(status: int) -> str:
    return f"Problem{status}"


def codes_of(status: int) -> list[str]:
    """The codes of a status; what HTTP has a status of its own for is `malformed`."""
    return [code for code, its in STATUS.items() if its == status] or ["malformed"]


def _schema(status: int) -> dict[str, Any]:
    properties = BASE | {"status": {"const": status}, "code": {"enum": codes_of(status)}}
    required = list(BASE)
    extras = _extras(status)
    if "order" not in extras:  # a conflict may be about something else
        required += extras
    properties |= extras
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


def _extras(status: int) -> dict[str, Any]:
    if status == 422:
        errors = {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/FieldError"}}
        return {"errors": errors}
    if status in (409, 412):
        return {"order": ORDER}
    return {"retry_after": AFTER} if status in (429, 503) else {}


def _response(status: int) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{name_of(status)}"}
    content = {"application/problem+json": {"schema": schema}}
    headers = {
        401: {"WWW-Authenticate": {"schema": {"const": "Bearer"}}},
        409: {"ETag": {"$ref": "#/components/headers/ETag"}},
        412: {"ETag": {"$ref": "#/components/headers/ETag"}},
        429: {"Retry-After": {"schema": {"type": "integer", "minimum": 1}}},
        503: {"Retry-After": {"schema": {"type": "integer", "minimum": 1}}},
    }
    found = {"description": SAID[status], "content": content}
    return found | ({"headers": headers[status]} if status in headers else {})
