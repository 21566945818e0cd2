"""Worlds to break, and the figures that come of it."""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests import servers
from tests.faults.oracle import Figures, verify
from tests.faults.world import How, World, world
from tests.product import Shop, prepare

Open = Callable[..., Awaitable[World]]
Prove = Callable[..., Awaitable[Figures]]


@pytest.fixture
async def open_world(shop: Shop, tmp_path: Path) -> AsyncIterator[Open]:
    """`await open_world(worker=True)`: a running shop of this test's own."""
    async with AsyncExitStack() as stack:

        async def opened(**how: Any) -> World:
            directory = Path(tempfile.mkdtemp(dir=tmp_path))
            return await stack.enter_async_context(world(shop, directory, How(**how)))

        yield opened


@pytest.fixture(scope="session")
async def own_shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    """On a PostgreSQL that no other test uses, so that it may be killed."""
    async with servers.postgres() as server, server.database() as name:
        yield await prepare(name, tmp_path_factory.mktemp("shop"), server)


@pytest.fixture
async def open_own_world(own_shop: Shop, tmp_path: Path) -> AsyncIterator[Open]:
    """As `open_world`, on a PostgreSQL that may be killed."""
    async with AsyncExitStack() as stack:

        async def opened(**how: Any) -> World:
            return await stack.enter_async_context(world(own_shop, tmp_path, How(**how)))

        yield opened


@pytest.fixture
def prove(request: pytest.FixtureRequest) -> Prove:
    """Everybody has everything: waits for it, fails otherwise, and leaves its figures in the summary."""

    async def proven(of: World, within: float = 30) -> Figures:
        await of.settle(within)
        figures = await verify(of)
        assert figures.acknowledged, "nobody wrote anything"
        request.node.user_properties.append(("figures", str(figures)))
        return figures

    return proven
