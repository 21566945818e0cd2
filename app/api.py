"""The JSON door: /api/v1, bearer tokens, problem details."""

from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app import access, i18n
from app.analytics import web as analytics
from app.author import NOBODY, Actor
from app.catalogue.queries import catalogue
from app.context import Context
from app.entries import Entry, Side
from app.errors import Problem, invalid
from app.log import read_after
from app.orders.boxes import NAMES
from app.orders.model import FIRST, Order
from app.orders.queries import order_view, page
from app.orders.views import stamp
from app.subscriptions.queries import FILTERS, subscription_for
from app.subscriptions.queries import page as subscription_page
from app.verb import Verb
from app.verbs import VERBS
from app.web import language_of

MOST = 200
OUTCOME_WAIT = 3.0  # seconds, so that an answer mostly knows whether a charge went through


async def list_catalogue(request: Request) -> Response:
    context, _ = await _who(request)
    async with context.db.read() as session:
        products = await catalogue(session)
    return answer({"items": [product.as_dict() for product in products], "next": None})


async def list_orders(request: Request) -> Response:
    context, actor = await _who(request)
    query = request.query_params
    box = query.get("box", "all")
    if box not in NAMES:
        raise invalid("box", "There is no such box.", "unknown")
    async with context.db.read() as session:
        shown, after = await page(
            session, actor, context.shop, box, query.get("q", ""), query.get("cursor", ""), _limit(request)
        )
    return answer({"items": [row.as_dict() for row in shown], "next": after})


async def show_order(request: Request) -> Response:
    context, actor = await _who(request)
    async with context.db.read() as session:
        order = await access.order_for(session, actor, request.path_params["number"])
        return answer(await _order(session, context, actor, order))


async def list_subscriptions(request: Request) -> Response:
    context, actor = await _who(request)
    query = request.query_params
    state = query.get("state")
    if state is not None and state not in FILTERS:
        raise invalid("state", "There is no such state.", "unknown")
    async with context.db.read() as session:
        shown, after = await subscription_page(
            session, actor, state, query.get("q", ""), query.get("cursor", ""), _limit(request)
        )
    return answer({"items": [view.as_dict() for view in shown], "next": after})


async def show_subscription(request: Request) -> Response:
    context, actor = await _who(request)
    async with context.db.read() as session:
        number = _path_value("id", request.path_params["id"])
        return answer((await subscription_for(session, actor, number)).as_dict())


async def show_analytics(request: Request) -> Response:
    context, actor = await _who(request)
    if actor.role != "owner":
        raise Problem("forbidden", "This is for the owner.")
    return answer(await analytics.figures(context, request.query_params))


async def timeline(request: Request) -> Response:
    """The entries that the caller may see, as the frames say them; `next` is the `after` to go on from."""
    context, actor = await _who(request)
    after, limit = _whole(request, "after", 0), _limit(request)
    async with context.db.read() as session:
        order = await access.order_for(session, actor, request.path_params["number"])
        found = await read_after(session, order.id, after, limit + 1, actor.side)
    items = [event_of(entry, actor.side) for entry in found[:limit]]
    return answer({"items": items, "next": found[limit - 1].seq if len(found) > limit else None})


def event_of(entry: Entry, side: Side) -> dict[str, Any]:
    """An entry as its reader may know it (DESIGN §4, without `type` and `content`)."""
    return {
        "order": str(entry.order + FIRST),
        "seq": entry.seq,
        "prev": entry.prev(side),
        "kind": entry.kind,
        "cid": entry.cid,
        "at": stamp(entry.at),
        "by": {"role": entry.role, "name": entry.name},
        "data": entry.data,
    }


def do(verb: Verb) -> Any:
    """The JSON door of one verb."""

    async def handle(request: Request) -> Response:
        context, actor = await _who(request)
        data = await _body(request)
        path = dict(request.path_params)
        number = path.pop("number", None)
        data |= {name: _path_value(name, value) for name, value in path.items()}
        cid = request.headers.get("idempotency-key")
        with i18n.speaking(language_of(request, actor, context)):
            done = await context.do(actor, verb.name, number, data, cid)
        if done.order_id is None:
            return answer(done.body, 201 if done.created else 200)
        await context.cashier.settled(done.order_id, OUTCOME_WAIT)
        async with context.db.read() as session:
            if verb.shows == "subscription":
                shown = (await subscription_for(session, actor, data.get("id"))).as_dict()
            else:
                order = await session.get_one(Order, done.order_id)
                shown = await _order(session, context, actor, order)
        return answer({"seq": done.seq, verb.shows: shown}, 201 if done.created else 200)

    return handle


async def nothing(request: Request) -> Response:
    await _who(request)
    raise Problem("not_found", "There is nothing here.")


def answer(body: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")


def routes() -> list[Route]:
    """Reads, then a route for every verb there is."""
    reads = [
        Route("/catalogue", list_catalogue),
        Route("/orders", list_orders),
        Route("/orders/{number}", show_order),
        Route("/orders/{number}/timeline", timeline),
        Route("/analytics", show_analytics),
        Route("/subscriptions", list_subscriptions),
        Route("/subscriptions/{id}", show_subscription),
    ]
    return reads + [Route(verb.path, do(verb), methods=["POST"]) for verb in VERBS.values()]


async def _who(request: Request) -> tuple[Context, Actor]:
    context: Context = request.app.state.context
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    actor = NOBODY
    if scheme.lower() == "bearer" and secret.strip():
        async with context.db.read() as session:
            actor = await access.by_token(session, secret.strip()) or NOBODY
    if not actor.known:
        raise Problem("unauthenticated", "A bearer token is needed.")
    return context, actor


async def _order(session: AsyncSession, context: Context, actor: Actor, order: Order) -> dict[str, Any]:
    return (await order_view(session, order, actor, context.shop)).as_dict()


async def _body(request: Request) -> dict[str, Any]:
    raw = await request.body()
    if not raw.strip():
        return {}
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise Problem("malformed", "The body is not JSON.") from None
    if not isinstance(data, dict):
        raise Problem("invalid", "The body must be an object.")
    return data


def _path_value(name: str, value: str) -> Any:
    if name not in ("id", "version", "payment"):
        return value
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        raise Problem("not_found", "There is nothing here.")
    return int(value)


def _limit(request: Request) -> int:
    return min(max(_whole(request, "limit", 50), 1), MOST)


def _whole(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise invalid(name, "This must be a whole number.", "int_parsing")
    return int(text)
