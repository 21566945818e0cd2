"""Deleting a customer: everything about the person goes in one transaction, the rest is the worker's.

What the books and the law want kept stays: orders with what was sold, amounts, days, statuses, payments,
receipts and refunds, under the name "Deleted customer". Open orders are cancelled. Live subscriptions and
open money are in the way (app.privacy.obstacles): ending a contract is an act of its own.
"""

from sqlalchemy import select

from app.audit.recording import record
from app.author import Actor, Author
from app.customers.model import Customer
from app.db import Transaction
from app.errors import Problem
from app.orders import actions
from app.orders.boxes import remember_boxes
from app.orders.model import OPEN, Order
from app.orders.schemas import Reason
from app.privacy.holding import Erasing, Subject, subject_of
from app.privacy.holdings import HOLDINGS
from app.privacy.model import Erasure
from app.privacy.obstacles import obstacles
from app.verb import Call


async def delete_customer(tx: Transaction, actor: Actor, customer_id: int) -> bool:
    """False: they were deleted before. Raises 404 for nobody, 409 while something is still going on."""
    customer = await tx.session.get(Customer, customer_id, with_for_update=True, populate_existing=True)
    if customer is None:
        raise Problem("not_found", "There is no such customer.")
    subject = await subject_of(tx.session, customer_id)
    if subject is None:
        return False
    open_orders = await _locked(tx, customer_id)
    if await obstacles(tx.session, subject):
        raise Problem("conflict", "Something is still open: it has to be settled or ended first.")
    erasing = Erasing(tx, subject)
    for holding in HOLDINGS:
        if holding.erase is not None:
            await holding.erase(erasing)
    await _cancel(tx, subject, open_orders)
    tx.session.add(_left(erasing))
    record(tx, actor, "deleted", customer=customer_id)
    return True


async def _locked(tx: Transaction, customer_id: int) -> list[Order]:
    """All their orders, so that nothing is written there meanwhile; answers the open ones."""
    mine = select(Order).where(Order.customer_id == customer_id).order_by(Order.id)
    locked = mine.with_for_update().execution_options(populate_existing=True)
    found = (await tx.session.scalars(locked)).all()
    for order in found:
        remember_boxes(tx, order)
    return [order for order in found if order.status in OPEN]


async def _cancel(tx: Transaction, subject: Subject, orders: list[Order]) -> None:
    """As the customer can, but afterwards: what the log and the team's mail say of it has no name in it."""
    actor = Actor(side="customer", customer_id=subject.customer_id)
    for order in orders:
        author = Author(f"c{subject.customer_id}", "customer", "")
        await actions.cancel(Call(tx, actor, author, Reason(), order))


def _left(erasing: Erasing) -> Erasure:
    tx = erasing.tx
    cards = [list(card) for card in erasing.cards]
    return Erasure(
        customer_id=erasing.subject.customer_id, files=erasing.files, cards=cards, tries=0,
        asked_at=tx.now, due_at=tx.now, done_at=None,
    )  # fmt: skip
