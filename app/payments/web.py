"""Pages about money: paying, the way to the bank and back, receipts."""

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from app import access, i18n
from app.errors import Problem
from app.forms import values_of, whole
from app.money_settings import money_settings
from app.orders.model import FIRST, MOST_ID, Order
from app.orders.queries import order_view
from app.orders.web import visit_of
from app.payments.card_setups import begin_setup, come_back
from app.payments.model import Attempt, Payment
from app.payments.queries import payments_of
from app.web import Visit, see_other, visit

OUTCOME_WAIT = 10.0  # seconds that a customer waits for the bank before the page goes on without it


async def pay(request: Request) -> Response:
    """Pay with the order's card; without one, first to the bank's page."""
    visitor, order, payment = await _mine(request)
    async with request.form() as form:
        values = values_of(form)
    data = {"payment": payment.id}
    try:
        with i18n.speaking(visitor.language):
            await visitor.context.do(visitor.actor, "payments.pay", order.number, data, values.get("cid"))
    except Problem as problem:
        if any(error.code == "no_card" for error in problem.errors):
            return await _to_bank(visitor, order, payment.id)
        if problem.status != 409:
            raise
    return await _onward(visitor, order, payment)


async def change_card(request: Request) -> Response:
    """Another card, which then pays."""
    visitor, order, payment = await _mine(request)
    await visitor.context.cashier.ask(payment.id, give_up=True)
    return await _to_bank(visitor, order, payment.id)


async def add_card(request: Request) -> Response:
    """A card for what will be charged when the order is confirmed."""
    visitor = await visit(request, "customer")
    order = await _order(visitor, request)
    return await _to_bank(visitor, order, None)


async def card_added(request: Request) -> Response:
    """Back from the bank's page; with a payment to make, it has begun."""
    visitor = await visit(request, "customer")
    order = await _order(visitor, request)
    setup = await come_back(visitor.context, request.path_params["secret"])
    if setup is None or setup.order_id != order.id:
        raise Problem("not_found", "There is nothing here.")
    if setup.payment_id is None:
        return see_other(f"/orders/{order.number}{'' if setup.done_at else '?card=none'}")
    async with visitor.context.db.read() as session:
        payment = await session.get_one(Payment, setup.payment_id)
    return await _onward(visitor, order, payment)


async def approve(request: Request) -> Response:
    """To the bank's page, where a payment is approved."""
    visitor, order, payment = await _mine(request)
    return await _onward(visitor, order, payment)


async def approved(request: Request) -> Response:
    """Back from there: what became of it is asked of the bank, whatever the address says."""
    visitor, order, payment = await _mine(request)
    await visitor.context.cashier.ask(payment.id)
    return see_other(await _place(visitor, order, payment.id))


async def receipt(request: Request) -> Response:
    """A receipt that prints well, for both sides."""
    visitor = await visit_of(request)
    number = _number(request)
    async with visitor.context.db.read() as session:
        order = await access.order_for(session, visitor.actor, request.path_params["number"])
        found = {payment.id: payment for payment in await payments_of(session, order.id)}.get(number)
        if found is None or found.receipt is None:
            raise Problem("not_found", "There is no such receipt.")
        view = await order_view(session, order, visitor.actor, visitor.context.shop)
        shop = await money_settings(session)
    return await visitor.render(
        "payments/receipt.html", order=view, payment=found, money=shop, base=view.base
    )


async def _mine(request: Request) -> tuple[Visit, Order, Payment]:
    visitor = await visit(request, "customer")
    order = await _order(visitor, request)
    async with visitor.context.db.read() as session:
        payment = await session.get(Payment, _number(request))
    if payment is None or payment.order_id != order.id:
        raise Problem("not_found", "There is no such payment.")
    return visitor, order, payment


async def _order(visitor: Visit, request: Request) -> Order:
    async with visitor.context.db.read() as session:
        return await access.order_for(session, visitor.actor, request.path_params["number"])


def _number(request: Request) -> int:
    number = whole(request.path_params["payment"])
    if not isinstance(number, int) or not 0 < number <= MOST_ID:
        raise Problem("not_found", "There is no such payment.")
    return number


async def _to_bank(visitor: Visit, order: Order, payment_id: int | None) -> Response:
    url = await begin_setup(visitor.context, visitor.actor, order, payment_id, visitor.language)
    return await _leave(visitor, url)


async def _onward(visitor: Visit, order: Order, payment: Payment) -> Response:
    """To the bank, if the payment waits for approval there, else to the payment in the order."""
    await visitor.context.cashier.settled(order.id, OUTCOME_WAIT)
    waiting = (Attempt.payment_id == payment.id, Attempt.status == "action")
    async with visitor.context.db.read() as session:
        url = await session.scalar(select(Attempt.action_url).where(*waiting))
    return await _leave(visitor, url) if url else see_other(await _place(visitor, order, payment.id))


async def _leave(visitor: Visit, url: str) -> Response:
    """To a page of the bank. A form may not lead to another site (CSP), so a page of ours leads on."""
    if url.startswith(visitor.context.shop.public_url + "/"):
        return see_other(url)
    return await visitor.render("payments/leave.html", url=url)


async def _place(visitor: Visit, order: Order, payment_id: int) -> str:
    async with visitor.context.db.read() as session:
        seq = await session.scalar(select(Payment.seq).where(Payment.id == payment_id))
    return f"/orders/{order.id + FIRST}#e-{order.id + FIRST}-{seq}"
