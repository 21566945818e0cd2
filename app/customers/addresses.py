"""Changing one's address: asked for by who is signed in, confirmed by whoever reads mail at the new one."""

from datetime import timedelta

from sqlalchemy import delete, select

from app import log
from app.access import digest, new_secret
from app.customers.actions import normal
from app.customers.model import AddressChange, Customer
from app.db import Transaction
from app.errors import Problem, invalid
from app.mail import letters
from app.mail.outbox import Reader
from app.orders.model import Order
from app.team.model import SignInLink

LASTS = timedelta(minutes=20)


async def ask(tx: Transaction, customer_id: int, typed: str, language: str) -> None:
    """Mail a link to the new address. Whose it is already, is not said here. Raises 422."""
    email = normal(typed)
    if "@" not in email or "\x00" in email or len(email) > 254:
        raise invalid("email", "This is not a mail address.")
    customer = await tx.session.get_one(Customer, customer_id, with_for_update=True)
    if email == customer.email:
        raise invalid("email", "This is your address already.", "same")
    waiting = (AddressChange.customer_id == customer_id, AddressChange.used_at.is_(None))
    await tx.session.execute(delete(AddressChange).where(*waiting))
    secret = new_secret()
    change = AddressChange(
        id=digest(secret), customer_id=customer_id, email=email, expires_at=tx.now + LASTS, used_at=None
    )
    tx.session.add(change)
    letters.new_address(tx, Reader(email, customer.language or language), secret)


async def waiting(tx: Transaction, secret: str) -> AddressChange | None:
    """The change that a link confirms; None for one that is unknown, used or over."""
    mine = (AddressChange.id == digest(secret), AddressChange.used_at.is_(None))
    wanted = select(AddressChange).where(*mine, AddressChange.expires_at > tx.now)
    return await tx.session.scalar(wanted.with_for_update())


async def confirm(tx: Transaction, secret: str, language: str) -> bool:
    """From now on mail goes to the new address, and the old one is told. False: the link opens nothing.

    Raises 409 when the address is another customer's: the two have orders of their own.
    """
    change = await waiting(tx, secret)
    if change is None:
        return False
    customer = await tx.session.get_one(Customer, change.customer_id, with_for_update=True)
    if await tx.session.scalar(select(Customer.id).where(Customer.email == change.email)) is not None:
        raise Problem("conflict", "There are orders under this address already. Sign in with it to see them.")
    before, customer.email = customer.email, change.email
    change.email, change.used_at = before, tx.now
    customer.verified_at = tx.now
    await tx.session.execute(delete(SignInLink).where(SignInLink.customer_id == customer.id))
    letters.address_changed(tx, Reader(before, customer.language or language))
    await _find_by(tx, customer)
    return True


async def _find_by(tx: Transaction, customer: Customer) -> None:
    """Let the team's search find their orders by the new address."""
    for order in await tx.session.scalars(select(Order).where(Order.customer_id == customer.id)):
        log.searchable(tx, order, customer.email)
