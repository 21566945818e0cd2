"""A shop inside the test: the verbs on a real database, without a server in between."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import event, func, select

from app import access, log
from app.author import NOBODY, Actor
from app.context import Context
from app.db import Base, Database
from app.entries import Entry, Side
from app.errors import Problem
from app.mail.model import Mail
from app.orders.model import FIRST, Order
from app.orders.queries import order_view, page
from app.orders.views import OrderView
from app.quotes.model import Quote
from app.settings import Settings, load
from app.team.actions import add_member
from app.team.queries import member_by_email
from app.team.sessions import grant, new_token
from app.verb import Done
from app.verbs import perform
from tests.cast import Person

SECRET = "for-tests-only-0123456789"
NAMES: Final = {"alice": "Alice Ahrens", "bob": "Bob Berger", "carol": "Carol Cohn", "olga": "Olga Orth"}
PRODUCTS: Final[Mapping[str, dict[str, Any]]] = {
    "sign": {"title": "Painted sign", "pricing": "by_quote"},
    "plate": {"title": "Brass plate", "pricing": "fixed", "price": 4900},
    "care": {"title": "Sign care", "pricing": "fixed", "price": 1500},
}
Who = Person | Actor


def name_of(person: Person) -> str:
    return NAMES[person.email.partition("@")[0]]


def settings_for(url: str, **env: str) -> Settings:
    """Beside PostgreSQL files lie where the machine puts what nobody keeps."""
    files = {} if url.startswith("sqlite") else {"FILES_URL": f"{tempfile.gettempdir()}/orderline-test-files"}
    return load({"DATABASE_URL": url, "SECRET_KEY": SECRET} | files | env)


@dataclass
class House:
    """`do` acts, `refused` expects a refusal, `state` is all there is to know of an order."""

    context: Context
    actors: dict[Person, Actor]
    tokens: dict[Person, str]
    products: dict[str, int]

    @property
    def db(self) -> Database:
        return self.context.db

    def actor(self, who: Who) -> Actor:
        return self.actors[who] if isinstance(who, Person) else who

    async def do(
        self, who: Who, verb: str, number: str | None = None, cid: str | None = None, **data: Any
    ) -> Done:
        return await perform(self.db, self.actor(who), verb, number, data, cid, writer=self.context.writer)

    async def refused(
        self, who: Who, verb: str, number: object = None, cid: str | None = None, **data: Any
    ) -> Problem:
        """The refusal of what must not work."""
        try:
            done = await perform(
                self.db, self.actor(who), verb, number, data, cid, writer=self.context.writer
            )
        except Problem as problem:
            return problem
        raise AssertionError(f"{verb} worked: {done}")

    async def place(self, who: Who, product: str = "sign", cid: str | None = None, **more: Any) -> str:
        """A new order; its number."""
        line = {"product": self.products[product], "quantity": 1}
        data = {"lines": [line], "payment_method": "online"} | more
        return number_of(await self.do(who, "orders.place", None, cid, **data))

    async def guest(self, number: str) -> Actor:
        """A browser that was granted this order alone."""
        async with self.db.transaction() as tx:
            secret = await grant(tx, NOBODY, int(number) - FIRST)
        assert secret is not None
        async with self.db.read() as session:
            return await access.by_session(session, secret, "customer")

    async def new_member(self, email: str) -> Actor:
        async with self.db.transaction() as tx:
            member = await add_member(tx, email, "agent")
            secret = await new_token(tx, member_id=member.id)
        return await by_token(self.db, secret)

    async def view(self, who: Who, number: str) -> OrderView:
        actor = self.actor(who)
        async with self.db.read() as session:
            order = await access.order_for(session, actor, number)
            return await order_view(session, order, actor, self.context.shop)

    async def order(self, who: Who, number: str) -> dict[str, Any]:
        """The order as the API says it."""
        return (await self.view(who, number)).as_dict()

    async def entries(self, number: str, side: Side = "team", after: int = 0) -> list[Entry]:
        async with self.db.read() as session:
            return await log.read_after(session, int(number) - FIRST, after, 10_000, side)

    async def numbers(self, who: Who, box: str = "all", q: str = "") -> list[str]:
        """The orders that a box or a search shows."""
        async with self.db.read() as session:
            rows, _ = await page(session, self.actor(who), self.context.shop, box, q, limit=1000)
        return [row.number for row in rows]

    async def quotes(self, number: str) -> dict[int, str]:
        """Version → status, as stored."""
        wanted = select(Quote).where(Quote.order_id == int(number) - FIRST)
        async with self.db.read() as session:
            return {quote.version: quote.status for quote in await session.scalars(wanted)}

    async def letters(self, number: str) -> list[tuple[str, str]]:
        """(kind, address) of the mails about an order, oldest first."""
        wanted = select(Mail.kind, Mail.recipient).where(Mail.order_id == int(number) - FIRST)
        async with self.db.read() as session:
            return [(kind, to) for kind, to in await session.execute(wanted.order_by(Mail.id))]

    async def state(self, number: str) -> dict[str, list[Any]]:
        """Every row of every table that is about this order."""
        order_id, found = int(number) - FIRST, {}
        async with self.db.read() as session:
            for table in Base.metadata.sorted_tables:
                key = table.c.get("order_id") if table.name != "orders" else table.c.id
                if key is not None:
                    rows = await session.execute(select(table).where(key == order_id))
                    found[table.name] = sorted(map(tuple, rows), key=repr)
        return found

    async def number_of_orders(self) -> int:
        async with self.db.read() as session:
            return await session.scalar(select(func.count()).select_from(Order)) or 0

    def today(self) -> date:
        return self.context.shop.today(datetime.now(UTC))

    def at(self, **ago: float) -> "Moment":
        """`with house.at(days=2):` what is done inside was done two days ago."""
        return Moment(self.db, datetime.now(UTC) - timedelta(**ago))

    def in_zone(self, zone: str) -> None:
        """Move the shop."""
        self.db.shop = replace(self.context.shop, zone=ZoneInfo(zone))


@dataclass
class Moment:
    db: Database
    when: datetime

    def __enter__(self) -> None:
        self.db.clock = lambda: self.when

    def __exit__(self, *_: object) -> None:
        self.db.clock = lambda: datetime.now(UTC)


def number_of(done: Done) -> str:
    assert done.order_id is not None
    return str(done.order_id + FIRST)


async def open_house(url: str, tokens: dict[Person, str], products: dict[str, int]) -> House:
    settings = settings_for(url)
    context = Context(settings, Database(settings.database_url))
    if context.db.sqlite:
        event.listen(context.db.engine.sync_engine, "connect", _without_fsync)
    await context.load()
    actors = {person: await by_token(context.db, token) for person, token in tokens.items()}
    return House(context, actors, tokens, products)


def _without_fsync(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=OFF")
    cursor.close()


async def by_token(db: Database, token: str) -> Actor:
    async with db.read() as session:
        actor = await access.by_token(session, token)
    assert actor is not None
    return actor


async def member_id(house: House, person: Person) -> int:
    async with house.db.read() as session:
        member = await member_by_email(session, person.email)
    assert member is not None
    return member.id
