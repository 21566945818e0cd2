"""Who is asking, and the one door to an order."""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.author import NOBODY, Actor
from app.customers.model import Customer
from app.db import Transaction, among
from app.entries import Side
from app.errors import Problem
from app.orders.boxes import remember_boxes
from app.orders.model import Order, order_id
from app.team.model import Grant, Member, Session, Token

FRESH = timedelta(minutes=15)
AT_ONCE = 1000  # tickets in one query; many more at once take many times as long


def digest(secret: str) -> str:
    """What is kept of a secret that a browser, a program or a mail holds."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_secret() -> str:
    return secrets.token_urlsafe(32)


async def order_for(session: AsyncSession, actor: Actor, number: object) -> Order:
    """The order of this number, if `actor` may see it. What they may not see is not found."""
    return _or_not_found(actor, await _find(session, number, lock=False))


async def locked_order_for(tx: Transaction, actor: Actor, number: object) -> Order:
    """The same, locked until the transaction ends."""
    order = _or_not_found(actor, await _find(tx.session, number, lock=True))
    remember_boxes(tx, order)
    return order


async def lock(tx: Transaction, key: int) -> Order:
    """An order for the clock, which sees all."""
    order = await tx.session.get_one(Order, key, with_for_update=True, populate_existing=True)
    remember_boxes(tx, order)
    return order


async def by_session(session: AsyncSession, secret: str, side: Side, *, guests_alone: bool = False) -> Actor:
    """Whom a cookie stands for on this side; NOBODY when it is unknown, over or revoked.

    `guests_alone`: as in the panel on another site, where nobody is ever signed in.
    """
    found = await _session_actor(session, digest(secret), side)
    return NOBODY if guests_alone and (found.customer_id or found.member_id) else found


async def by_token(session: AsyncSession, secret: str) -> Actor | None:
    """Whom a bearer token stands for."""
    return await _token_actor(session, digest(secret))


async def still(session: AsyncSession, actor: Actor) -> Actor:
    """The actor as of now, read anew: rights may have ended since the handshake. Raises 401."""
    kind, _, key = actor.ticket.partition(":")
    now = NOBODY
    if kind == "s":
        now = await _session_actor(session, key, actor.side)
    elif kind == "t":
        now = await _token_actor(session, key) or NOBODY
    elif not kind:
        return actor
    if not now.known:
        raise Problem("unauthenticated", "You are signed out.")
    return now


async def is_fresh(session: AsyncSession, actor: Actor) -> bool:
    """Whether the customer came through a mailed link a moment ago, as what cannot be undone asks for."""
    kind, _, key = actor.ticket.partition(":")
    if kind != "s" or actor.customer_id is None:
        return False
    began = await session.scalar(select(Session.created_at).where(Session.id == key))
    return began is not None and datetime.now(UTC) - began <= FRESH


def check_writes(actor: Actor) -> None:
    """Whatever changes something asks here first. Raises 403 for a token that may only read."""
    if not actor.writes:
        raise Problem("forbidden", "This token may only read.")


async def alive(session: AsyncSession, tickets: Collection[str]) -> set[str]:
    """Which of these tickets still open anything. Asked every second by every process with sockets."""
    wanted, found = list(tickets), set()
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        found |= await _alive_sessions(session, some) | await _alive_tokens(session, some)
    return found


async def barred(session: AsyncSession, tickets: Collection[str]) -> set[str]:
    """Of these tickets those of members who were removed."""
    found: set[str] = set()
    for kind, table in (("s:", Session), ("t:", Token)):
        keys = [ticket[2:] for ticket in tickets if ticket.startswith(kind)]
        for start in range(0, len(keys), AT_ONCE):
            some = among(session, table.id, keys[start : start + AT_ONCE])
            gone = select(table.id).join(Member, Member.id == table.member_id).where(some)
            rows = await session.scalars(gone.where(Member.removed_at.is_not(None)))
            found |= {f"{kind}{key}" for key in rows}
    return found


async def _find(session: AsyncSession, number: object, *, lock: bool) -> Order | None:
    found = order_id(number)
    if found is None:
        return None
    wanted = select(Order).where(Order.id == found)
    return await session.scalar(wanted.with_for_update() if lock else wanted)


def _or_not_found(actor: Actor, order: Order | None) -> Order:
    if order is None or not actor.may_see(order):
        raise Problem("not_found", "There is no such order.")
    return order


async def _session_actor(session: AsyncSession, key: str, side: Side) -> Actor:
    wanted = (
        select(Session, Member, Customer)
        .outerjoin(Member, Member.id == Session.member_id)
        .outerjoin(Customer, Customer.id == Session.customer_id)
        .where(Session.id == key, Session.revoked_at.is_(None), Session.expires_at > datetime.now(UTC))
    )
    found = (await session.execute(wanted)).first()
    if found is None:
        return NOBODY
    row, member, customer = found
    ticket = f"s:{row.id}"
    if side == "team":
        return as_member(member, ticket)
    grants = await session.scalars(select(Grant.order_id).where(Grant.session_id == row.id))
    return _as_customer(customer, ticket, frozenset(grants))


async def _token_actor(session: AsyncSession, key: str) -> Actor | None:
    wanted = (
        select(Token.scope, Member, Customer)
        .outerjoin(Member, Member.id == Token.member_id)
        .outerjoin(Customer, Customer.id == Token.customer_id)
        .where(Token.id == key, Token.revoked_at.is_(None))
    )
    found = (await session.execute(wanted)).first()
    if found is None:
        return None
    scope, member, customer = found
    actor = as_member(member, f"t:{key}") if member else _as_customer(customer, f"t:{key}", frozenset())
    return replace(actor, scope=scope) if actor.known else None


def as_member(member: Member | None, ticket: str = "") -> Actor:
    """A member as who is asking; NOBODY for one who was removed."""
    if member is None or member.removed_at is not None:
        return NOBODY
    return Actor(
        side="team",
        ticket=ticket,
        member_id=member.id,
        role=member.role,
        name=member.name,
        email=member.email,
        language=member.language,
        shortcuts=member.shortcuts,
    )


def _as_customer(customer: Customer | None, ticket: str, grants: frozenset[int]) -> Actor:
    if customer is None:
        return Actor(side="customer", ticket=ticket, grants=grants)
    return Actor(
        side="customer",
        ticket=ticket,
        customer_id=customer.id,
        grants=grants,
        name=customer.name,
        email=customer.email,
        language=customer.language,
    )


async def _alive_sessions(session: AsyncSession, tickets: Collection[str]) -> set[str]:
    keys = [ticket[2:] for ticket in tickets if ticket.startswith("s:")]
    if not keys:
        return set()
    wanted = (
        select(Session.id)
        .outerjoin(Member, Member.id == Session.member_id)
        .where(
            among(session, Session.id, keys),
            Session.revoked_at.is_(None),
            Session.expires_at > datetime.now(UTC),
        )
        .where(Member.removed_at.is_(None))
    )
    return {f"s:{key}" for key in await session.scalars(wanted)}


async def _alive_tokens(session: AsyncSession, tickets: Collection[str]) -> set[str]:
    keys = [ticket[2:] for ticket in tickets if ticket.startswith("t:")]
    if not keys:
        return set()
    wanted = (
        select(Token.id)
        .outerjoin(Member, Member.id == Token.member_id)
        .where(among(session, Token.id, keys), Token.revoked_at.is_(None), Member.removed_at.is_(None))
    )
    return {f"t:{key}" for key in await session.scalars(wanted)}
