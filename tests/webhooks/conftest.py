"""The house of the rules, let to call receivers on this machine."""

from dataclasses import replace

import pytest
from starlette.applications import Starlette

from tests.rules.conftest import (
    Serve,
    door,
    postgres_house,
    postgres_template,
    serve,
    sqlite_house,
    sqlite_template,
)
from tests.rules.house import House

__all__ = ["door", "postgres_house", "postgres_template", "serve", "sqlite_house", "sqlite_template"]


@pytest.fixture(params=["sqlite", "postgres"])
def house(request: pytest.FixtureRequest) -> House:
    """A small shop with the cast, on both databases, whose webhooks may lead anywhere."""
    made: House = request.getfixturevalue(f"{request.param}_house")
    assert made.db.shop is not None
    made.db.shop = replace(made.db.shop, private_webhooks=True)
    return made


@pytest.fixture
async def site(house: House, serve: Serve) -> Starlette:
    """Its pages and its API."""
    return await serve(house, WEBHOOKS_ALLOW_PRIVATE="1")
