"""What the product writes to people: who gets which mail, and what it says, in their language.

Every letter is written in the transaction that causes it, so that it can be neither lost nor early.
"""

from app.author import Author
from app.customers.model import Customer
from app.db import Transaction
from app.i18n import gettext as _
from app.i18n import speaking
from app.mail.outbox import Letter, Reader, in_line, post
from app.mail.recipients import (
    customer_of_order,
    customer_reader,
    everybody,
    names,
    responsible,
    to_customer,
    to_team,
)
from app.money import Money
from app.orders.model import Order
from app.rendering import money


async def order_received(tx: Transaction, order: Order, author: Author, customer: Customer, seq: int) -> None:
    """To the customer and the team; both read it when a member placed it for the customer."""
    reader = customer_reader(order, customer)
    with speaking(reader.language):
        subject = _("We have received your order %(number)s") % names(order)
        body = [_received(author) % names(order)]
        letter = Letter("order_received", subject, body, facts=_facts(order))
        to_customer(tx, order, letter, reader, None)
    for reader in await everybody(tx, author=author):
        with speaking(reader.language):
            subject = _("New order %(number)s: %(title)s") % names(order)
            body = [_placed(author) % (names(order) | {"member": author.name})]
            letter = Letter("order_placed", subject, body, quoted=order.note, facts=_facts(order))
            to_team(tx, order, letter, reader, seq)


def _received(author: Author) -> str:
    if author.role == "member":
        return _("%(name)s, we have placed this order for you. Everything about it is in the order's chat.")
    return _("Thank you, %(name)s. We look at it and answer in the order's chat.")


def _placed(author: Author) -> str:
    if author.role == "member":
        return _("For %(name)s, %(member)s has placed an order.")
    return _("%(name)s has placed an order.")


async def order_confirmed(tx: Transaction, order: Order, seq: int | None, *, asked: bool) -> None:
    """`asked`: there is no card to charge, so the customer is asked to pay."""
    reader = await customer_of_order(tx, order)
    with speaking(reader.language):
        subject = _("Your order %(number)s is confirmed") % names(order)
        body = [_("We have confirmed your order: %(title)s.") % names(order)]
        if order.total is not None and not order.without_quote:
            body.append(_("Price: %(amount)s") % {"amount": money(Money(order.total, order.currency))})
        if asked:
            body.append(_("There is no card yet: please pay in your order."))
        button = _("Pay now") if asked else ""
        to_customer(tx, order, Letter("order_confirmed", subject, body, button), reader, seq)


async def order_rejected(tx: Transaction, order: Order, reason: str | None, seq: int | None) -> None:
    reader = await customer_of_order(tx, order)
    with speaking(reader.language):
        subject = _("Your order %(number)s was rejected") % names(order)
        body = [_("We are sorry: we cannot take on this order.")]
        to_customer(tx, order, Letter("order_rejected", subject, body, quoted=reason or ""), reader, seq)


async def order_cancelled(
    tx: Transaction, order: Order, author: Author, reason: str | None, seq: int | None
) -> None:
    """The other side is told."""
    if author.role == "member":
        reader = await customer_of_order(tx, order)
        with speaking(reader.language):
            subject = _("Your order %(number)s was cancelled") % names(order)
            body = [_("We have cancelled this order.")]
            letter = Letter("order_cancelled", subject, body, quoted=reason or "")
            return to_customer(tx, order, letter, reader, seq)
    for reader in await responsible(tx, order, "cancelled"):
        with speaking(reader.language):
            subject = _("Order %(number)s was cancelled by the customer") % names(order)
            body = [_("%(name)s has cancelled the order.") % names(order)]
            letter = Letter("order_cancelled", subject, body, quoted=reason or "")
            to_team(tx, order, letter, reader, seq)


def sign_in_link(tx: Transaction, reader: Reader, token: str, onward: str = "") -> None:
    with speaking(reader.language):
        subject = _("Your sign-in link for %(shop)s") % {"shop": in_line(tx.shop.name)}
        body = [_("The link works once, within 20 minutes."), _("If you did not ask for it, do nothing.")]
        link = f"{tx.shop.public_url}/sign-in/{token}" + (f"?next={onward}" if onward else "")
        post(tx, reader, Letter("sign_in", subject, body, _("Sign in"), link), None)


def new_address(tx: Transaction, reader: Reader, token: str) -> None:
    with speaking(reader.language):
        shop = {"shop": in_line(tx.shop.name)}
        subject = _("Is this your new address at %(shop)s?") % shop
        body = [_("Somebody with an account at %(shop)s wants to be written to here.") % shop]
        body.append(_("The link works once, within 20 minutes. If it was not you, do nothing."))
        link = f"{tx.shop.public_url}/account/email/{token}"
        post(tx, reader, Letter("new_address", subject, body, _("Use this address"), link), None)


def address_changed(tx: Transaction, reader: Reader) -> None:
    """To the address from before; it is not told the new one, since mailboxes have other readers, too."""
    with speaking(reader.language):
        subject = _("Your address at %(shop)s was changed") % {"shop": in_line(tx.shop.name)}
        body = [_("From now on we write to another address, as was asked for and confirmed there.")]
        body.append(_("If it was not you, please answer this mail at once."))
        post(tx, reader, Letter("address_changed", subject, body), None)


def _facts(order: Order) -> list[tuple[str, str]]:
    total = None if order.total is None else Money(order.total, order.currency)
    return [(_("Order"), in_line(order.title)), (_("Price"), money(total) or _("By quote"))]
