"""The client's own id of a request: a UUID, with or without hyphens and braces."""

import re
from uuid import UUID

from starlette.requests import Request

from app.errors import Problem, invalid

PATTERN = r"^\{?[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}\}?$"
_UUID = re.compile(PATTERN.replace("$", r"\Z"))


def checked(cid: object) -> str | None:
    """The id as it is kept; None for none, or for the empty one of a form without scripts. Raises 422."""
    if cid is None or cid == "":
        return None
    if not isinstance(cid, str) or not _UUID.match(cid):
        raise _wrong()
    return cid if len(cid) == 36 and cid[8] == "-" else str(UUID(cid))


def of(request: Request) -> str | None:
    """The header Idempotency-Key. Raises 422, also for an empty one: a key was meant, and none would hold."""
    key = request.headers.get("idempotency-key")
    if key == "":
        raise _wrong()
    return checked(key)


def _wrong() -> Problem:
    return invalid("cid", "The id of a request must be a UUID.", "uuid_parsing")
