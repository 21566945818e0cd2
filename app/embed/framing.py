"""What stands before every page of the panel: who may frame it, and that somebody may at all."""

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import i18n
from app.context import Context
from app.doors import framed_by
from app.embed.origins import embed_origins
from app.embed.panel import Panel
from app.errors import Problem
from app.web import refusal, visit


class Framing:
    """Lets pages of the origins that the owner named frame what is inside, and nobody else.

    Pages find their `Panel` in the scope. Without any origin there is no panel: everything is 403.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        context: Context = scope["app"].state.context
        async with context.db.read() as session:
            origins = await embed_origins(session)
        scope["panel"] = Panel(_language(Request(scope), context), origins)
        if not origins:
            response = await refusal(await visit(Request(scope), "customer"), _closed())
            return await response(scope, receive, send)

        async def with_ancestors(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault("Content-Security-Policy", framed_by(origins))
            await send(message)

        await self.app(scope, receive, with_ancestors)


def _language(request: Request, context: Context) -> str:
    """What the site around the panel speaks, if we do too; it stands in the path, for want of a cookie."""
    asked = i18n.preferred(request.headers.get("accept-language", ""))
    return i18n.known(request.path_params["language"]) or asked or context.shop.language


def _closed() -> Problem:
    return Problem("forbidden", "This shop does not show its orders on other sites.")
