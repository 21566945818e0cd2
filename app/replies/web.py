"""The page of canned replies, and what the composer offers in one order."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app import access
from app.keeping import Keeping
from app.orders.web import desk_visit
from app.replies.placeholders import NAMES, filled, values_for
from app.replies.queries import all_replies, canned_replies

replies = Keeping(
    path="/desk/settings/replies",
    verbs="replies",
    key="id",
    attribute="id",
    fields=("name", "text"),
    largest=256 * 1024,
    template="desk/replies.html",
    found=all_replies,
    more={"placeholders": [f"{{{name}}}" for name in NAMES]},
)


async def offered(request: Request) -> Response:
    """The canned replies, filled in for one order: names and texts, as JSON."""
    visitor = await desk_visit(request)
    async with visitor.context.db.read() as session:
        order = await access.order_for(session, visitor.actor, request.path_params["number"])
        found = await canned_replies(session)
    values = values_for(order, visitor.actor, visitor.context.shop)
    items = [{"name": reply.name, "text": filled(reply.text, values)} for reply in found]
    return Response(orjson.dumps(items), media_type="application/json")
