"""Worlds to break, and the figures that come of it."""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.faults.oracle import Figures, verify
from tests.faults.world import World, world
from tests.product import Shop

Open = Callable[..., Awaitable[World]]
Prove = Callable[..., Awaitable[Figures]]


@pytest.fixture
async def open_world(shop: Shop, tmp_path: Path) -> AsyncIterator[Open]:
    """`await open_world(webs=1, worker=True)`: a running shop of this test's own."""
    async with AsyncExitStack() as stack:

        async def opened(**how: Any) -> World:
            directory = Path(tempfile.mkdtemp(dir=tmp_path))
            return await stack.enter_async_context(world(shop, directory, **how))

        yield opened


@pytest.fixture
def prove(request: pytest.FixtureRequest) -> Prove:
    """Everybody has everything: waits for it, fails otherwise, and leaves its figures in the summary."""

    async def proven(of: World, within: float = 30, **how: Any) -> Figures:
        await of.settle(within)
        figures = await verify(of, **how)
        assert figures.acknowledged, "nobody wrote anything"
        request.node.user_properties.append(("figures", str(figures)))
        return figures

    return proven
