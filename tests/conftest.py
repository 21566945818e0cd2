"""What every test may ask for: servers, running shops, clients and windows."""

import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import settings
from playwright.async_api import Browser, BrowserType
from pytest_playwright_asyncio.pytest_playwright import CreateContextCallback

from tests import product, servers, smtp
from tests.browser import NewWindow, window_opener
from tests.cast import Person
from tests.live_client import LiveClient
from tests.processes import RUNNING, find
from tests.product import Deployment, Shop

Deploy = Callable[..., Awaitable[Deployment]]
Api = Callable[..., httpx2.AsyncClient]
Live = Callable[..., Awaitable[LiveClient]]

# A slow machine is no failure, and no run depends on the one before.
settings.register_profile("orderline", deadline=None, database=None, print_blob=True)
settings.load_profile("orderline")


# The longest files: begun last, one of them would run alone at the end.
BEGIN_WITH = ("tests/story/", "tests/faults/", "tests/api/test_schemathesis", "tests/mail/")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(BEGIN_WITH))


def pytest_runtest_setup(item: pytest.Item) -> None:
    for process in RUNNING:
        process.mark()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure shows what our processes printed meanwhile."""
    report = yield
    if report.failed:
        printed = ((process.log.name, process.text()) for process in RUNNING)
        report.sections += [(name, text[-8000:]) for name, text in printed if text]
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The figures that tests left in `user_properties`."""
    reports = (report for kind in ("passed", "failed") for report in terminalreporter.getreports(kind))
    found = [
        (report.nodeid, text)
        for report in reports
        for name, text in report.user_properties
        if name == "figures"
    ]
    if found:
        terminalreporter.section("figures")
    for test, text in found:
        terminalreporter.write_line(f"{test.rpartition('::')[2]}: {text}")


# Servers


@pytest.fixture(scope="session")
async def postgres() -> AsyncIterator[servers.Postgres]:
    """The cluster that all tests share."""
    async with servers.postgres() as server:
        yield server


@pytest.fixture
async def postgres_database(postgres: servers.Postgres) -> AsyncIterator[str]:
    """The URL of an empty PostgreSQL database."""
    async with postgres.database() as name:
        yield postgres.url(name)


@pytest.fixture
async def redis() -> AsyncIterator[servers.Redis]:
    """A Redis for this test alone, which it may kill."""
    async with servers.redis() as server:
        yield server


@pytest.fixture
async def mail_server() -> AsyncIterator[smtp.MailServer]:
    async with smtp.mail_server() as server:
        yield server


# Orderline


@pytest.fixture(scope="session")
async def embedded_shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    directory = tmp_path_factory.mktemp("shop")
    return await product.prepare(str(directory / "shop.db"), directory)


@pytest.fixture(scope="session")
async def scaled_shop(
    postgres: servers.Postgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Shop]:
    async with postgres.database() as name:
        yield await product.prepare(name, tmp_path_factory.mktemp("shop"), postgres)


@pytest.fixture(scope="session", params=["embedded", "scaled"])
def shop(request: pytest.FixtureRequest) -> Shop:
    """The prepared database behind a deployment. Tests for one kind alone carry `EMBEDDED` or `SCALED`."""
    prepared: Shop = request.getfixturevalue(f"{request.param}_shop")
    return prepared


@pytest.fixture(scope="session")
async def deployment(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    """A running shop that many tests share: they place orders of their own and break nothing."""
    async with product.deploy(shop, tmp_path_factory.mktemp(shop.kind)) as running:
        yield running


@pytest.fixture
async def own_deployment(deploy: Deploy) -> Deployment:
    """A running shop for this test alone, which it may stop, kill and count."""
    return await deploy()


@pytest.fixture
async def deploy(shop: Shop, tmp_path: Path) -> AsyncIterator[Deploy]:
    """Starts shops of this test's own: `await deploy(SMTP_URL="")`."""
    async with AsyncExitStack() as stack:

        async def start(**env: str) -> Deployment:
            directory = Path(tempfile.mkdtemp(dir=tmp_path))
            return await stack.enter_async_context(product.deploy(shop, directory, **env))

        yield start


# Clients


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    """`api(ALICE, deployment)`: her HTTP client for /api/v1, at the first or the given web process."""
    async with AsyncExitStack() as stack:

        def client(person: Person | None, of: Deployment, url: str = "") -> httpx2.AsyncClient:
            headers = {"Authorization": f"Bearer {of.tokens[person]}"} if person else {}
            base = f"{url or of.urls[0]}/api/v1"
            made = httpx2.AsyncClient(base_url=base, headers=headers, trust_env=False, timeout=30)
            stack.push_async_callback(made.aclose)
            return made

        yield client


@pytest.fixture
async def live() -> AsyncIterator[Live]:
    """`await live(BOB, deployment, {"1042": 0}, inbox=True)`: his connected `LiveClient`."""
    async with AsyncExitStack() as stack:

        async def client(
            person: Person, of: Deployment, orders: dict[str, int] | None = None, url: str = "", **more: Any
        ) -> LiveClient:
            connection = LiveClient(url or of.urls[0], of.tokens[person], orders, **more)
            return await stack.enter_async_context(connection)

        yield client


# Browser


@pytest.fixture(scope="session")
def base_url() -> None:
    """Every window names its own; the plugin's default would trip over a deprecation of pytest 9."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The machine's own Chromium, without what is around a page if it has that: it takes half the time to
    draw one. As root it has no sandbox."""
    chosen = os.environ.get("CHROMIUM")
    program = find(chosen) if chosen else find("chromium-headless-shell", "chromium")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": program, "args": arguments}


@pytest.fixture
async def whole_browser(
    browser_type: BrowserType, browser_type_launch_args: dict[str, Any]
) -> AsyncIterator[Browser]:
    """With what is around a page, for tests of what the headless shell does not show."""
    program = find(os.environ.get("CHROMIUM") or "chromium")
    whole = {**browser_type_launch_args, "executable_path": program}
    async with await browser_type.launch(**whole) as browser:
        yield browser


@pytest.fixture
async def new_window(new_context: CreateContextCallback) -> AsyncIterator[NewWindow]:
    """`await new_window(deployment.urls[0], locale="de-DE", viewport=PHONE)`: somebody's own window."""
    complaints: list[str] = []
    yield window_opener(new_context, complaints)
    assert complaints == []
