"""The JSON door: /api/v1, bearer tokens, problem details. app.openapi reads its document off it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app import access, cids, i18n
from app.analytics import web as analytics
from app.analytics.answers import AnalyticsAnswer
from app.answers import (
    Answer,
    CatalogueAnswer,
    OrdersAnswer,
    SubscriptionsAnswer,
    TimelineAnswer,
)
from app.answers import (
    Order as OrderAnswer,
)
from app.answers import (
    Subscription as SubscriptionAnswer,
)
from app.api_queries import AnalyticsQuery, OrdersQuery, Query, SubscriptionsQuery, TimelineQuery
from app.author import NOBODY, Actor
from app.bodies import json_body
from app.catalogue.queries import catalogue
from app.context import Context
from app.errors import Problem, invalid
from app.log import read_after
from app.operations import logs
from app.orders.events import event_of
from app.orders.model import Order
from app.orders.queries import page, rows
from app.subscriptions.queries import page as subscription_page
from app.subscriptions.queries import subscription_for
from app.tags import tag_of, tags_in
from app.verb import Verb
from app.verbs import VERBS
from app.web import language_of

OUTCOME_WAIT = 3.0  # seconds, so that an answer mostly knows whether a charge went through


@dataclass(frozen=True, slots=True)
class Asked:
    """A read: who asks, and their query as its schema has it."""

    request: Request
    context: Context
    actor: Actor
    query: Any

    def path(self, name: str) -> Any:
        return path_value(name, self.request.path_params[name])


@dataclass(frozen=True, slots=True)
class Read:
    """A `GET` of the API: what it takes, and what it answers."""

    path: str
    run: Callable[[Asked], Awaitable[Response]]
    answer: type[Answer]
    query: type[Query] = Query


async def list_catalogue(asked: Asked) -> Response:
    """What can be ordered, in the shop's order."""
    async with asked.context.db.read() as session:
        products = await catalogue(session)
    return answer({"items": [product.as_dict() for product in products], "next": None})


async def list_orders(asked: Asked) -> Response:
    """Orders, latest first. While they arrive and move, none comes twice and none that stays is missed."""
    query = asked.query
    async with asked.context.db.read() as session:
        shown, after = await page(
            session,
            asked.actor,
            asked.context.shop,
            query.box,
            query.q,
            query.cursor,
            query.limit,
            query.filters,
        )
    return answer({"items": [row.as_dict() for row in shown], "next": after})


async def show_order(asked: Asked) -> Response:
    """One order, with its tag; 304 for who has it already."""
    known = tags_in(asked.request.headers.getlist("if-none-match"))
    async with asked.context.db.read() as session:
        order = await access.order_for(session, asked.actor, asked.path("number"))
        shown = await _order(session, asked.context, asked.actor, order)
    tag = tag_of(shown)
    if known is not None and known.match(tag):
        return Response(status_code=304, headers={"ETag": tag})
    return answer(shown, tag=tag)


async def list_subscriptions(asked: Asked) -> Response:
    """Subscriptions with their payments, the newest first."""
    query = asked.query
    async with asked.context.db.read() as session:
        shown, after = await subscription_page(
            session, asked.actor, query.state, query.q, query.cursor, query.limit
        )
    return answer({"items": [view.as_dict() for view in shown], "next": after})


async def show_subscription(asked: Asked) -> Response:
    """One subscription with its payments, the oldest first."""
    async with asked.context.db.read() as session:
        return answer((await subscription_for(session, asked.actor, asked.path("id"))).as_dict())


async def show_analytics(asked: Asked) -> Response:
    """What the shop earned and how quickly it answered, for the owner."""
    if asked.actor.role != "owner":
        raise Problem("forbidden", "This is for the owner.")
    return answer(await analytics.figures(asked.context, asked.request.query_params))


async def timeline(asked: Asked) -> Response:
    """The entries that the caller may see; `next` is the `after` to go on from."""
    after, limit, side = asked.query.after, asked.query.limit, asked.actor.side
    async with asked.context.db.read() as session:
        order = await access.order_for(session, asked.actor, asked.path("number"))
        found = await read_after(session, order.id, after, limit + 1, side)
    items = [event_of(entry, side) for entry in found[:limit]]
    return answer({"items": items, "next": found[limit - 1].seq if len(found) > limit else None})


def do(verb: Verb) -> Any:
    """The JSON door of one verb."""

    async def handle(request: Request) -> Response:
        context, actor = await who(request)
        expected = tags_in(request.headers.getlist("if-match"))
        data = await json_body(request)
        path = dict(request.path_params)
        number = path.pop("number", None)
        data = _with_path(data, {name: path_value(name, value) for name, value in path.items()})
        cid = cids.of(request)
        with i18n.speaking(language_of(request, actor, context)):
            done = await context.do(actor, verb.name, number, data, cid, expected)
        status = 201 if done.created else 200
        if done.order_id is None:
            return answer(done.body, status)
        await context.cashier.settled(done.order_id, OUTCOME_WAIT)
        async with context.db.read() as session:
            if verb.shows == "subscription":
                shown = (await subscription_for(session, actor, data.get("id"))).as_dict()
                return answer({"seq": done.seq, "subscription": shown}, status)
            order = await session.get_one(Order, done.order_id)
            shown = await _order(session, context, actor, order)
        return answer({"seq": done.seq, "order": shown}, status, tag_of(shown))

    return handle


def answer(body: Any, status: int = 200, tag: str = "") -> Response:
    headers = {"ETag": tag} if tag else None
    return Response(orjson.dumps(body), status, headers, media_type="application/json")


READS = (
    Read("/catalogue", list_catalogue, CatalogueAnswer),
    Read("/orders", list_orders, OrdersAnswer, OrdersQuery),
    Read("/orders/{number}", show_order, OrderAnswer),
    Read("/orders/{number}/timeline", timeline, TimelineAnswer, TimelineQuery),
    Read("/analytics", show_analytics, AnalyticsAnswer, AnalyticsQuery),
    Read("/subscriptions", list_subscriptions, SubscriptionsAnswer, SubscriptionsQuery),
    Read("/subscriptions/{id}", show_subscription, SubscriptionAnswer),
)


def routes() -> list[Route]:
    """Reads, then a route for every verb there is."""
    reads = [Route(read.path, reading(read)) for read in READS]
    return reads + [Route(verb.path, do(verb), methods=["POST"]) for verb in VERBS.values()]


def reading(read: Read) -> Any:
    """The JSON door of one read."""

    async def handle(request: Request) -> Response:
        context, actor = await who(request)
        return await read.run(Asked(request, context, actor, read.query.of(request)))

    return handle


async def who(request: Request) -> tuple[Context, Actor]:
    """Whom the bearer token stands for. Raises 401."""
    context: Context = request.app.state.context
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    actor = NOBODY
    if scheme.lower() == "bearer" and secret.strip():
        async with context.db.read() as session:
            actor = await access.by_token(session, secret.strip()) or NOBODY
    if not actor.known:
        raise Problem("unauthenticated", "A bearer token is needed.")
    context.uses.note(actor.ticket)
    logs.about_actor(actor)
    return context, actor


async def _order(session: AsyncSession, context: Context, actor: Actor, order: Order) -> dict[str, Any]:
    return (await rows(session, actor, context.shop, [order]))[0].as_dict()


def _with_path(data: dict[str, Any], path: dict[str, Any]) -> dict[str, Any]:
    """What stands in the path belongs to the data; saying something else of it in the body is an error."""
    for name, value in path.items():
        if data.get(name, value) != value:
            raise invalid(name, "This is not what the path says.", "in_path")
    return data | path


def path_value(name: str, value: str) -> Any:
    """What stands in a path, as a number where that is meant. Raises 404 for what is none."""
    if name not in ("id", "version", "payment", "delivery", "seq"):
        return value
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        raise Problem("not_found", "There is nothing here.")
    return int(value)
