"""Placing an order: the customer's first word, and the order's birth."""

from typing import Any

from app import i18n, log
from app.author import Author
from app.catalogue.queries import products_by_id
from app.customers.actions import customer_of, held
from app.customers.model import Customer
from app.entries import Head
from app.errors import Problem, invalid
from app.legal.queries import agreed_terms
from app.mail import letters
from app.money import Money
from app.orders.boxes import remember_boxes
from app.orders.lifecycle import give_turn
from app.orders.model import Line, Order
from app.orders.placing import Priced, price
from app.orders.schemas import Place
from app.verb import EVERYBODY, Call, Done, Verb, answered


async def place(call: Call) -> Done:
    """– → pending. For a guest the answer lets the door grant this browser the order."""
    data: Place = call.data
    customer, name = await _customer(call)
    author = call.author if call.author.person else Author(f"c{customer.id}", "customer", name)
    if not call.author.person:
        again = await answered(call.tx, author.person)
        if again is not None:
            return again
    products = await products_by_id(call.tx.session, [line.product for line in data.lines])
    priced = price(data.lines, products)
    _check(call, priced)
    terms = await agreed_terms(call.tx, data.agreed_terms)
    order = await _new_order(call, customer, name, priced, terms)
    await _record(call, order, author, priced, customer)
    return Done(order.last_seq, order.id, created=True)


async def _customer(call: Call) -> tuple[Customer, str]:
    """Whose order it is, and the name to call them by in it."""
    buyer = call.data.customer
    if call.actor.customer_id and buyer is None:
        known = await held(call.tx, call.actor.customer_id)
        if known.deleted_at is not None:
            raise Problem("unauthenticated", "You are signed out.")
        return known, known.name or known.email
    if call.actor.customer_id:
        raise invalid("customer", "You order for yourself.", "not_allowed")
    if buyer is None:
        raise invalid("customer", "Say who the order is for.", "missing")
    customer = await customer_of(call.tx, buyer.email, buyer.name or "", i18n.language())
    return customer, buyer.name or buyer.email


def _check(call: Call, priced: Priced) -> None:
    if priced.plan and call.data.payment_method != "online":
        raise invalid("payment_method", "A plan needs the payment method online.", "plan_needs_online")
    if call.data.starts_on and call.data.starts_on < call.tx.shop.today(call.tx.now):
        raise invalid("starts_on", "This day is over.", "past")


async def _new_order(call: Call, customer: Customer, name: str, priced: Priced, terms: int | None) -> Order:
    tx = call.tx
    order = Order(
        customer_id=customer.id,
        customer_name=name,
        language=customer.language or i18n.language(),
        verified=call.actor.customer_id is not None,
        title=priced.title[:300],
        status="pending",
        turn="none",
        payment_method=call.data.payment_method,
        payment_status="unpaid",
        currency=tx.shop.currency,
        total=priced.total,
        by_quote=priced.total is None,
        plan=priced.plan.snapshot() if priced.plan else None,
        account_card=call.actor.customer_id is not None or call.actor.member_id is not None,
        starts_on=call.data.starts_on,
        note=call.data.note or "",
        terms_id=terms,
        without_quote=False,
        last_seq=0,
        customer_seq=0,
        team_count=0,
        customer_count=0,
        settled=True,
        customer_read=0,
        customer_read_count=0,
        last_text="",
        created_at=tx.now,
        sorted_at=tx.now,
    )
    tx.session.add(order)
    remember_boxes(tx, order)
    give_turn(tx, order, "team")
    await tx.session.flush()
    for line in priced.lines:
        line.order_id = order.id
    tx.session.add_all(priced.lines)
    return order


async def _record(call: Call, order: Order, author: Author, priced: Priced, customer: Customer) -> None:
    data: dict[str, Any] = {
        "lines": [_line(line, order.currency) for line in priced.lines],
        "note": order.note,
    }
    if author.role == "member":
        data["on_behalf"] = True
    entry = await log.append(call.tx, order, author, "placed", data)
    found_by = [order.number, order.customer_name, customer.email, order.note]
    for line in priced.lines:
        found_by += [line.title, *(option["value"] for option in line.options)]
    log.searchable(call.tx, order, " ".join(found_by))
    assert call.tx.heads[order.id] == Head(1, 1)
    await letters.order_received(call.tx, order, author, customer, entry.seq)


def _line(line: Line, currency: str) -> dict[str, Any]:
    price = None if line.unit_price is None else Money(line.unit_price, currency).as_dict()
    return {"title": line.title, "quantity": line.quantity, "options": line.options, "unit_price": price}


VERB = Verb("orders.place", "/orders", EVERYBODY, place, Place, on_order=False, status=201)
