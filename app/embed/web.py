"""Pages that only the panel has, and the script that shows it; all others are the shop's own."""

from sqlalchemy import exists, select
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from app.catalogue import web as catalogue
from app.catalogue.queries import catalogue as offered
from app.embed import leaving
from app.embed.framing import Framing
from app.errors import Problem
from app.orders import web as orders
from app.orders.model import FIRST, Line, Order
from app.orders.queries import page, theirs
from app.rendering import STATIC
from app.web import Visit, see_other, visit

SCRIPT = {"Cache-Control": "public, max-age=3600", "Cross-Origin-Resource-Policy": "cross-origin"}


async def script(request: Request) -> Response:
    """What a site includes. Its address has no version, so browsers ask again after an hour."""
    return FileResponse(STATIC / "embed" / "embed.js", media_type="text/javascript", headers=SCRIPT)


async def door(request: Request) -> Response:
    """Where the frame begins: in the order, if this guest has one of the product, else before the form.

    Small, since every visitor of the site around it loads it, and few open it.
    """
    visitor = await visit(request, "customer")
    product = _number(request.query_params.get("product", ""))
    order_id = await _newest(visitor, product)
    if order_id is not None:
        return see_other(f"{visitor.root}/orders/{order_id + FIRST}")
    inside = f"/products/{product}" if product else "/orders"
    return await visitor.render("embed/door.html", inside=visitor.root + inside)


async def home(request: Request) -> Response:
    """This guest's orders, and what can be ordered."""
    visitor = await visit(request, "customer")
    async with visitor.context.db.read() as session:
        products = await offered(session)
        rows, _ = await page(session, visitor.actor, visitor.context.shop, "all")
    return await visitor.render("embed/home.html", rows=rows, products=products)


async def nothing(request: Request) -> Response:
    raise Problem("not_found", "There is nothing here.")


def routes(verbs: list[BaseRoute]) -> list[BaseRoute]:
    """`verbs`: the form doors of a customer's verbs on an order, and its files.

    Whatever is not named here stays outside.
    """
    ways_out = ["GET", "POST"]
    inside: list[BaseRoute] = [
        Route("/door", door),
        Route("/products/{id}", catalogue.product),
        Route("/orders", catalogue.place, methods=["POST"]),
        Route("/orders", home),
        Route("/orders/{number}", orders.shop_order),
        Route("/orders/{number}/entries", orders.entries),
        Route("/orders/{number}/tab", leaving.to_order),
        Route("/orders/{number}/cards", leaving.to_order, methods=["POST"]),
        Route("/orders/{number}/payments/{payment}/receipt", leaving.to_receipt),
        Route("/orders/{number}/payments/{payment}/{what}", leaving.to_payment, methods=ways_out),
        Route("/subscriptions/{id}", leaving.to_subscription),
        *verbs,
        Route("/{rest:path}", nothing, methods=ways_out),
    ]
    return [
        Route("/embed.js", script),
        Route("/from-embed/{token}", leaving.arrive),
        Mount("/embed/{language}", routes=inside, middleware=[Middleware(Framing)]),
    ]


async def _newest(visitor: Visit, product: int | None) -> int | None:
    mine = theirs(visitor.actor)
    if mine is None or not visitor.actor.known:
        return None
    wanted = select(Order.id).where(mine).order_by(Order.id.desc()).limit(1)
    if product is not None:
        wanted = wanted.where(exists().where(Line.order_id == Order.id, Line.product_id == product))
    async with visitor.context.db.read() as session:
        found: int | None = await session.scalar(wanted)
    return found


def _number(text: str) -> int | None:
    plain = text.isascii() and text.isdigit() and len(text) < 10
    return int(text) if plain else None
