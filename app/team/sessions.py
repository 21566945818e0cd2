"""Ways in: sessions, guests' grants, single-use links, passwords. What is stored never opens anything."""

from datetime import timedelta
from functools import cache
from typing import TypedDict, Unpack

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Select, delete, insert, or_, select, update

from app.access import digest, new_secret
from app.author import Actor
from app.db import Transaction, insert_into
from app.errors import Problem
from app.orders.model import Order
from app.team.model import Grant, Member, Session, SignInLink, Token

LASTS = timedelta(days=180)
LINK_LASTS = timedelta(minutes=20)
_hasher = PasswordHasher()


# checked when there is no such member, so that the answer takes as long as for one that exists
@cache
def _nobodys() -> str:
    """Made when it is first needed: commands start without the wait."""
    return _hasher.hash(new_secret())


async def start(
    tx: Transaction,
    *,
    member_id: int | None = None,
    customer_id: int | None = None,
    before: Actor | None = None,
) -> str:
    """A new session; answers its secret. What the browser was granted before comes along, and ends there."""
    secret = new_secret()
    row = {"id": digest(secret), "member_id": member_id, "customer_id": customer_id}
    times = {"created_at": tx.now, "expires_at": tx.now + LASTS}
    await tx.session.execute(insert(Session).values(row | times))
    if before is not None and before.ticket.startswith("s:"):
        for order_id in sorted(before.grants):
            await tx.session.execute(insert(Grant).values(session_id=row["id"], order_id=order_id))
        await revoke(tx, before.ticket)
    return secret


async def revoke(tx: Transaction, ticket: str) -> None:
    """End a session or a token; its sockets are closed."""
    kind, _, key = ticket.partition(":")
    table = Session if kind == "s" else Token
    ended = update(table).where(table.id == key, table.revoked_at.is_(None)).values(revoked_at=tx.now)
    await tx.session.execute(ended)
    tx.revoked.append(ticket)


async def grant(tx: Transaction, actor: Actor, order_id: int) -> str | None:
    """Let this browser see the order. Answers the secret of a new session when it had none."""
    secret = None
    if actor.ticket.startswith("s:"):
        key = actor.ticket.removeprefix("s:")
    else:
        secret = await start(tx)
        key = digest(secret)
    row = insert_into(tx.session, Grant).values(session_id=key, order_id=order_id)
    await tx.session.execute(row.on_conflict_do_nothing())
    return secret


async def new_link(tx: Transaction, *, member_id: int | None = None, customer_id: int | None = None) -> str:
    """A link's secret; it signs in once, within 20 minutes."""
    secret = new_secret()
    tx.session.add(
        SignInLink(
            id=digest(secret), member_id=member_id, customer_id=customer_id, expires_at=tx.now + LINK_LASTS
        )
    )
    return secret


async def use_link(tx: Transaction, secret: str) -> SignInLink | None:
    """The link, now used up; None when it is unknown, over or used already."""
    mine = (SignInLink.id == digest(secret), SignInLink.used_at.is_(None), SignInLink.expires_at > tx.now)
    return await tx.session.scalar(
        update(SignInLink).where(*mine).values(used_at=tx.now).returning(SignInLink)
    )


def windows_of(customer_id: int) -> Select[str]:
    """Sessions of a customer, and those of guests that one of their orders was opened in."""
    theirs = select(Grant.session_id).join(Order, Order.id == Grant.order_id)
    granted = Session.id.in_(theirs.where(Order.customer_id == customer_id))
    guest = Session.member_id.is_(None) & Session.customer_id.is_(None)
    return select(Session.id).where(or_(Session.customer_id == customer_id, guest & granted))


async def end_windows(tx: Transaction, customer_id: int, *, but: str = "") -> int:
    """End them all but one, and links that wait in the mailbox; answers how many."""
    await tx.session.execute(delete(SignInLink).where(SignInLink.customer_id == customer_id))
    alive = windows_of(customer_id).where(Session.revoked_at.is_(None), Session.expires_at > tx.now)
    others = [key for key in await tx.session.scalars(alive) if f"s:{key}" != but]
    for key in others:
        await revoke(tx, f"s:{key}")
    return len(others)


class Holder(TypedDict, total=False):
    """Whose a token is: one of the two."""

    member_id: int | None
    customer_id: int | None


async def new_token(
    tx: Transaction, *, name: str = "", scope: str = "write", **holder: Unpack[Holder]
) -> str:
    """A bearer token; only its hash is kept."""
    secret = f"ol_{new_secret()}"
    row = {"id": digest(secret), "name": name, "scope": scope, "created_at": tx.now}
    await tx.session.execute(insert(Token).values(row | holder))
    return secret


def hash_password(password: str) -> str:
    """argon2id. Raises 422 for one that is too short to be any good."""
    if not 10 <= len(password) <= 1000:
        raise Problem("invalid", "A password needs at least 10 characters.")
    return _hasher.hash(password)


def password_fits(member: Member | None, password: str) -> bool:
    """Whether this is the member's password; takes as long for nobody's."""
    stored = member.password_hash if member and member.password_hash else _nobodys()
    try:
        return _hasher.verify(stored, password) and stored != _nobodys()
    except (VerificationError, InvalidHashError):
        return False


async def end_sessions(tx: Transaction, member_id: int | None, *, but: str = "") -> int:
    """End a member's sessions but one, and links that wait in their mailbox; answers how many sessions.

    As after a new password. Tokens stay: they are ended one by one, on their own page.
    """
    await tx.session.execute(delete(SignInLink).where(SignInLink.member_id == member_id))
    wanted = select(Session.id).where(
        Session.member_id == member_id, Session.revoked_at.is_(None), Session.expires_at > tx.now
    )
    others = [key for key in await tx.session.scalars(wanted) if f"s:{key}" != but]
    for key in others:
        await revoke(tx, f"s:{key}")
    return len(others)
