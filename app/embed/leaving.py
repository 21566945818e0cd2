"""The way out of the panel: whatever may not stand in a frame (the bank, a receipt) opens in a new tab.

The panel's cookie does not reach that tab, so a link does, which opens the one order for some minutes, as
a mailed one does. It comes by a click in the panel, not by itself: a frame may open no tab without one.
"""

from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from app import access
from app.errors import Problem
from app.forms import whole
from app.orders.model import FIRST, MOST_ID, Order
from app.payments.model import Payment
from app.shop import Shop
from app.subscriptions.model import Subscription
from app.team.sessions import grant
from app.web import Visit, see_other, visit

LASTS = 20 * 60  # seconds


async def to_order(request: Request) -> Response:
    """To give a card."""
    visitor, order = await _mine(request, request.path_params["number"])
    return await _leave(visitor, order, f"/orders/{order.number}")


async def to_payment(request: Request) -> Response:
    """To pay, to change the card, or to approve at the bank."""
    visitor, order = await _mine(request, request.path_params["number"])
    payment = await _payment(visitor, order, request)
    return await _leave(visitor, order, f"/orders/{order.number}#e-{order.number}-{payment.seq}")


async def to_receipt(request: Request) -> Response:
    visitor, order = await _mine(request, request.path_params["number"])
    payment = await _payment(visitor, order, request)
    return await _leave(visitor, order, f"/orders/{order.number}/payments/{payment.id}/receipt")


async def to_subscription(request: Request) -> Response:
    visitor = await visit(request, "customer")
    number = _id(request.path_params["id"])
    async with visitor.context.db.read() as session:
        found = await session.get(Subscription, number)
    visitor, order = await _mine(request, _shop_number(found))
    return await _leave(visitor, order, f"/subscriptions/{number}")


async def arrive(request: Request) -> Response:
    """In the new tab: this browser may see the order from now on."""
    visitor = await visit(request, "customer")
    shown = _read(visitor.context.shop, request.path_params["token"])
    async with visitor.context.db.transaction() as tx:
        order = await tx.session.get(Order, shown[0]) if shown else None
        if shown is None or order is None:
            raise Problem("not_found", "This link no longer works. Please go back and open it again.")
        secret = None if visitor.actor.may_see(order) else await grant(tx, visitor.actor, order.id)
    response = see_other(shown[1])
    if secret:
        visitor.keep(response, secret)
    return response


async def _leave(visitor: Visit, order: Order, path: str) -> Response:
    token = _signer(visitor.context.shop).dumps([order.id, path])
    return await visitor.render("embed/leave.html", order=order, url=f"/from-embed/{token}")


async def _mine(request: Request, number: object) -> tuple[Visit, Order]:
    visitor = await visit(request, "customer")
    async with visitor.context.db.read() as session:
        return visitor, await access.order_for(session, visitor.actor, number)


async def _payment(visitor: Visit, order: Order, request: Request) -> Payment:
    mine = (Payment.id == _id(request.path_params["payment"]), Payment.order_id == order.id)
    async with visitor.context.db.read() as session:
        payment = await session.scalar(select(Payment).where(*mine))
    if payment is None:
        raise Problem("not_found", "There is no such payment.")
    return payment


def _id(text: str) -> int:
    number = whole(text)
    if not isinstance(number, int) or not 0 < number <= MOST_ID:
        raise Problem("not_found", "There is nothing here.")
    return number


def _shop_number(found: Subscription | None) -> str:
    return str(found.order_id + FIRST) if found else ""


def _read(shop: Shop, token: str) -> tuple[int, str] | None:
    """The order and path of a link; None for one that is forged or too old."""
    try:
        order_id, path = _signer(shop).loads(token, max_age=LASTS)
    except BadSignature:
        return None
    return order_id, path


def _signer(shop: Shop) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(shop.secret, salt="embed")
