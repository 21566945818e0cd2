"""One line for each request and each socket, and the id by which their other lines are found."""

import logging
import re
import secrets
import time
from typing import Any, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.operations import metrics
from app.operations.logs import ABOUT, About
from app.operations.redaction import safe_path

SANE: Final = re.compile(r"[\w.-]{1,64}", re.ASCII)
UNSAID: Final = ("/static/", "/healthz", "/readyz", "/metrics")
logger = logging.getLogger("orderline.access")


class AccessLog:
    """Outermost, so that it sees every answer; a socket's line is written by who lets it in."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        began = time.perf_counter()
        request_id = request_id_of(scope)
        about = About(request=request_id)
        ABOUT.set(about)  # every request has a task of its own, and what comes after this is part of it
        status = 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            seconds = time.perf_counter() - began
            metrics.answered(status, seconds)
            _say(scope, about, status, seconds)


def request_id_of(scope: Scope) -> str:
    """What a proxy in front calls this request, if that is a plain word; else a new one."""
    given = Headers(scope=scope).get("x-request-id", "")
    return given if SANE.fullmatch(given) else secrets.token_hex(8)


def _say(scope: Scope, about: About, status: int, seconds: float) -> None:
    if scope["path"].startswith(UNSAID) and status < 500:
        return
    path, ms = safe_path(scope["path"]), round(seconds * 1000, 1)
    about.order = about.order or str(scope.get("path_params", {}).get("number", ""))[:20]
    facts: dict[str, Any] = {"method": scope["method"], "path": path, "status": status, "ms": ms}
    logger.info("%s %s %s %s ms", scope["method"], path, status, ms, extra=facts)
