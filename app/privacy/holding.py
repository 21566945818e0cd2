"""What a concept declares of the personal data that it holds. `app.privacy.holdings` collects them.

A deletion erases; what the law wants kept (amounts, dates, what was sold and paid) stays without a person.
Of a conversation nothing anybody typed stays, since who wrote to whom is about the customer whoever wrote.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.customers.model import AddressChange, Customer
from app.db import Base, Transaction
from app.orders.model import Order
from app.orders.views import stamp
from app.shop import Shop

MASK = "…"
SHORTEST = 3  # letters of a name that is looked for in what is kept


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose data: a customer, all they are or were called, and the ids of their orders."""

    customer_id: int
    addresses: tuple[str, ...]
    names: tuple[str, ...]
    orders: tuple[int, ...]

    def unnamed(self, text: str) -> str:
        """A text that has to be kept, without the person."""
        known = sorted({*self.addresses, *self.names}, key=len, reverse=True)
        parts = [re.escape(name) for name in known if len(name) >= SHORTEST]
        return re.sub("|".join(parts), MASK, text, flags=re.IGNORECASE) if parts else text


@dataclass(slots=True)
class Erasing:
    """One deletion. After the commit go `files` (keys in the storage) and `cards` (gateway, ref, payer)."""

    tx: Transaction
    subject: Subject
    files: list[str] = field(default_factory=list)
    cards: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Asking:
    """An export: what is read, and whether the team's own notes belong to it (for the owner alone)."""

    session: AsyncSession
    subject: Subject
    shop: Shop
    team: bool


Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Holding:
    """`person` and `order` say all there is in an export, of the person and of one order; `erase` ends it.

    `files` are (name in the export, key in the storage) of one order. Every function may be missing: `why`
    then says what makes that right.
    """

    tables: tuple[type[Base], ...]
    erase: Callable[[Erasing], Awaitable[None]] | None = None
    person: Callable[[Asking], Awaitable[Told]] | None = None
    order: Callable[[Asking, Order], Awaitable[Told]] | None = None
    files: Callable[[Asking, Order], Awaitable[Sequence[tuple[str, str]]]] | None = None
    why: str = ""


async def subject_of(session: AsyncSession, customer_id: int) -> Subject | None:
    """Whom a deletion or an export is about; None for nobody, or who was deleted already."""
    customer = await session.get(Customer, customer_id)
    if customer is None or customer.deleted_at is not None:
        return None
    wanted = select(Order.id, Order.customer_name).where(Order.customer_id == customer_id)
    rows = (await session.execute(wanted.order_by(Order.id))).all()
    names = {customer.name, *(name for _, name in rows)} - {""}
    addresses = (customer.email, *await _former(session, customer_id))
    return Subject(customer_id, addresses, tuple(sorted(names)), tuple(key for key, _ in rows))


async def _former(session: AsyncSession, customer_id: int) -> Sequence[str]:
    """Addresses that were theirs before and are nobody else's now."""
    used = (AddressChange.customer_id == customer_id, AddressChange.used_at.is_not(None))
    another = select(Customer.email).where(Customer.email == AddressChange.email).exists()
    return (await session.scalars(select(AddressChange.email).where(*used, ~another))).all()


def plain(row: Base, *without: str) -> Told:
    """A row for an export: every column but some, times in RFC 3339, amounts in minor units."""
    left_out = {"order_id", "customer_id", *without}
    names = [column.key for column in row.__table__.columns if column.key not in left_out]
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return stamp(value)
    return value.isoformat() if isinstance(value, date) else value
