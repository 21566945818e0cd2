"""What every request passes: where it comes from, how large it is, and how refusals are said."""

import logging
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.bodies import most_of_body
from app.errors import STATUS, Problem
from app.operations.redaction import safe_path
from app.settings import Settings
from app.tags import tag_of
from app.web import refusal, see_other, visit

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "manifest-src 'self'; media-src 'self'; form-action 'self'; frame-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
UNFRAMED = "frame-ancestors 'none'"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
logger = logging.getLogger(__name__)


def framed_by(origins: Collection[str]) -> str:
    """The policy of a page that pages of these origins, and no others, may show in a frame."""
    return CSP.replace(UNFRAMED, f"frame-ancestors {' '.join(origins)}")


def origin_allowed(settings: Settings, headers: Mapping[str, str]) -> bool:
    """Whether a browser's request comes from our own pages: exactly PUBLIC_URL, or this very machine."""
    origin = headers.get("origin", "")
    if origin == _origin(settings.public_url):
        return True
    host = headers.get("host", "")
    local = urlsplit(f"//{host}").hostname in LOCAL
    return not settings.public_url_given and local and origin == f"http://{host}"


class Guard:
    """Refuses unsafe requests from foreign pages and bodies too large; gives every answer its headers.

    Starlette's own limit answers in plain text, which is neither a page nor a problem document.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if self._foreign(scope):
            refused = Problem("forbidden", "This request comes from another site.")
            return await problem_response(refused)(scope, receive, send)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(MutableHeaders(scope=message), scope["path"])
            await send(message)

        length = Headers(scope=scope).get("content-length", "")
        if length.isdigit() and len(length) < 20 and int(length) > most_of_body(scope["path"]):
            refused = Problem("too_large", _detail(413))
            response = await on_problem(Request(scope), refused)
            return await response(scope, receive, with_headers)
        return await self.app(scope, _limited(receive, most_of_body(scope["path"])), with_headers)

    def _foreign(self, scope: Scope) -> bool:
        if scope["method"] in SAFE or scope["path"].startswith(("/api/", "/webhooks/")):
            return False
        return not origin_allowed(self.settings, Headers(scope=scope))

    def _add(self, headers: MutableHeaders, path: str) -> None:
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        headers.setdefault("Content-Security-Policy", CSP)
        if UNFRAMED in headers["Content-Security-Policy"]:
            headers["X-Frame-Options"] = "DENY"  # knows no list of origins, so only where there is none
        if self.settings.secure:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if path.startswith("/static/"):
            headers["Cache-Control"] = "public, max-age=31536000, immutable"
        else:
            headers.setdefault("Cache-Control", "no-store")


def _limited(receive: Receive, most: int) -> Receive:
    """For bodies whose length was not declared."""
    size = 0

    async def limited() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > most:
            raise HTTPException(413)
        return message

    return limited


async def on_problem(request: Request, error: Exception, status: int | None = None) -> Response:
    """A refusal, as JSON for programs and as a page for people."""
    assert isinstance(error, Problem)
    path = request.url.path
    if path.startswith("/api/"):
        return problem_response(error, status)
    side: Any = "team" if path.startswith("/desk") else "customer"
    if side == "team" and error.status == 401:
        return _to_sign_in(request)
    response = await refusal(await visit(request, side), error)
    response.status_code = status or error.status
    return response


async def on_http_exception(request: Request, error: Exception) -> Response:
    """What Starlette refuses by itself: unknown paths, wrong methods, bodies that are too large."""
    assert isinstance(error, HTTPException)
    codes = {
        status: code for code, status in STATUS.items() if code in ("not_found", "too_large", "malformed")
    }
    problem = Problem(codes.get(error.status_code, "malformed"), _detail(error.status_code))
    response = await on_problem(request, problem, error.status_code)
    response.headers.update(error.headers or {})
    return response


async def on_away(request: Request, error: Exception) -> Response:
    """The database does not answer a program's read. Verbs say so by themselves, a page needs it anyway."""
    if not request.url.path.startswith("/api/"):
        return await on_error(request, error)
    logger.warning(
        "%s %s: the database did not answer: %s", request.method, safe_path(request.url.path), error
    )
    detail = "This cannot be done right now. Please try again."
    return await on_problem(request, Problem("unavailable", detail, retry_after=1))


async def on_error(request: Request, error: Exception) -> Response:
    logger.error("%s %s broke", request.method, safe_path(request.url.path), exc_info=error)
    problem = Problem("unavailable", "Something broke on our side. It has been noted.", retry_after=5)
    return await on_problem(request, problem, 500)


def problem_response(problem: Problem, status: int | None = None) -> Response:
    """The problem document; `status` where HTTP has a closer one than the code's."""
    status = status or problem.status
    body = orjson.dumps(problem.as_dict() | {"status": status})
    response = Response(body, status, media_type="application/problem+json")
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(max(1, round(problem.retry_after)))
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if problem.order is not None:
        response.headers["ETag"] = tag_of(problem.order)
    return response


def _to_sign_in(request: Request) -> Response:
    where = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.method != "GET" or "hx-request" in request.headers:
        where = "/desk/inbox"
    response = see_other(f"/desk/sign-in?next={where.replace('&', '%26')}")
    if "hx-request" in request.headers:
        response.headers["HX-Redirect"] = response.headers["location"]
        response.status_code = 401
    return response


def _detail(status: int) -> str:
    details = {
        404: "There is nothing here.",
        405: "This cannot be done here.",
        413: "This is too large.",
    }
    return details.get(status, "This request cannot be understood.")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
