"""Every refusal has one code, and every code one status (DESIGN §3, RFC 9457)."""

from collections.abc import Sequence
from typing import Any, NamedTuple

STATUS = {
    "malformed": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "quote_open": 409,
    "quote_closed": 409,
    "changed": 412,
    "too_large": 413,
    "invalid": 422,
    "cid_reused": 422,
    "rate_limited": 429,
    "unavailable": 503,
}


class FieldError(NamedTuple):
    """One wrong field: its path, a stable code, a sentence for people."""

    field: str
    code: str
    detail: str


class Problem(Exception):
    """A refusal that the caller is told about. `order` is the current order (API shape) on 409 and 412."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.errors = tuple(errors)
        self.retry_after = retry_after
        self.order: dict[str, Any] | None = None

    @property
    def status(self) -> int:
        return STATUS[self.code]

    def as_dict(self) -> dict[str, Any]:
        """The problem document."""
        body: dict[str, Any] = {"type": "about:blank", "title": self.code, "status": self.status}
        body |= {"code": self.code, "detail": self.detail}
        errors = self.errors or ((self._as_error(),) if self.status == 422 else ())
        if errors:
            body["errors"] = [error._asdict() for error in errors]
        if self.retry_after is not None:
            body["retry_after"] = self.retry_after
        if self.order is not None:
            body["order"] = self.order
        return body

    def _as_error(self) -> FieldError:
        """For a 422 that is about no field of the data."""
        return FieldError("cid" if self.code == "cid_reused" else "", self.code, self.detail)


def invalid(field: str, detail: str, code: str = "invalid") -> Problem:
    """A 422 that names one field."""
    return Problem("invalid", detail, errors=[FieldError(field, code, detail)])


def unavailable() -> Problem:
    """The database does not answer, or too much waits for it; what became of the request may be unknown."""
    return Problem("unavailable", "This cannot be done right now. Please try again.", retry_after=1)
