"""Lists of the desk: what an address asks for, and what is shown beside an order."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from app.errors import Problem
from app.labels.model import Label
from app.orders.boxes import NAMES
from app.orders.filters import Filters, Listing, filters_in
from app.orders.finding import found_in
from app.orders.queries import page
from app.orders.views import LabelView
from app.team.model import Member
from app.team.queries import members
from app.web import Visit


def listing_of(request: Request, box: str) -> Listing:
    """Raises 404 for a box that there is not."""
    if box not in NAMES:
        raise Problem("not_found", "There is no such box.")
    query = request.query_params
    return Listing(box, query.get("q", "")[:200], filters_in(query))


async def list_context(visitor: Visit, box: str) -> dict[str, Any]:
    """What `desk/_list.html` needs: its rows, and what they can be filtered by."""
    listing = listing_of(visitor.request, box)
    actor, shop = visitor.actor, visitor.context.shop
    cursor = visitor.request.query_params.get("cursor", "")[:200]
    async with visitor.context.db.read() as session:
        rows, after = await page(session, actor, shop, box, listing.q, cursor, filters=listing.filters)
        hits = await found_in(session, listing.q, "team", [row.id for row in rows]) if listing.q else {}
        team = await members(session)
        labels = await _labels(session, listing.filters)
    for row in rows:
        row.found = hits.get(row.id)
    whose = next((each for each in team if each.email == listing.filters.assignee.lower()), None)
    return {
        "box": box,
        "rows": rows,
        "next": after,
        "q": listing.q,
        "listing": listing,
        "shown": listing.as_dict(None if whose is None else f"m{whose.id}"),
        "all_labels": labels,
        "team": team,
        "whose": _name(whose) if whose else listing.filters.assignee,
    }


async def rows_fragment(visitor: Visit) -> Response:
    box = visitor.request.query_params.get("box", "")
    return visitor.fragment("desk/_rows.html", **await list_context(visitor, box))


async def _labels(session: AsyncSession, filters: Filters) -> list[LabelView]:
    """Those in use, and archived ones that are filtered by all the same."""
    wanted = select(Label).where(Label.archived_at.is_(None) | Label.slug.in_(filters.labels))
    found = await session.scalars(wanted.order_by(Label.name, Label.id))
    return [LabelView(label.slug, label.name, label.color) for label in found]


def _name(member: Member) -> str:
    return member.name or member.email
