"""What people do about money: pay, ask for more, note what was received, give back."""

from typing import Annotated, Any
from uuid import uuid4

from pydantic import Field

from app.errors import Problem, invalid
from app.mail import money_letters as letters
from app.orders import lifecycle as order_lifecycle
from app.orders.lifecycle import give_turn
from app.orders.model import MOST_ID
from app.payments import lifecycle
from app.payments.billing import bill_line, owed_lines
from app.payments.cards import card_for
from app.payments.collecting import begin, open_payment, withdraw
from app.payments.model import Payment, Refund
from app.payments.recording import record
from app.payments.settling import next_receipt, note_refunded
from app.verb import CUSTOMER, TEAM, Amount, Call, Data, Day, Done, Optional, Required, Verb, Whole


class OfPayment(Data):
    payment: Whole


class Request(Data):
    """`amount` in minor units."""

    amount: Amount
    text: Annotated[Required, Field(max_length=1000)]


class Record(Data):
    """`amount` in minor units; `received_on` is today when it is not given."""

    amount: Amount
    received_on: Day | None = None
    note: Annotated[Optional, Field(max_length=1000)] = ""


class Refunding(OfPayment):
    """`amount` in minor units; absent: all that is left."""

    amount: Amount | None = None
    reason: Annotated[Required, Field(max_length=1000)]


async def pay(call: Call) -> Done:
    """The customer pays, with the card that the order has; they are there to approve it."""
    payment = await _payment(call)
    lifecycle.require(payment, "pay", "customer")
    if call.actor.customer_id:
        call.order.account_card = True
    card = await card_for(call.tx.session, call.order, call.tx.shop.gateway)
    if card is None:
        raise invalid("card", "Please add a card first.", "no_card")
    entry = await begin(
        call.tx, call.order, payment, card, call.author, by="customer", on_session=True, answers=True
    )
    return Done(entry.seq, call.order.id)


async def request(call: Call) -> Done:
    """Ask the customer to pay for something extra."""
    tax = (await owed_lines(call.tx.session, call.order) or [bill_line("", 0, "0", "order")])[0]["tax_rate"]
    lines = [bill_line(call.data.text, call.data.amount, tax, "request")]
    payment = await open_payment(call.tx, call.order, "request", lines, text=call.data.text)
    if call.order.is_open:
        give_turn(call.tx, call.order, "customer")
    entry = await record(call.tx, call.order, payment, call.author, "due", answers=True, text=payment.text)
    await letters.payment_requested(call.tx, call.order, payment, entry.seq)
    return Done(entry.seq, call.order.id)


async def take_back(call: Call) -> Done:
    """Withdraw a payment request."""
    payment = await _payment(call)
    if "payments.withdraw" not in lifecycle.can(payment, "team"):
        raise lifecycle.refuse()
    entry = await withdraw(call.tx, call.order, payment, call.author, by="team", answers=True)
    return Done(entry.seq, call.order.id)


async def note_received(call: Call) -> Done:
    """Money that came in outside of the gateway: by transfer, in cash, for an invoice."""
    order, tx, data = call.order, call.tx, call.data
    if "payments.record" not in order_lifecycle.can(order, "team", order.turn):
        raise lifecycle.refuse()
    today = tx.shop.today(tx.now)
    if data.received_on is not None and data.received_on > today:
        raise invalid("received_on", "This day has not come yet.", "future")
    payment = await _received(call, data.received_on or today)
    owed = sum(line["amount"] for line in await owed_lines(tx.session, order))
    if order.total is not None and owed <= 0:
        order.payment_status = "paid"
    entry = await record(
        tx, order, payment, call.author, "succeeded", answers=True, method=payment.method, note=data.note
    )
    await letters.payment_received(tx, order, call.author, payment, entry.seq)
    return Done(entry.seq, order.id)


async def refund(call: Call) -> Done:
    """Give back a payment, or part of it; the owner alone."""
    if call.actor.role != "owner":
        raise Problem("forbidden", "This is for the owner.")
    payment, data = await _payment(call), call.data
    left = payment.amount - payment.refunded
    if payment.status != "succeeded" or left <= 0:
        raise lifecycle.refuse()
    amount = left if data.amount is None else data.amount
    if amount > left:
        raise invalid("amount", "This is more than what was paid and not given back yet.", "more_than_paid")
    payment.refunded += amount
    row = await _refund(call, payment, amount)
    if payment.method != "online":
        return await _by_hand(call, payment, row)
    call.tx.charging.append(call.order.id)
    entry = await record(
        call.tx,
        call.order,
        payment,
        call.author,
        "refunding",
        amount=amount,
        answers=True,
        reason=data.reason,
    )
    return Done(entry.seq, call.order.id)


async def _payment(call: Call) -> Payment:
    number = call.data.payment
    payment = await call.tx.session.get(Payment, number) if 0 < number <= MOST_ID else None
    if payment is None or payment.order_id != call.order.id:
        raise Problem("not_found", "There is no such payment.")
    return payment


async def _received(call: Call, received_on: Any) -> Payment:
    order, tx = call.order, call.tx
    rate = (await owed_lines(tx.session, order) or [bill_line("", 0, "0", "order")])[0]["tax_rate"]
    lines = [bill_line(order.title, call.data.amount, rate, "order")]
    payment = Payment(
        order_id=order.id,
        subscription_id=None,
        cycle=None,
        kind="order",
        method=order.payment_method,
        amount=call.data.amount,
        currency=order.currency,
        lines=lines,
        text=call.data.note or "",
        status="succeeded",
        code="",
        seq=0,
        card="",
        refunded=0,
        receipt=await next_receipt(tx),
        received_on=received_on,
        created_at=tx.now,
        paid_at=tx.now,
    )
    tx.session.add(payment)
    await tx.session.flush()
    return payment


async def _refund(call: Call, payment: Payment, amount: int) -> Refund:
    by_hand = payment.method != "online"
    row = Refund(
        payment_id=payment.id,
        amount=amount,
        reason=call.data.reason,
        member_id=call.actor.member_id,
        key=str(uuid4()),
        ref=None,
        status="succeeded" if by_hand else "open",
        code="",
        error="",
        tries=0,
        due_at=None if by_hand else call.tx.now,
        created_at=call.tx.now,
        ended_at=call.tx.now if by_hand else None,
    )
    call.tx.session.add(row)
    await call.tx.session.flush()
    return row


async def _by_hand(call: Call, payment: Payment, row: Refund) -> Done:
    order, tx = call.order, call.tx
    await note_refunded(tx, order)
    entry = await record(
        tx, order, payment, call.author, "refunded", amount=row.amount, answers=True, reason=row.reason
    )
    await letters.payment_refunded(tx, order, payment, row.amount, row.reason, entry.seq)
    return Done(entry.seq, order.id)


_ALL = "/orders/{number}/payments"
_ONE = _ALL + "/{payment}"
VERBS = (
    Verb("payments.request", f"{_ALL}/request", TEAM, request, Request),
    Verb("payments.record", f"{_ALL}/record", TEAM, note_received, Record),
    Verb("payments.pay", f"{_ONE}/pay", CUSTOMER, pay, OfPayment),
    Verb("payments.withdraw", f"{_ONE}/withdraw", TEAM, take_back, OfPayment),
    Verb("payments.refund", f"{_ONE}/refund", TEAM, refund, Refunding),
)
