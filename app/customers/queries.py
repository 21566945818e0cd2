"""Customers as the team sees them: a page of them, found by name or address, or one of them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.customers.model import Customer, shown
from app.i18n import gettext
from app.money import Money
from app.orders.model import MOST_ID, Order
from app.payments.model import Payment

PAGE = 50


@dataclass(slots=True)
class CustomerRow:
    """`spent` is what came in less what was given back, one sum for each currency."""

    id: int
    given_name: str
    email: str
    verified: bool
    language: str | None
    created_at: datetime
    deleted_at: datetime | None
    orders: int = 0
    last_order_at: datetime | None = None
    spent: list[Money] = field(default_factory=list)

    @property
    def name(self) -> str:
        return gettext("Deleted customer") if self.deleted_at else self.given_name


async def page(
    session: AsyncSession, q: str, before: int | None, limit: int = PAGE
) -> tuple[list[CustomerRow], int | None]:
    """The newest first, and where the next page goes on; three queries."""
    wanted = select(Customer).order_by(Customer.id.desc()).limit(limit + 1)
    if q.strip():
        text = q.strip().lower()
        named = func.lower(Customer.name).contains(text, autoescape=True)
        wanted = wanted.where(or_(named, Customer.email.contains(text, autoescape=True)))
        wanted = wanted.where(Customer.deleted_at.is_(None))
    if before is not None:
        wanted = wanted.where(Customer.id < min(before, MOST_ID))
    found = (await session.scalars(wanted)).all()
    rows = await _rows(session, found[:limit])
    return rows, found[limit - 1].id if len(found) > limit else None


async def customer_row(session: AsyncSession, key: int) -> CustomerRow | None:
    """One customer; three queries."""
    found = await session.get(Customer, key) if 0 < key <= MOST_ID else None
    return (await _rows(session, [found]))[0] if found else None


async def orders_of(session: AsyncSession, key: int, limit: int) -> Sequence[Order]:
    """The newest orders of a customer."""
    wanted = select(Order).where(Order.customer_id == key)
    return (
        await session.scalars(wanted.order_by(Order.sorted_at.desc(), Order.id.desc()).limit(limit))
    ).all()


async def _rows(session: AsyncSession, found: Sequence[Customer]) -> list[CustomerRow]:
    keys = [customer.id for customer in found]
    rows = {customer.id: _row(customer) for customer in found}
    counted = select(Order.customer_id, func.count(), func.max(Order.created_at))
    for key, number, last in await session.execute(
        counted.where(Order.customer_id.in_(keys)).group_by(Order.customer_id)
    ):
        rows[key].orders, rows[key].last_order_at = number, last
    for key, sums in (await _spent(session, keys)).items():
        rows[key].spent = sums
    return list(rows.values())


async def _spent(session: AsyncSession, keys: Sequence[int]) -> dict[int, list[Money]]:
    paid = select(Order.customer_id, Payment.currency, func.sum(Payment.amount - Payment.refunded))
    paid = paid.join(Order, Order.id == Payment.order_id)
    paid = paid.where(Order.customer_id.in_(keys), Payment.status == "succeeded")
    sums: dict[int, list[Money]] = defaultdict(list)
    for key, currency, amount in await session.execute(paid.group_by(Order.customer_id, Payment.currency)):
        sums[key].append(Money(int(amount), currency))
    return sums


def _row(customer: Customer) -> CustomerRow:
    return CustomerRow(
        id=customer.id,
        given_name=customer.name,
        email=shown(customer.email),
        verified=customer.verified_at is not None,
        language=customer.language,
        created_at=customer.created_at,
        deleted_at=customer.deleted_at,
    )
