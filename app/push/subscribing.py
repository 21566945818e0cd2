"""A browser says that it may be woken, and where. The address leads to its maker's push service."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, Field
from sqlalchemy import ColumnElement, delete, select

from app.author import Actor
from app.db import Transaction
from app.errors import Problem, invalid
from app.push.model import PushSubscription
from app.push.targets import private as may_be_private
from app.push.vapid import browser_key, browser_secret
from app.verb import Data
from app.webhooks.targets import Refused, addresses, checked, host_of, port_of

MOST = 20  # browsers of one person; the one not renewed for longest makes room
MOST_KEY = 100


def _key(text: str) -> str:
    browser_key(text)
    return text.rstrip("=")


def _secret(text: str) -> str:
    browser_secret(text)
    return text.rstrip("=")


class Keys(Data):
    p256dh: Annotated[str, Field(max_length=MOST_KEY), AfterValidator(_key)]
    auth: Annotated[str, Field(max_length=40), AfterValidator(_secret)]


class Subscribe(Data):
    """As `PushSubscription.toJSON()` says it; `old` is the address that this one replaces."""

    endpoint: Annotated[str, Field(max_length=2000)]
    keys: Keys
    old: Annotated[str, Field(max_length=2000)] = ""


class End(Data):
    endpoint: Annotated[str, Field(max_length=2000)]


async def check(endpoint: str, *, loopback: bool) -> None:
    """Whether we may send there, see app.push.targets. Raises 422."""
    private = may_be_private(endpoint, loopback=loopback)
    try:
        parts = checked(endpoint, private=private)
        await addresses(host_of(parts), port_of(parts), private=private)
    except Refused as refused:
        raise invalid("endpoint", str(refused), "refused") from None


async def subscribe(tx: Transaction, actor: Actor, data: Subscribe, agent: str) -> None:
    """One row for a browser on each side: whoever signed in last sits before it.

    Raises 404 where an `old` address is to be replaced that was not theirs.
    """
    if data.old:
        await unsubscribe(tx, actor, data.old, known=True)
    same = (PushSubscription.endpoint == data.endpoint, PushSubscription.side == actor.side)
    await tx.session.execute(delete(PushSubscription).where(*same))
    await _make_room(tx, actor.key)
    tx.session.add(
        PushSubscription(
            person=actor.key,
            side=actor.side,
            session_id=actor.ticket.removeprefix("s:"),
            endpoint=data.endpoint,
            p256dh=data.keys.p256dh,
            auth=data.keys.auth,
            agent=named(agent),
            created_at=tx.now,
        )
    )


async def unsubscribe(tx: Transaction, actor: Actor, endpoint: str, *, known: bool = False) -> None:
    """One's own browser by its address. `known`: raises 404 for one that is not."""
    await _delete(tx, actor, PushSubscription.endpoint == endpoint, known=known)


async def forget(tx: Transaction, actor: Actor, key: int) -> None:
    """One of one's own browsers. Raises 404 for another's."""
    await _delete(tx, actor, PushSubscription.id == min(key, 2**31 - 1), known=True)


async def _delete(tx: Transaction, actor: Actor, which: ColumnElement[bool], *, known: bool) -> None:
    mine = delete(PushSubscription).where(PushSubscription.person == actor.key, which)
    done = await tx.session.execute(mine)
    if known and not done.rowcount:  # type: ignore[attr-defined]
        raise Problem("not_found", "There is no such browser.")


def named(agent: str) -> str:
    """What people call a browser, from its User-Agent: "Firefox, Linux"."""
    browsers = ("Edg", "OPR", "SamsungBrowser", "Firefox", "CriOS", "Chrome", "Safari")
    systems = ("Android", "iPhone", "iPad", "Windows", "Mac OS X", "CrOS", "Linux")
    called = {"Edg": "Edge", "OPR": "Opera", "SamsungBrowser": "Samsung Internet", "CriOS": "Chrome"}
    called |= {"Mac OS X": "macOS", "CrOS": "ChromeOS"}
    found = [next((name for name in names if name in agent), "") for names in (browsers, systems)]
    return ", ".join(called.get(name, name) for name in found if name)


async def _make_room(tx: Transaction, person: str) -> None:
    mine = select(PushSubscription.id).where(PushSubscription.person == person)
    keys: Sequence[int] = (await tx.session.scalars(mine.order_by(PushSubscription.id))).all()
    gone = keys[: max(0, len(keys) - MOST + 1)]
    if gone:
        await tx.session.execute(delete(PushSubscription).where(PushSubscription.id.in_(gone)))
