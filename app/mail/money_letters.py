"""Letters about money: received, declined, asked for, given back; and what becomes of a subscription."""

from datetime import datetime
from typing import Any

from app.author import Author
from app.catalogue.views import kept_plan
from app.db import Transaction
from app.i18n import gettext as _
from app.i18n import speaking
from app.mail.outbox import Letter
from app.mail.recipients import customer_of_order, names, responsible, to_customer, to_team
from app.money import Money
from app.orders.model import Order
from app.payments.model import Payment
from app.payments.reasons import reason
from app.rendering import day, interval, money
from app.subscriptions.model import Subscription


async def payment_received(tx: Transaction, order: Order, author: Author, payment: Payment, seq: int) -> None:
    reader = await customer_of_order(tx, order)
    with speaking(reader.language):
        facts = _facts(order, payment)
        subject = _("Thank you: %(amount)s for order %(number)s") % facts
        body = [_("We have received %(amount)s.") % facts]
        if payment.card:
            body.append(_("Paid with %(card)s.") % {"card": payment.card})
        body.append(_("The receipt is in your order."))
        to_customer(tx, order, Letter("payment_received", subject, body), reader, seq)
    for reader in await responsible(tx, order, "payment_paid", author) if author.role != "member" else ():
        with speaking(reader.language):
            subject = _("Payment received: order %(number)s, %(amount)s") % _facts(order, payment)
            body = [_("%(name)s has paid %(amount)s.") % _facts(order, payment)]
            to_team(tx, order, Letter("payment_received", subject, body), reader, seq)


async def payment_failed(tx: Transaction, order: Order, payment: Payment, seq: int) -> None:
    """To both sides; a customer without a card is asked for one."""
    reader = await customer_of_order(tx, order)
    with speaking(reader.language):
        facts = _facts(order, payment)
        if payment.code == "no_card":
            subject = _("Please pay %(amount)s for order %(number)s") % facts
            body = [_("We could not charge %(amount)s: there is no card yet.") % facts]
        else:
            subject = _("The payment for order %(number)s did not work: %(amount)s") % facts
            body = [_("We could not charge %(amount)s.") % facts, reason(payment.code)]
        body.append(_("In your order you can pay it or give another card."))
        to_customer(tx, order, Letter("payment_failed", subject, body, _("Pay now")), reader, seq)
    for reader in await responsible(tx, order, "payment_failed"):
        with speaking(reader.language):
            facts = _facts(order, payment)
            subject = _("Payment failed: order %(number)s, %(amount)s") % facts
            body = [_("%(amount)s could not be charged to %(name)s.") % facts, reason(payment.code)]
            body.append(_("The customer was asked to pay or to give another card."))
            to_team(tx, order, Letter("payment_failed", subject, body), reader, seq)


async def payment_requested(tx: Transaction, order: Order, payment: Payment, seq: int) -> None:
    reader = await customer_of_order(tx, order)
    with speaking(reader.language):
        facts = _facts(order, payment)
        subject = _("Payment request for order %(number)s: %(amount)s") % facts
        body = [_("We ask you to pay %(amount)s.") % facts]
        letter = Letter("payment_requested", subject, body, _("Pay now"), quoted=payment.text)
        to_customer(tx, order, letter, reader, seq)


async def payment_refunded(
    tx: Transaction, order: Order, payment: Payment, amount: int, why: str, seq: int
) -> None:
    reader = await customer_of_order(tx, order)
    with speaking(reader.language):
        facts = names(order) | {"amount": money(Money(amount, payment.currency))}
        subject = _("We have refunded %(amount)s for order %(number)s") % facts
        body = [_("%(amount)s are on their way back to you.") % facts]
        to_customer(tx, order, Letter("payment_refunded", subject, body, quoted=why), reader, seq)


async def plan_changed(
    tx: Transaction, order: Order, subscription: Subscription, plan: dict[str, Any], seq: int
) -> None:
    reader = await customer_of_order(tx, order)
    with speaking(reader.language):
        facts = names(order) | _plan(plan)
        subject = _("Your plan for order %(number)s: %(plan)s") % facts
        if subscription.next_plan is None:
            body = [_("Your plan is now %(plan)s, %(price)s.") % facts]
        else:
            body = [_("From the next renewal on your plan is %(plan)s, %(price)s.") % facts]
        to_customer(tx, order, Letter("plan_changed", subject, body), reader, seq)


async def subscription_cancelled(
    tx: Transaction, order: Order, subscription: Subscription, author: Author, why: str, seq: int
) -> None:
    """Cancelled, or to be; both sides are told, but for who did it."""
    at = subscription.cancel_at
    if author.role != "customer":
        reader = await customer_of_order(tx, order)
        with speaking(reader.language):
            to_customer(tx, order, _cancelled(tx, order, subscription, at, why), reader, seq)
    if author.role != "member":
        for reader in await responsible(tx, order, "cancelled"):
            with speaking(reader.language):
                to_team(tx, order, _cancelled(tx, order, subscription, at, why), reader, seq)


def _cancelled(
    tx: Transaction, order: Order, subscription: Subscription, at: datetime | None, why: str
) -> Letter:
    facts = names(order) | _plan(subscription.plan)
    if at is not None and subscription.ended_at is None:
        facts["day"] = day(tx.shop.today(at))
        subject = _("The subscription of order %(number)s ends on %(day)s") % facts
        return Letter(
            "subscription_cancelled", subject, [_("%(plan)s, %(price)s: it is not renewed.") % facts]
        )
    subject = _("The subscription of order %(number)s has ended") % facts
    body = [_("%(plan)s, %(price)s: nothing is charged for it any more.") % facts]
    if why == "payment_failed":
        body.append(_("The last attempt to collect its payment has failed."))
    return Letter("subscription_cancelled", subject, body)


def _facts(order: Order, payment: Payment) -> dict[str, str]:
    return names(order) | {"amount": money(Money(payment.amount, payment.currency))}


def _plan(plan: dict[str, Any]) -> dict[str, str]:
    kept = kept_plan(plan)
    assert kept is not None
    return {"plan": kept.name, "price": f"{money(kept.price)} {interval(kept)}"}
