"""List and badge frames: the absolute state of rows and counts, for many readers at once."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.author import Actor
from app.i18n import LANGUAGES, speaking
from app.orders.boxes import counts, own_counts
from app.orders.model import FIRST, Order
from app.orders.queries import rows, theirs
from app.orders.views import OrderRow
from app.rendering import render
from app.shop import Shop
from app.unread.model import UNREAD, Reading, unread_of
from app.unread.queries import total, totals

Frame = tuple[dict[str, Any], Callable[[str], str | None]]
ROWS = {"team": "desk/_row.html", "customer": "shop/_row.html"}


async def desk_frames(
    session: AsyncSession, readers: Mapping[str, Actor], orders: Collection[int], shop: Shop
) -> dict[str, Sequence[Frame]]:
    """By reader: a list and a badge frame of each order that they may see; without orders, one badge."""
    found = (await session.scalars(select(Order).where(Order.id.in_(orders)))).all() if orders else []
    frames: dict[str, Sequence[Frame]] = {}
    members = {key: actor for key, actor in readers.items() if actor.side == "team"}
    if members:
        frames |= await _team(session, members, found, shop)
    for key, actor in readers.items():
        if actor.side == "customer":
            frames[key] = await _customer(session, actor, found, shop)
    return frames


async def _team(
    session: AsyncSession, members: Mapping[str, Actor], orders: Sequence[Order], shop: Shop
) -> dict[str, Sequence[Frame]]:
    """Rows are read and rendered once for all members; only the numbers are each one's own."""
    ids = [actor.member_id or 0 for actor in members.values()]
    boxes = await counts(session, shop.today(datetime.now(UTC)))
    unread_orders = await totals(session, ids)
    shown = await rows(session, next(iter(members.values())), shop, orders)
    unread = await _unread(session, ids, orders)
    await asyncio.sleep(0)
    sheet = Sheet(shown, boxes)
    frames: dict[str, Sequence[Frame]] = {}
    for key, actor in members.items():
        own = {row.id: unread.get((actor.member_id or 0, row.id), 0) for row in shown}
        frames[key] = sheet.frames(own, unread_orders.get(actor.member_id or 0, 0))
        await asyncio.sleep(0)  # all members at once would keep the chats waiting
    return frames


async def _customer(
    session: AsyncSession, actor: Actor, orders: Sequence[Order], shop: Shop
) -> Sequence[Frame]:
    """Nothing at all when these are others' orders: not even that something happened is theirs to know."""
    seen = [order for order in orders if actor.may_see(order)]
    if orders and not seen:
        return ()
    mine = theirs(actor)
    assert mine is not None
    boxes = await own_counts(session, mine, shop.today(datetime.now(UTC)))
    shown = await rows(session, actor, shop, seen)
    unread = {row.id: row.unread for row in shown}
    return Sheet(shown, boxes).frames(unread, await total(session, actor))


class Sheet:
    """Some rows and the boxes, for several readers: what they have in common is made once."""

    def __init__(self, shown: Sequence[OrderRow], boxes: Mapping[str, int]) -> None:
        self._boxes = boxes
        self._rows = {row.id: (row.as_dict(), _html(row)) for row in shown}
        self._lists: dict[tuple[int, int], Frame] = {}
        self._badges: dict[tuple[int, int, int], Frame] = {}

    def frames(self, unread: Mapping[int, int], total: int) -> Sequence[Frame]:
        """A list and a badge of each row; without rows one badge, of the totals alone."""
        if not self._rows:
            return [({"type": "badge", "order": None, "unread": None, **self._totals(total)}, _none)]
        return [frame for key in self._rows for frame in self._of(key, unread[key], total)]

    def _of(self, key: int, unread: int, total: int) -> tuple[Frame, Frame]:
        number = str(key + FIRST)
        if (key, unread) not in self._lists:
            row, html = self._rows[key]
            self._lists[key, unread] = (
                {"type": "list", "order": number, "row": row | {"unread": unread}},
                html,
            )
        if (key, unread, total) not in self._badges:
            badge = {"type": "badge", "order": number, "unread": unread, **self._totals(total)}
            self._badges[key, unread, total] = (badge, _none)
        return self._lists[key, unread], self._badges[key, unread, total]

    def _totals(self, total: int) -> dict[str, Any]:
        return {"total": total, "boxes": self._boxes}


def _none(language: str) -> None:
    """A badge has no HTML."""


def _html(row: OrderRow) -> Callable[[str], str | None]:
    """The row in a language, without any reader's number in it: live.js fills that in."""
    bare = replace(row, unread=0)

    @cache
    def rendered(language: str) -> str | None:
        if language not in LANGUAGES:
            return None
        with speaking(language):
            return render(ROWS[row.side], row=bare, oob=True)

    return rendered


async def _unread(
    session: AsyncSession, members: Collection[int], orders: Sequence[Order]
) -> dict[tuple[int, int], int]:
    counters = {order.id: order.team_count for order in orders}
    wanted = select(Reading.member_id, Reading.order_id, Reading.count, Reading.marked).where(
        UNREAD, Reading.member_id.in_(members), Reading.order_id.in_(counters)
    )
    found = await session.execute(wanted)
    return {
        (member, order): unread_of(counters[order], count, marked) for member, order, count, marked in found
    }
