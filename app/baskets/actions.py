"""What a browser's basket holds: put in, counted, taken out, put back. Who has the cookie has the basket."""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import digest, new_secret
from app.baskets.model import Basket
from app.db import Database, Transaction
from app.errors import Problem, invalid

LASTS = timedelta(days=30)
MOST_LINES = 20
MOST_SIZE = 64_000
MOST_OF_ONE = 10_000
Line = dict[str, Any]


async def basket_of(session: AsyncSession, secret: str | None, *, lock: bool = False) -> Basket | None:
    """The basket that the cookie opens, if there still is one."""
    return await session.get(Basket, digest(secret), with_for_update=lock) if secret else None


async def put_in(tx: Transaction, secret: str | None, line: Line) -> tuple[str, str]:
    """One more line, or more of one that is there; the secret of its basket, and the line's key.

    Raises 422 when the basket is full.
    """
    basket = await basket_of(tx.session, secret, lock=True)
    if basket is None or secret is None:
        secret = new_secret()
        basket = Basket(id=digest(secret), lines=[], removed=[], changed_at=tx.now)
        tx.session.add(basket)
    same = next((each for each in basket.lines if _same(each, line)), None)
    key = same["key"] if same else secrets.token_hex(4)
    if same:
        quantity = min(MOST_OF_ONE, same["quantity"] + line["quantity"])
        lines = [each | {"quantity": quantity} if each is same else each for each in basket.lines]
    else:
        lines = [*basket.lines, line | {"key": key}]
    if len(lines) > MOST_LINES or len(orjson.dumps(lines)) > MOST_SIZE:
        raise invalid("lines", "Your basket is full. Please order what is in it first.", "full")
    _change(tx, basket, lines)
    return secret, key


async def set_quantity(tx: Transaction, secret: str | None, key: str, quantity: int) -> None:
    """So many of a line; a line that is gone is no error. Raises 422."""
    if not 1 <= quantity <= MOST_OF_ONE:
        raise invalid("quantity", "Please give a number from 1 to 10,000.")
    basket = await basket_of(tx.session, secret, lock=True)
    if basket is not None:
        lines = [each | {"quantity": quantity} if each["key"] == key else each for each in basket.lines]
        _change(tx, basket, lines)


async def take_out(tx: Transaction, secret: str | None, keys: Collection[str], *, keep: bool = True) -> None:
    """Lines that go; with `keep`, `put_back` brings them again."""
    basket = await basket_of(tx.session, secret, lock=True)
    if basket is not None:
        gone = [{"at": at, "line": each} for at, each in enumerate(basket.lines) if each["key"] in keys]
        _change(tx, basket, [each for each in basket.lines if each["key"] not in keys], gone if keep else [])


async def put_back(tx: Transaction, secret: str | None) -> None:
    """What was taken out last, where it was. Raises 404 when something else was done since."""
    basket = await basket_of(tx.session, secret, lock=True)
    if basket is None or not basket.removed:
        raise Problem("not_found", "There is nothing to put back.")
    lines = list(basket.lines)
    for each in basket.removed:
        lines.insert(each["at"], each["line"])
    _change(tx, basket, lines)


async def sweep(db: Database, now: datetime) -> None:
    """Forget baskets that nobody has touched for long."""
    async with db.transaction(now) as tx:
        await tx.session.execute(delete(Basket).where(Basket.changed_at < now - LASTS))


def _change(tx: Transaction, basket: Basket, lines: list[Line], removed: list[Line] | None = None) -> None:
    basket.lines, basket.removed, basket.changed_at = lines, removed or [], tx.now


def _same(one: Line, other: Line) -> bool:
    return all(one[name] == other[name] for name in ("product", "options", "terms"))
