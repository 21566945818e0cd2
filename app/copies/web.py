"""A copy of an order to keep: as a file that opens anywhere, or as a PDF.

What leaves the house is the customer's view, also for the team: it can be handed to the customer unseen.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from app import access
from app.author import NOBODY
from app.copies import content
from app.copies.content import Paper
from app.copies.printing import pdf_of
from app.log import read_after
from app.orders.model import Order
from app.orders.queries import order_view
from app.orders.timeline import entry_views
from app.orders.web import visit_of
from app.web import Visit

PAGE = 200
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; sandbox"


async def html(request: Request) -> Response:
    """One file, without anything that it would fetch. Pages of entries are read while it is sent."""
    visitor, order, paper = await _asked(request)
    parts = _parts(visitor, order, paper)
    return StreamingResponse(parts, headers=_headers(order, "html"), media_type="text/html")


async def pdf(request: Request) -> Response:
    visitor, order, paper = await _asked(request)
    whole = "".join([part async for part in _parts(visitor, order, paper)])
    return Response(await pdf_of(whole), headers=_headers(order, "pdf"), media_type="application/pdf")


async def _asked(request: Request) -> tuple[Visit, Order, Paper]:
    visitor = await visit_of(request)
    async with visitor.context.db.read() as session:
        order = await access.order_for(session, visitor.actor, request.path_params["number"])
    await visitor.context.limits.copy(visitor.actor.as_author(order))
    shop = visitor.context.shop
    zone = content.zone_of(request.query_params.get("zone", ""), shop.zone)
    return visitor, order, Paper(visitor.language, zone, shop.name)


async def _parts(visitor: Visit, order: Order, paper: Paper) -> AsyncIterator[str]:
    shop, after = visitor.context.shop, 0
    async with visitor.context.db.read() as session:
        view = await order_view(session, order, NOBODY, shop)
    yield await asyncio.to_thread(content.head, paper, view, datetime.now(UTC))
    while after < order.customer_seq:
        async with visitor.context.db.read() as session:
            found = await read_after(session, order.id, after, PAGE, "customer")
            found = [entry for entry in found if entry.seq <= order.customer_seq]
            views = await entry_views(session, found, "customer", shop)
        if not found:
            break
        yield await asyncio.to_thread(content.body, paper, views)
        after = found[-1].seq
    yield await asyncio.to_thread(content.foot, paper)


def _headers(order: Order, ending: str) -> dict[str, str]:
    name = f"order-{order.number}.{ending}"
    return {"Content-Disposition": f'attachment; filename="{name}"', "Content-Security-Policy": POLICY}
