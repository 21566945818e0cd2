"""What programs of the owner read about webhooks; the verbs have their doors in app.api."""

from typing import Annotated

from pydantic import Field
from starlette.responses import Response
from starlette.routing import Route

from app.api import Asked, Read, answer, reading
from app.api_queries import Limit, Position, Query
from app.errors import Problem
from app.webhooks.answers import DeliveriesAnswer, WebhooksAnswer
from app.webhooks.queries import deliveries, delivery_dict, webhook_dict, webhook_of, webhooks


class DeliveriesQuery(Query):
    cursor: Annotated[Position | None, Field(description="`next` of the page before.")] = None
    limit: Limit = 50


async def list_webhooks(asked: Asked) -> Response:
    """Every webhook, the oldest first, for the owner."""
    _owner(asked)
    async with asked.context.db.read() as session:
        return answer({"items": [webhook_dict(found) for found in await webhooks(session)], "next": None})


async def list_deliveries(asked: Asked) -> Response:
    """What was sent and what waits, the newest first, for the owner."""
    _owner(asked)
    async with asked.context.db.read() as session:
        webhook = await webhook_of(session, asked.path("id"))
        found, after = await deliveries(session, webhook, asked.query.cursor, asked.query.limit)
    items = [delivery_dict(delivery) for delivery in found]
    return answer({"items": items, "next": None if after is None else str(after)})


def _owner(asked: Asked) -> None:
    if asked.actor.role != "owner":
        raise Problem("forbidden", "This is for the owner.")


READS = (
    Read("/webhooks", list_webhooks, WebhooksAnswer),
    Read("/webhooks/{id}/deliveries", list_deliveries, DeliveriesAnswer, DeliveriesQuery),
)


def routes() -> list[Route]:
    return [Route(read.path, reading(read)) for read in READS]
