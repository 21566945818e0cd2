"""Tokens as their holders see them: listed, made with a name, revoked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import check_writes
from app.audit.recording import record
from app.author import Actor
from app.customers.model import Customer
from app.db import Transaction
from app.errors import Problem, invalid
from app.team.model import Member, Token
from app.team.sessions import Holder, new_token, revoke
from app.verb import Data, Short

ID_LENGTH = 12  # of the hash: enough to name one, nothing that opens anything
IDS = re.compile(rf"[0-9a-f]{{{ID_LENGTH}}}")
MOST = 50


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token that still opens something; `holder` is the person's name and address."""

    id: str
    name: str
    scope: str
    created_at: datetime
    used_at: datetime | None
    holder: tuple[str, str]
    member: bool


class NewToken(Data):
    """The form of a new token."""

    name: Annotated[Short, Field(max_length=100)]
    scope: Literal["read", "write"] = "read"


async def tokens_of(session: AsyncSession, actor: Actor) -> list[TokenView]:
    """The actor's own tokens, newest first."""
    return await _tokens(session, _own(actor))


async def tokens_of_others(session: AsyncSession, owner: Actor) -> list[TokenView]:
    """The other members' tokens, which an owner may revoke."""
    return await _tokens(session, Token.member_id != owner.member_id)


async def every_token(session: AsyncSession, email: str | None = None) -> list[TokenView]:
    """Of everybody, or of whoever has this address, as member or as customer."""
    address = email.strip().lower() if email is not None else None
    mine = (Member.email == address) | (Customer.email == address)
    return await _tokens(session, true() if address is None else mine)


async def make_token(tx: Transaction, actor: Actor, wanted: NewToken) -> str:
    """A new token's secret. Raises 422 for a name in use, so that a form sent twice makes one token."""
    check_writes(actor)
    table, key = (Member, actor.member_id) if actor.member_id else (Customer, actor.customer_id)
    await tx.session.get_one(table, key, with_for_update=True)
    known = [view.name for view in await tokens_of(tx.session, actor)]
    if wanted.name in known:
        raise invalid("name", "You have a token of this name already.", "in_use")
    if len(known) >= MOST:
        raise Problem("invalid", "You have too many tokens. Please revoke some first.")
    if actor.member_id:
        record(tx, actor, "token_made", wanted.name, scope=wanted.scope)
    return await new_token(tx, **_holder(actor), name=wanted.name, scope=wanted.scope)


async def revoke_own(tx: Transaction, actor: Actor, key: str) -> None:
    """End one's own token, an owner any member's. Again is well. Raises 404 for whatever is not theirs."""
    check_writes(actor)
    theirs = Token.member_id.is_not(None) if actor.role == "owner" else _own(actor)
    await _end(tx, key, theirs, actor)


async def revoke_any(tx: Transaction, key: str) -> None:
    """For the command line. Raises 404."""
    await _end(tx, key, true(), None)


async def _end(tx: Transaction, key: str, theirs: ColumnElement[bool], by: Actor | None) -> None:
    named = func.substr(Token.id, 1, ID_LENGTH) == key
    found: Sequence[Token] = []
    if IDS.fullmatch(key):
        found = (await tx.session.scalars(select(Token).where(named, theirs))).all()
    if not found:
        raise Problem("not_found", "There is no such token.")
    for token in found:
        if token.revoked_at is None and token.member_id is not None:
            record(tx, by, "token_revoked", token.name or key, scope=token.scope)
        await revoke(tx, f"t:{token.id}")


async def _tokens(session: AsyncSession, which: ColumnElement[bool]) -> list[TokenView]:
    wanted = (
        select(Token, Member, Customer)
        .outerjoin(Member, Member.id == Token.member_id)
        .outerjoin(Customer, Customer.id == Token.customer_id)
        .where(which, Token.revoked_at.is_(None), Member.removed_at.is_(None))
        .order_by(Token.created_at.desc(), Token.id)
    )
    return [_view(*row) for row in await session.execute(wanted)]


def _view(token: Token, member: Member | None, customer: Customer | None) -> TokenView:
    person = member or customer
    assert person is not None, "the database refuses a token of nobody"
    holder = (person.name, person.email)
    key = token.id[:ID_LENGTH]
    return TokenView(key, token.name, token.scope, token.created_at, token.used_at, holder, bool(member))


def _own(actor: Actor) -> ColumnElement[bool]:
    if actor.member_id:
        return Token.member_id == actor.member_id
    return Token.customer_id == actor.customer_id


def _holder(actor: Actor) -> Holder:
    return {"member_id": actor.member_id} if actor.member_id else {"customer_id": actor.customer_id}
