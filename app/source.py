"""What the live sockets ask of the application (realtime.ports.Source)."""

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import Headers

from app import access, i18n, log
from app.author import Actor
from app.context import Context
from app.db import among
from app.desk_frames import desk_frames
from app.doors import origin_allowed
from app.embed.panel import COOKIE
from app.entries import Entry, Head, Side
from app.messages.content import content
from app.orders.model import FIRST, Order, order_id
from app.orders.queries import theirs
from app.orders.timeline import contents
from app.shop import renew_epoch
from app.tail import Tail
from app.web import COOKIES
from realtime.ports import DeskFrames, Reader

MOST_TURNS = 20_000


class DatabaseSource:
    """Answers from the database; `context` is shared with the other doors."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._tail = Tail(context.db)
        self._turns: OrderedDict[tuple[int, Side, str], tuple[str, int]] = OrderedDict()

    async def close(self) -> None:
        """Give back what it keeps of the database."""
        await self._tail.close()

    async def identify(self, scope: Mapping[str, Any]) -> Reader | None:
        headers = Headers(scope=dict(scope))
        scheme, _, secret = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            async with self.context.db.read() as session:
                actor = await access.by_token(session, secret.strip())
            if actor is None:
                return None
            self.context.uses.note(actor.ticket)
            return _reader(actor)
        return await self._by_cookie(scope, headers)

    async def _by_cookie(self, scope: Mapping[str, Any], headers: Headers) -> Reader | None:
        wanted = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("side", [""])[0]
        sides: dict[str, tuple[Side, ...]] = {"team": ("team",), "shop": ("customer",)}
        cookies, panel = SimpleCookie(headers.get("cookie", "")), wanted == "embed"
        for side in sides["shop"] if panel else sides.get(wanted, ("team", "customer")):
            name = COOKIE if panel else COOKIES[side]
            if name in cookies:
                async with self.context.db.read() as session:
                    secret = cookies[name].value
                    actor = await access.by_session(session, secret, side, guests_alone=panel)
                    if actor.known:
                        return await _as_guest(session, _reader(actor))
        return None

    def origin_allowed(self, scope: Mapping[str, Any]) -> bool:
        headers = Headers(scope=dict(scope))
        if headers.get("authorization", "").lower().startswith("bearer "):
            return True  # no browser sends this by itself, so no page can make one do it
        return origin_allowed(self.context.settings, headers)

    async def alive(self, tickets: Collection[str]) -> set[str]:
        async with self.context.db.read() as session:
            found = await access.alive(session, tickets)
        for ticket in found:
            self.context.uses.note(ticket)  # an open socket is in use, also while nobody says anything
        return found

    async def barred(self, tickets: Collection[str]) -> set[str]:
        async with self.context.db.read() as session:
            return await access.barred(session, tickets)

    async def epoch(self) -> str:
        await self.context.load()
        return self.context.epoch

    async def renew_epoch(self, known: str) -> str:
        async with self.context.db.transaction() as tx:
            self.context.epoch = await renew_epoch(tx.session, known)
        return self.context.epoch

    async def visible(self, reader: Reader, orders: Collection[int]) -> dict[int, Head]:
        actor: Actor = reader.actor
        async with self.context.db.read() as session:
            actor = await access.still(session, actor)
            wanted = select(Order.id, Order.last_seq, Order.customer_seq).where(
                among(session, Order.id, orders)
            )
            mine = theirs(actor)
            found = await session.execute(wanted if mine is None else wanted.where(mine))
            return {key: Head(team, customer) for key, team, customer in found}

    async def heads(self, orders: Collection[int]) -> dict[int, Head]:
        async with self.context.db.read() as session:
            return await log.heads(session, orders)

    async def changed(self, seconds: float) -> dict[int, Head]:
        async with self.context.db.read() as session:
            return await log.changed_since(session, datetime.now(UTC) - timedelta(seconds=seconds))

    async def entries(self, order: int, after: int, limit: int, side: Side) -> list[Entry]:
        async with self.context.db.read() as session:
            return await log.read_after(session, order, after, limit, side)

    def content_now(self, entry: Entry, side: Side, language: str) -> str | None:
        found = content(entry, side, language)
        if found is not None and entry.standing is not None:
            self._turned((entry.order, side, language), entry.standing.turn, entry, entry)
        return found

    async def tail(self, positions: Mapping[int, int], most: int) -> dict[int, list[Entry]]:
        return await self._tail.after(positions, most)

    async def contents(self, order: int, entries: Sequence[Entry], side: Side, language: str) -> list[str]:
        async with self.context.db.read() as session:
            row = await session.get_one(Order, order)
            turned = self._turned((order, side, language), row.turn, entries[0], entries[-1])
            shop = self.context.shop
            return await contents(session, row, entries, side, shop, language, turned=turned)

    def _turned(self, shown: tuple[int, Side, str], turn: str, first: Entry, last: Entry) -> bool:
        """Whether whoever has all entries before `first` may have another turn on the page: they have not if
        this process sent that one with the entry right before."""
        before = self._turns.pop(shown, None)
        self._turns[shown] = turn, last.seq
        if len(self._turns) > MOST_TURNS:
            self._turns.popitem(last=False)
        return before != (turn, first.prev(shown[1]))

    async def desk(self, readers: Collection[Reader], orders: Collection[int]) -> dict[str, DeskFrames]:
        actors = {reader.key: reader.actor for reader in readers}
        async with self.context.db.read() as session:
            frames = await desk_frames(session, actors, orders, self.context.shop)
        return {key: DeskFrames(found) for key, found in frames.items()}

    async def perform(
        self, reader: Reader, verb: str, order: str | None, data: Any, cid: str
    ) -> tuple[str | None, int | None]:
        actor: Actor = reader.actor
        with i18n.speaking(i18n.known(actor.language) or self.context.shop.language):
            done = await self.context.do(actor, verb, order, data, cid)
        number = None if done.order_id is None else self.number(done.order_id)
        return number, done.seq

    async def peeking(self, orders: Collection[int]) -> set[int]:
        wanted = select(Order.id).where(Order.status == "pending")
        async with self.context.db.read() as session:
            return set(await session.scalars(wanted.where(among(session, Order.id, orders))))

    def order_id(self, number: object) -> int | None:
        return order_id(number)

    def language(self, wanted: str) -> str | None:
        return i18n.known(wanted) or "en"

    def number(self, order: int) -> str:
        return str(order + FIRST)


async def _as_guest(session: AsyncSession, reader: Reader) -> Reader:
    """A guest of one customer's orders goes by the name that was given there."""
    actor: Actor = reader.actor
    if actor.customer_id or actor.member_id:
        return reader
    wanted = select(Order.customer_id, Order.customer_name).where(Order.id.in_(actor.grants)).distinct()
    found = (await session.execute(wanted.limit(2))).all()
    if len(found) != 1:
        return reader
    return replace(reader, known_as=f"c{found[0][0]}", name=found[0][1])


def _reader(actor: Actor) -> Reader:
    role: Any = "member" if actor.side == "team" else "customer"
    name = actor.name or actor.email
    return Reader(actor.key, actor.ticket, actor.side, role, name, actor, writes=actor.writes)
