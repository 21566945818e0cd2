"""Finding or making the customer behind an address."""

from sqlalchemy import select, update

from app.customers.model import Customer
from app.db import Transaction, insert_into
from app.orders.model import Order


def normal(email: str) -> str:
    """An address as it is kept: people do not tell addresses apart by case."""
    return email.strip().lower()


async def customer_of(tx: Transaction, email: str, name: str, language: str | None) -> Customer:
    """The customer of this address, made when there is none; an existing one's name is not touched.

    They keep it until the transaction ends: see `held`.
    """
    row = {"email": normal(email), "name": name, "language": language, "created_at": tx.now}
    while True:
        await tx.session.execute(insert_into(tx.session, Customer).values(row).on_conflict_do_nothing())
        found = await tx.session.scalar(select(Customer.id).where(Customer.email == normal(email)))
        if found is not None:
            customer = await held(tx, found)
            if customer.email == normal(email):
                return customer
        # who had it was deleted, or moved, since the statement before: it is nobody's now


async def held(tx: Transaction, customer_id: int) -> Customer:
    """A customer as they are now, whom nobody deletes or moves before this transaction ends.

    Without it an order could be placed for somebody whose deletion does not see it yet.
    """
    wanted = select(Customer).where(Customer.id == customer_id)
    locked = wanted.with_for_update(read=True, key_share=True).execution_options(populate_existing=True)
    return (await tx.session.scalars(locked)).one()


async def link_used(tx: Transaction, customer_id: int) -> None:
    """A mailed link was used, so the address is theirs: so are the orders placed under it until now."""
    customer = await tx.session.get_one(Customer, customer_id)
    customer.verified_at = tx.now
    unproven = update(Order).where(Order.customer_id == customer_id, Order.verified.is_(False))
    await tx.session.execute(unproven.values(verified=True))
