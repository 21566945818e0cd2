"""The house of the rules, whose pushes may go to a stand-in on this machine."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from starlette.applications import Starlette

from app.access import by_session
from app.jobs import Worker
from app.notifications.actions import Chosen, choose
from app.push.sending import Pusher
from app.push.subscribing import Subscribe, subscribe
from app.team.sessions import start
from tests.cast import Person
from tests.push.browser import Browser
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
from tests.webhooks.conftest import house
from tests.webhooks.receiver import Receiver, receiver

__all__ = [
    "Serve", "door", "house", "postgres_house", "postgres_template", "serve", "site", "sqlite_house",
    "sqlite_template",
]  # fmt: skip
Asked = Callable[..., Awaitable[Browser]]
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def service() -> AsyncIterator[Receiver]:
    async with receiver(lambda _: 201) as made:
        yield made


@pytest.fixture
async def site(house: House, serve: Serve) -> Starlette:
    """Its pages and its API."""
    return await serve(house, PUSH_ALLOW_LOOPBACK="1")


@pytest.fixture
def asked(house: House, service: Receiver) -> Asked:
    """`await asked(BOB)`: a browser of his that may be woken from a moment ago on."""

    async def ask(who: Person, name: str = "") -> Browser:
        browser = Browser(service, name or who.email.partition("@")[0])
        side = house.actor(who).side
        actor = house.actor(who)
        with house.at(seconds=50):
            async with house.db.transaction() as tx:
                secret = await start(tx, member_id=actor.member_id, customer_id=actor.customer_id)
            async with house.db.read() as session:
                actor = await by_session(session, secret, side)
            async with house.db.transaction() as tx:
                await subscribe(tx, actor, Subscribe(**browser.subscription), "Firefox on Linux")
        return browser

    return ask


async def later(house: House, ahead: timedelta = MINUTE) -> None:
    """A worker pushes all that is due by then."""
    pusher = Pusher(house.db, loopback=True)
    while await pusher.once(datetime.now(UTC) + ahead):
        pass


async def once(house: House, ahead: timedelta) -> None:
    """`orderline worker --once` with its clock set ahead."""
    await Worker(house.context).once(datetime.now(UTC) + ahead)


async def chooses(house: House, who: Person, /, **channels: list[str]) -> None:
    """By event the channels; whatever is not named stays as it is without any choice."""
    await chooses_all(house, who, channels=channels)


async def chooses_all(house: House, who: Person, **data: object) -> None:
    plain: dict[str, object] = {"channels": {}, "zone": "Europe/Berlin"}
    async with house.db.transaction() as tx:
        await choose(tx, house.actor(who).key, Chosen.model_validate(plain | data))
