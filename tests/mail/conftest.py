"""A shop of this folder's own, so that the worker's clock can be set ahead without surprising other tests."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from tests import product
from tests.conftest import Deploy
from tests.mail.post import PostOffice, post_office
from tests.product import Deployment, Shop

OwnOffice = Callable[..., Awaitable[PostOffice]]


@pytest.fixture(scope="session")
async def mailing_shop(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    async with product.deploy(shop, tmp_path_factory.mktemp(f"mail-{shop.kind}")) as running:
        yield running


@pytest.fixture
async def office(mailing_shop: Deployment) -> AsyncIterator[PostOffice]:
    async with post_office(mailing_shop) as opened:
        yield opened


@pytest.fixture
async def own_office(deploy: Deploy) -> AsyncIterator[OwnOffice]:
    """`await own_office(SMTP_URL="")`: the post office of a shop that this test alone uses."""
    async with AsyncExitStack() as stack:

        async def start(**env: str) -> PostOffice:
            return await stack.enter_async_context(post_office(await deploy(**env)))

        yield start
