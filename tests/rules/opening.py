"""A shop that nobody has set up yet."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
from starlette.applications import Starlette

from app.context import Context
from app.founding.code import code_for_start
from app.main import create_app
from app.migrate import migrate
from tests.rules.house import settings_for

HOME = "http://127.0.0.1:8000"
RIGHT = {
    "name": "Sonnenschein & Söhne",
    "currency": "CHF",
    "timezone": "Europe/Zurich",
    "language": "de",
    "tax_rate": "8,10",
    "tax_included": "true",
    "owner_name": "Olga Brandt",
    "email": "Olga@Example.org",
    "password": "correct horse battery",
}


@dataclass(frozen=True, slots=True)
class Opening:
    """`code` is what the console says; `app` one process that serves, and `url` its database."""

    url: str
    code: str
    app: Starlette

    @property
    def context(self) -> Context:
        found: Context = self.app.state.context
        return found

    def window(self, app: Starlette | None = None, language: str = "en") -> httpx2.AsyncClient:
        headers = {"Origin": HOME, "Accept-Language": language}
        transport = httpx2.ASGITransport(app or self.app, raise_app_exceptions=False)
        return httpx2.AsyncClient(transport=transport, base_url=HOME, headers=headers)

    def form(self, **other: str) -> dict[str, Any]:
        """What an owner fills in; None leaves a field away."""
        return {name: value for name, value in (RIGHT | {"code": self.code} | other).items() if value}


@asynccontextmanager
async def opening(url: str) -> AsyncIterator[Opening]:
    settings = settings_for(url)
    await migrate(settings)
    code = await code_for_start(settings)
    assert code is not None
    async with serving(url) as app:
        yield Opening(url, code, app)


@asynccontextmanager
async def serving(url: str) -> AsyncIterator[Starlette]:
    app = create_app(settings_for(url), with_worker=False)
    async with app.router.lifespan_context(app):
        yield app
