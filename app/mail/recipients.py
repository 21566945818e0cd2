"""Who a letter about an order goes to, and what it calls that order."""

from app.author import Author
from app.customers.model import Customer
from app.db import Transaction
from app.i18n import gettext as _
from app.mail.outbox import Letter, Reader, in_line, post
from app.notifications.recipients import team_of
from app.orders.model import Order
from app.shop import Shop
from app.team.model import Member
from app.team.queries import members


def customer_reader(order: Order, customer: Customer) -> Reader:
    return Reader(customer.email, customer.language or order.language)


def member_reader(shop: Shop, member: Member) -> Reader:
    return Reader(member.email, member.language or shop.language)


def desk_link(tx: Transaction, order: Order, seq: int | None) -> str:
    return f"{tx.shop.public_url}/desk/orders/{order.number}#e-{order.number}-{seq or order.last_seq}"


def names(order: Order) -> dict[str, str]:
    """What letters call an order and its customer."""
    return {"number": order.number, "name": in_line(order.customer_name), "title": in_line(order.title)}


def to_customer(tx: Transaction, order: Order, letter: Letter, reader: Reader, seq: int | None) -> None:
    letter.button = letter.button or _("Open your order")
    letter.link = tx.shop.order_link(order.id, seq)
    post(tx, reader, letter, order.id)


def to_team(tx: Transaction, order: Order, letter: Letter, reader: Reader, seq: int | None) -> None:
    letter.button, letter.link = _("Open the order"), desk_link(tx, order, seq)
    post(tx, reader, letter, order.id)


async def customer_of_order(tx: Transaction, order: Order) -> Reader:
    return customer_reader(order, await tx.session.get_one(Customer, order.customer_id))


async def everybody(tx: Transaction, topic: str = "new_order", author: Author | None = None) -> list[Reader]:
    """Of all members those who want mail about this (app.notifications.recipients), but who did it."""
    return await _mailed(tx, topic, None, author)


async def responsible(
    tx: Transaction, order: Order, topic: str = "decision", author: Author | None = None
) -> list[Reader]:
    """The same of the assignee, else of everybody; never nobody."""
    return await _mailed(tx, topic, order.assignee_id, author)


async def _mailed(tx: Transaction, topic: str, assignee: int | None, author: Author | None) -> list[Reader]:
    team = await team_of(tx.session, await members(tx.session))
    mailed = team.mailed(topic, assignee, author.member_id if author else None)
    return [member_reader(tx.shop, member) for member in mailed]
