"""A Stripe of our own and our gateway to it; the demo bank of a shop."""

from collections.abc import AsyncIterator, Callable
from uuid import uuid4

import pytest

from app.demo_bank.gateway import DemoBank
from app.payments import stripe_calls
from app.payments.stripe import StripeGateway
from tests.payments.localstripe import KEY, Localstripe
from tests.payments.payer import Payer
from tests.payments.till import Till
from tests.rules.conftest import (
    HOME,
    door,
    house,
    postgres_house,
    postgres_template,
    serve,
    site,
    sqlite_house,
    sqlite_template,
)
from tests.rules.house import SECRET, House

__all__ = (
    "door",
    "house",
    "postgres_house",
    "postgres_template",
    "serve",
    "site",
    "sqlite_house",
    "sqlite_template",
)

HOOK_SECRET = "whsec_for_tests_only"


@pytest.fixture(scope="session")
async def localstripe(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Localstripe]:
    async with Localstripe(tmp_path_factory.mktemp("localstripe")) as server:
        yield server


@pytest.fixture
async def gateway(localstripe: Localstripe) -> AsyncIterator[StripeGateway]:
    made = StripeGateway(KEY, HOOK_SECRET, localstripe.url)
    yield made
    await made.close()
    assert await localstripe.faults() == []


@pytest.fixture
def payer(localstripe: Localstripe, gateway: StripeGateway) -> Payer:
    return Payer(localstripe, gateway, f"payer-{uuid4().hex}")


@pytest.fixture
def bank(house: House) -> DemoBank:
    """The demo bank of `house`, as another process would have it."""
    return DemoBank(house.db, SECRET, HOME)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From the call on, a call to Stripe may take half a second."""
    return lambda: monkeypatch.setattr(stripe_calls, "AT_MOST", 0.5)


@pytest.fixture
def till(house: House) -> Till:
    """The money of a shop with the demo bank, on both databases."""
    return Till(house)
