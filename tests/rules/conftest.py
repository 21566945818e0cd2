"""Two ways to a shop of one's own: its verbs in this process, and its pages in this process."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette

from app.main import create_app
from tests.cast import Person
from tests.rules.founding import found
from tests.rules.house import House, open_house, settings_for
from tests.servers import Postgres

Door = Callable[..., httpx2.AsyncClient]
Serve = Callable[..., Awaitable[Starlette]]
Template = tuple[str, dict[Person, str], dict[str, int]]
HOME = "http://127.0.0.1:8000"


@pytest.fixture(scope="session")
async def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    path = tmp_path_factory.mktemp("template") / "shop.db"
    return str(path), *await found(f"sqlite:///{path}")


@pytest.fixture(scope="session")
async def postgres_template(postgres: Postgres) -> AsyncIterator[Template]:
    async with postgres.database() as name:
        yield name, *await found(postgres.url(name))


@pytest.fixture
async def sqlite_house(sqlite_template: Template, tmp_path: Path) -> AsyncIterator[House]:
    template, tokens, products = sqlite_template
    path = tmp_path / "shop.db"
    shutil.copy(template, path)
    house = await open_house(f"sqlite:///{path}", tokens, products)
    yield house
    await house.context.writer.close()
    await house.db.close()


@pytest.fixture
async def postgres_house(postgres_template: Template, postgres: Postgres) -> AsyncIterator[House]:
    template, tokens, products = postgres_template
    async with postgres.database(template) as name:
        house = await open_house(postgres.url(name), tokens, products)
        yield house
        await house.context.writer.close()
        await house.db.close()


@pytest.fixture(params=["sqlite", "postgres"])
def house(request: pytest.FixtureRequest) -> House:
    """A small shop with the cast, on both databases."""
    made: House = request.getfixturevalue(f"{request.param}_house")
    return made


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """`await serve(house, PUBLIC_URL=…)`: the web application on this house's database."""
    async with AsyncExitStack() as stack:

        async def start(house: House, **env: str) -> Starlette:
            url = house.context.settings.database_url
            app = create_app(settings_for(url, **env), with_worker=False)
            await stack.enter_async_context(app.router.lifespan_context(app))
            return app

        yield start


@pytest.fixture
async def site(house: House, serve: Serve) -> Starlette:
    """The pages of `house`, without a server process in between."""
    return await serve(house)


@pytest.fixture
async def door(site: Starlette) -> AsyncIterator[Door]:
    """`door()`: somebody's new browser; `door(BOB, house)`: his program at /api/v1."""
    async with AsyncExitStack() as stack:

        def client(
            person: Person | None = None, of: House | None = None, language: str = "en", app: Starlette = site
        ) -> httpx2.AsyncClient:
            headers = {"Origin": HOME, "Accept-Language": language}
            if person and of:
                headers = {"Authorization": f"Bearer {of.tokens[person]}"}
            transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
            made = httpx2.AsyncClient(transport=transport, base_url=HOME, headers=headers)
            stack.push_async_callback(made.aclose)
            return made

        yield client
