"""Entries as readers see them: the same values and templates for pages, frames and catching up."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.author import Actor
from app.entries import Entry, Side
from app.i18n import speaking
from app.log import read_some
from app.messages import content as messages
from app.messages.queries import versions_of
from app.orders.model import FIRST, Order
from app.orders.queries import order_view
from app.orders.views import EntryView, VersionView
from app.payments.queries import payments_of
from app.payments.views import PaymentView
from app.quotes.model import Quote
from app.quotes.views import QuoteView, quote_view
from app.rendering import render
from app.shop import Shop

AT_ONCE = 16  # entries to render before others have their turn
PLAIN = frozenset({"message", "note", "edit"})
ON_QUOTES = frozenset({"quote", "quote_decision"})


async def entry_views(
    session: AsyncSession, entries: Sequence[Entry], side: Side, shop: Shop
) -> list[EntryView]:
    """Entries of one order with the quotes and payments that they show; a few queries for any number."""
    quotes: dict[int, QuoteView] = {}
    payments: dict[int, PaymentView] = {}
    if any(entry.kind in ON_QUOTES for entry in entries):
        quotes = await _quotes(session, entries[0].order, shop)
    if any(entry.kind == "payment" for entry in entries):
        payments = {payment.id: payment for payment in await payments_of(session, entries[0].order)}
    changed = [entry.seq for entry in entries if entry.kind != "edit" and entry.amended]
    versions = await versions_of(session, entries[0].order, changed) if changed and side == "team" else {}
    return [_view(entry, side, quotes, payments, versions.get(entry.seq, ())) for entry in entries]


async def contents(
    session: AsyncSession,
    order: Order,
    entries: Sequence[Entry],
    side: Side,
    shop: Shop,
    language: str,
    *,
    turned: bool = True,
) -> list[str]:
    """What a socket sends of each entry: the entry itself, and whatever on the page it changes.

    How the order stands is as it is now, so it is said once, with the last entry that changes it. A message
    changes it only when the turn changed with it, which is what `turned` says.
    """
    with speaking(language):
        changing = [entry.seq for entry in entries if turned or entry.kind not in PLAIN]
        if not changing and not any(entry.amended or entry.kind == "edit" for entry in entries):
            return await _all_appended(
                entries, [_view(entry, side, {}, {}) for entry in entries], side, language
            )
        views = await entry_views(session, entries, side, shop)
        around = await _around(session, order, side, shop) if changing else ""
        cards = await _cards(session, order, views, side, shop)
        appended = await _all_appended(entries, views, side, language)
        return [
            text + cards.get(entry.seq, "") + (around if [entry.seq] == changing[-1:] else "")
            for entry, text in zip(entries, appended, strict=True)
        ]


async def _all_appended(
    entries: Sequence[Entry], views: Sequence[EntryView], side: Side, language: str
) -> list[str]:
    """A long history is rendered little by little: the chats of others must not wait for it."""
    rendered: list[str] = []
    for entry, view in zip(entries, views, strict=True):
        if len(rendered) % AT_ONCE == AT_ONCE - 1:
            await asyncio.sleep(0)
        rendered.append(_appended(entry, view, side, language))
    return rendered


def _appended(entry: Entry, view: EntryView, side: Side, language: str) -> str:
    base = _base(view.order, side)
    return messages.appended(entry, side, language) or render(
        "orders/_appended.html", entry=view, audience=side, base=base, forms={}
    )


async def _around(session: AsyncSession, order: Order, side: Side, shop: Shop) -> str:
    """The state and facts of the order as this side may know them; nothing of a single reader."""
    anyone = Actor(side=side, member_id=0 if side == "team" else None)
    view = await order_view(session, order, anyone, shop)
    context: dict[str, Any] = {"order": view, "audience": side, "base": view.base, "forms": {}, "oob": True}
    names = ["_state", "_facts"] + (["_confirm_facts"] if side == "team" else [])
    return "".join(render(f"orders/{name}.html", **context) for name in names)


async def _cards(
    session: AsyncSession, order: Order, views: Sequence[EntryView], side: Side, shop: Shop
) -> dict[int, str]:
    """By entry: the older card of a quote or payment that it changes, as that is now."""
    quotes = await _quotes(session, order.id, shop) if any(_about_quote(view) for view in views) else {}
    changed = {view.seq: seq for view in views if (seq := _changes_card(view, quotes)) is not None}
    if not changed:
        return {}
    wanted = await read_some(session, order.id, set(changed.values()), side)
    cards = {view.seq: view for view in await entry_views(session, wanted, side, shop)}
    return {seq: _card(cards[card], side) for seq, card in changed.items() if card in cards}


def _about_quote(view: EntryView) -> bool:
    return view.kind in ON_QUOTES or view.data.get("verb") == "quote_seen"


def _changes_card(view: EntryView, quotes: dict[int, QuoteView]) -> int | None:
    """The entry that shows the card."""
    if view.kind == "edit":
        if view.data["action"] == "erase":
            return None
        seq: int = view.data["seq"]
        return seq
    if view.kind == "payment":
        return view.data.get("before")
    if view.data.get("verb") == "quote_seen":
        return quotes[view.data["version"]].seq
    version = view.data.get("version") if view.kind == "quote_decision" else view.data.get("supersedes")
    return quotes[version].seq if view.kind in ON_QUOTES and version in quotes else None


def _card(view: EntryView, side: Side) -> str:
    base = _base(view.order, side)
    return render("orders/_entry.html", entry=view, audience=side, base=base, forms={}, oob=True)


async def _quotes(session: AsyncSession, order_id: int, shop: Shop) -> dict[int, QuoteView]:
    today = shop.today(datetime.now(UTC))
    wanted = select(Quote, Order.currency).join(Order).where(Quote.order_id == order_id)
    found = await session.execute(wanted)
    return {quote.version: quote_view(quote, currency, today) for quote, currency in found}


def _view(
    entry: Entry,
    side: Side,
    quotes: dict[int, QuoteView],
    payments: dict[int, PaymentView],
    versions: Sequence[VersionView] = (),
) -> EntryView:
    return EntryView(
        order=str(entry.order + FIRST),
        seq=entry.seq,
        prev=entry.prev(side),
        kind=entry.kind,
        audience=entry.audience,
        at=entry.at,
        role=entry.role,
        name=entry.name,
        person=entry.person,
        cid=entry.cid,
        data=entry.data,
        quote=quotes.get(entry.data.get("version", 0)) if entry.kind in ON_QUOTES else None,
        payment=payments.get(entry.data["payment"]) if entry.kind == "payment" else None,
        versions=versions,
    )


def _base(number: str, side: Side) -> str:
    return f"/desk/orders/{number}" if side == "team" else f"/orders/{number}"
