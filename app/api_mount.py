"""Everything under /api/v1: one route for each path, so that a wrong method is told all the right ones."""

from collections.abc import Mapping, Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Mount, Route, request_response
from starlette.types import ASGIApp, Receive, Scope, Send

from app import api
from app.attachments import api as attachments_api
from app.catalogue import api as catalogue_api
from app.demo_bank import api as bank_api
from app.errors import Problem
from app.openapi import web as openapi
from app.quotes import api as quotes_api
from app.replies import api as replies_api
from app.team import api as team_api
from app.webhooks import api as webhooks_api


class OnPath:
    """What answers on one path, by method. Starlette would name the methods of its first route alone."""

    def __init__(self, handlers: Mapping[str, ASGIApp]) -> None:
        self.handlers = handlers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        handler = self.handlers.get(scope["method"])
        if handler is None:
            raise HTTPException(405, headers={"Allow": ", ".join(sorted(self.handlers))})
        await handler(scope, receive, send)


def mount() -> Mount:
    found = [*openapi.routes(), *api.routes(), *bank_api.routes(), *webhooks_api.routes()]
    found += [*team_api.routes(), *quotes_api.routes(), *attachments_api.routes(), *replies_api.routes()]
    found += [*team_api.routes(), *attachments_api.routes(), *catalogue_api.routes()]
    return Mount("/api/v1", routes=[*by_path(found), Mount("/", app=nothing)])


def by_path(routes: Sequence[Route]) -> list[Route]:
    """A route for each path, with the methods of all that have it."""
    together: dict[str, dict[str, ASGIApp]] = {}
    for route in routes:
        handlers = dict.fromkeys(route.methods or (), request_response(route.endpoint))
        together.setdefault(route.path, {}).update(handlers)
    return [Route(path, OnPath(handlers)) for path, handlers in together.items()]


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """Any other path, whatever the method."""
    await api.who(Request(scope, receive))
    raise Problem("not_found", "There is nothing here.")
