"""Before the shop is set up, every page leads to the one that does it, and programs are told to wait."""

from typing import Final

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from app.context import Context
from app.db import AWAY
from app.doors import problem_response
from app.errors import Problem
from app.founding.code import anybody
from app.web import see_other

PAGE: Final = "/setup"
OPEN: Final = ("/static/", "/brand/", "/webhooks/")
ALWAYS: Final = frozenset({PAGE, "/healthz", "/readyz", "/metrics"})
DETAIL: Final = "This shop is not set up yet."
WAIT: Final = 30


class Gate:
    """Costs a look at one attribute once the shop is set up."""

    def __init__(self, app: ASGIApp, context: Context) -> None:
        self.app = app
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._context.founded or scope["type"] == "lifespan" or _always(scope["path"]):
            return await self.app(scope, receive, send)
        try:
            founded = await is_founded(self._context)
        except AWAY:
            founded = True  # nobody knows; whatever was asked for will say that the database is away
        if founded:
            return await self.app(scope, receive, send)
        if scope["type"] == "websocket":
            refusal = PlainTextResponse(DETAIL, 503, {"Retry-After": str(WAIT)})
            return await WebSocket(scope, receive, send).send_denial_response(refusal)
        response = see_other(PAGE)
        if scope["path"].startswith("/api/"):
            response = problem_response(Problem("unavailable", DETAIL, retry_after=WAIT))
        return await response(scope, receive, send)


async def is_founded(context: Context) -> bool:
    """Asked of the database until it is: another process, or the command line, may have done it."""
    if not context.founded:
        async with context.db.read() as session:
            found = await anybody(session)
        if found:
            await context.load()
            context.founded = True
    return context.founded


def _always(path: str) -> bool:
    return path in ALWAYS or path.startswith(OPEN)
