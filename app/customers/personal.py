"""What is held of a customer themself."""

from sqlalchemy import delete

from app.customers.model import NOWHERE, AddressChange, Customer
from app.privacy.holding import Asking, Erasing, Holding, Told, plain


async def person(asking: Asking) -> Told:
    customer = await asking.session.get_one(Customer, asking.subject.customer_id)
    return {"profile": plain(customer, "deleted_at") | {"former_addresses": asking.subject.addresses[1:]}}


async def erase(erasing: Erasing) -> None:
    customer = await erasing.tx.session.get_one(Customer, erasing.subject.customer_id)
    customer.email, customer.name = f"deleted-{customer.id}@{NOWHERE}", ""
    customer.language = customer.verified_at = None
    customer.deleted_at = erasing.tx.now
    mine = AddressChange.customer_id == customer.id
    await erasing.tx.session.execute(delete(AddressChange).where(mine))


HELD = Holding((Customer, AddressChange), erase, person)
