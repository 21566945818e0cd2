"""List and badge frames: the absolute state of rows and counts, for many readers at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
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
from app.unread.model import Reading
from app.unread.queries import total, totals

Frame = tuple[dict[str, Any], Mapping[str, str]]
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
    html = {row.id: _html(row) for row in shown}
    unread = await _unread(session, ids, orders)
    frames: dict[str, Sequence[Frame]] = {}
    for key, actor in members.items():
        badge = {"total": unread_orders.get(actor.member_id or 0, 0), "boxes": boxes}
        own = {row.id: unread.get((actor.member_id or 0, row.id), 0) for row in shown}
        frames[key] = _frames(shown, own, badge, html)
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
    badge = {"total": await total(session, actor), "boxes": boxes}
    unread = {row.id: row.unread for row in shown}
    return _frames(shown, unread, badge, {row.id: _html(row) for row in shown})


def _frames(
    shown: Sequence[OrderRow], unread: Mapping[int, int], badge: dict[str, Any], html: Mapping[int, Any]
) -> Sequence[Frame]:
    if not shown:
        return [({"type": "badge", "order": None, "unread": None} | badge, {})]
    frames: list[Frame] = []
    for row in shown:
        number = str(row.id + FIRST)
        plain = row.as_dict() | {"unread": unread[row.id]}
        frames.append(({"type": "list", "order": number, "row": plain}, html[row.id]))
        frames.append(({"type": "badge", "order": number, "unread": unread[row.id]} | badge, {}))
    return frames


def _html(row: OrderRow) -> dict[str, str]:
    """The row in every language, without any reader's number in it: live.js fills that in."""
    bare = replace(row, unread=0)
    sent = {}
    for language in LANGUAGES:
        with speaking(language):
            sent[language] = render(ROWS[row.side], row=bare, oob=True)
    return sent


async def _unread(
    session: AsyncSession, members: Collection[int], orders: Sequence[Order]
) -> dict[tuple[int, int], int]:
    counters = {order.id: order.team_count for order in orders}
    wanted = select(Reading.member_id, Reading.order_id, Reading.count).where(
        Reading.unread, Reading.member_id.in_(members), Reading.order_id.in_(counters)
    )
    found = await session.execute(wanted)
    return {(member, order): counters[order] - count for member, order, count in found}
