"""What the product writes to people: who gets which mail, and what it says, in their language.

Every letter is written in the transaction that causes it, so that it can be neither lost nor early.
"""

from collections.abc import Sequence

from app.author import Author
from app.customers.model import Customer
from app.db import Transaction
from app.i18n import gettext as _
from app.i18n import ngettext, speaking
from app.mail.outbox import Letter, Reader, post
from app.money import Money
from app.orders.model import Order
from app.quotes.model import Quote
from app.rendering import day, money
from app.team.model import Member
from app.team.queries import members


async def order_received(tx: Transaction, order: Order, customer: Customer, seq: int) -> None:
    with speaking(order.language):
        subject = _("We have received your order %(number)s") % {"number": order.number}
        body = [_("Thank you, %(name)s. We look at it and answer in the order's chat.") % _names(order)]
        letter = Letter(
            "order_received", subject, body, _("Open your order"), tx.shop.order_link(order.id), order.title
        )
        post(tx, Reader(customer.email, order.language), letter, order.id)
    for reader in await _everybody(tx):
        with speaking(reader.language):
            subject = _("New order %(number)s: %(title)s") % {"number": order.number, "title": order.title}
            body = [_("%(name)s has placed an order.") % _names(order)]
            letter = Letter(
                "order_placed", subject, body, _("Open the order"), _desk(tx, order, seq), order.note
            )
            post(tx, reader, letter, order.id)


async def quote_sent(tx: Transaction, order: Order, quote: Quote) -> None:
    reader = await _customer(tx, order)
    with speaking(reader.language):
        amount = money(Money(quote.amount, order.currency))
        subject = _("Your quote for order %(number)s: %(amount)s") % {
            "number": order.number,
            "amount": amount,
        }
        body = [_("We propose %(amount)s for %(title)s.") % {"amount": amount, "title": order.title}]
        if quote.valid_until:
            body.append(_("The quote is valid until %(day)s.") % {"day": day(quote.valid_until)})
        body.append(_("You can approve or reject it with one click, or ask us in the chat first."))
        link = tx.shop.order_link(order.id, quote.seq)
        post(tx, reader, Letter("quote_sent", subject, body, _("See the quote"), link, quote.note), order.id)


async def quote_decided(tx: Transaction, order: Order, quote: Quote, seq: int | None) -> None:
    for reader in await _responsible(tx, order):
        with speaking(reader.language):
            subject, body = _decision(order, quote)
            letter = Letter(
                "quote_decided", subject, body, _("Open the order"), _desk(tx, order, seq), quote.reason
            )
            post(tx, reader, letter, order.id)
    if quote.on_behalf:
        await _tell_customer_of_their_word(tx, order, quote, seq)


async def order_confirmed(tx: Transaction, order: Order, seq: int | None) -> None:
    reader = await _customer(tx, order)
    with speaking(reader.language):
        subject = _("Your order %(number)s is confirmed") % {"number": order.number}
        body = [_("We have confirmed your order: %(title)s.") % {"title": order.title}]
        if order.total is not None and not order.without_quote:
            body.append(_("Price: %(amount)s") % {"amount": money(Money(order.total, order.currency))})
        await _to_customer(tx, order, Letter("order_confirmed", subject, body), reader, seq)


async def order_rejected(tx: Transaction, order: Order, reason: str | None, seq: int | None) -> None:
    reader = await _customer(tx, order)
    with speaking(reader.language):
        subject = _("Your order %(number)s was rejected") % {"number": order.number}
        body = [_("We are sorry: we cannot take on this order.")]
        await _to_customer(
            tx, order, Letter("order_rejected", subject, body, quoted=reason or ""), reader, seq
        )


async def order_cancelled(
    tx: Transaction, order: Order, author: Author, reason: str | None, seq: int | None
) -> None:
    if author.role == "member":
        reader = await _customer(tx, order)
        with speaking(reader.language):
            subject = _("Your order %(number)s was cancelled") % {"number": order.number}
            letter = Letter(
                "order_cancelled", subject, [_("We have cancelled this order.")], quoted=reason or ""
            )
            await _to_customer(tx, order, letter, reader, seq)
        return
    for reader in await _responsible(tx, order):
        with speaking(reader.language):
            subject = _("Order %(number)s was cancelled by the customer") % {"number": order.number}
            body = [_("%(name)s has cancelled the order.") % _names(order)]
            link = _desk(tx, order, seq)
            post(
                tx,
                reader,
                Letter("order_cancelled", subject, body, _("Open the order"), link, reason or ""),
                order.id,
            )


def sign_in_link(tx: Transaction, reader: Reader, token: str) -> None:
    with speaking(reader.language):
        subject = _("Your sign-in link for %(shop)s") % {"shop": tx.shop.name}
        body = [_("The link works once, within 20 minutes."), _("If you did not ask for it, do nothing.")]
        link = f"{tx.shop.public_url}/sign-in/{token}"
        post(tx, reader, Letter("sign_in", subject, body, _("Sign in"), link), None)


def new_messages(tx: Transaction, reader: Reader, waiting: Sequence[tuple[Order, list[str], str]]) -> None:
    """One mail for all that waits: orders with their unread texts and a link to each."""
    with speaking(reader.language):
        number = sum(len(texts) for _order, texts, _link in waiting)
        subject = ngettext("You have a new message", "You have %(num)s new messages", number) % {
            "num": number
        }
        if len(waiting) == 1:
            order, texts, link = waiting[0]
            body = [_("Order %(number)s: %(title)s") % {"number": order.number, "title": order.title}]
            letter = Letter("new_messages", subject, body, _("Read and answer"), link, "\n\n".join(texts))
            return post(tx, reader, letter, order.id)
        sections = [
            (f"{order.number} · {order.title}", "\n\n".join(texts), link) for order, texts, link in waiting
        ]
        letter = Letter("new_messages", subject, [], sections=sections)
        return post(tx, reader, letter, None)


def _decision(order: Order, quote: Quote) -> tuple[str, list[str]]:
    facts = _names(order) | {"number": order.number, "amount": money(Money(quote.amount, order.currency))}
    if quote.status == "approved":
        subject = _("Quote approved: order %(number)s, %(amount)s") % facts
        body = [_("%(name)s has approved your quote of %(amount)s.") % facts]
    else:
        subject = _("Quote rejected: order %(number)s, %(amount)s") % facts
        body = [_("%(name)s has rejected your quote of %(amount)s.") % facts]
    if quote.on_behalf:
        body.append(_("A member of the team entered this on the customer's word."))
    return subject, body


async def _tell_customer_of_their_word(tx: Transaction, order: Order, quote: Quote, seq: int | None) -> None:
    reader = await _customer(tx, order)
    with speaking(reader.language):
        facts = {"number": order.number, "amount": money(Money(quote.amount, order.currency))}
        subject = _("Order %(number)s: your answer to our quote was noted") % facts
        approved = _("On your word we noted: you approve %(amount)s.")
        rejected = _("On your word we noted: you reject %(amount)s.")
        body = [(approved if quote.status == "approved" else rejected) % facts]
        body.append(_("If this is not right, please tell us in the chat."))
        await _to_customer(tx, order, Letter("quote_noted", subject, body, quoted=quote.reason), reader, seq)


async def _to_customer(
    tx: Transaction, order: Order, letter: Letter, reader: Reader, seq: int | None
) -> None:
    letter.button, letter.link = _("Open your order"), tx.shop.order_link(order.id, seq)
    post(tx, reader, letter, order.id)


async def _customer(tx: Transaction, order: Order) -> Reader:
    customer = await tx.session.get_one(Customer, order.customer_id)
    return Reader(customer.email, customer.language or order.language)


async def _everybody(tx: Transaction) -> list[Reader]:
    return [member_reader(tx, member) for member in await members(tx.session)]


async def _responsible(tx: Transaction, order: Order) -> list[Reader]:
    """The assignee, else everybody; never nobody."""
    if order.assignee_id is not None:
        member = await tx.session.get_one(Member, order.assignee_id)
        if member.removed_at is None:
            return [member_reader(tx, member)]
    return await _everybody(tx)


def member_reader(tx: Transaction, member: Member) -> Reader:
    return Reader(member.email, member.language or tx.shop.language)


def _desk(tx: Transaction, order: Order, seq: int | None) -> str:
    return f"{tx.shop.public_url}/desk/orders/{order.number}#e-{order.number}-{seq or order.last_seq}"


def _names(order: Order) -> dict[str, str]:
    return {"name": order.customer_name}
