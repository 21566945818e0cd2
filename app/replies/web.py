"""The page of canned replies, and what the composer offers in one order."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app import access, i18n
from app.errors import Problem
from app.forms import Form, refused, values_of
from app.orders.web import desk_visit
from app.replies.placeholders import NAMES, filled, values_for
from app.replies.queries import canned_replies
from app.web import Visit, see_other

PATH = "/desk/settings/replies"


async def page(request: Request) -> Response:
    return await _page(await desk_visit(request))


async def create(request: Request) -> Response:
    visitor = await desk_visit(request)
    return await _do(visitor, "replies.create", await _values(request), None)


async def update(request: Request) -> Response:
    visitor = await desk_visit(request)
    return await _do(visitor, "replies.update", await _values(request), request.path_params["id"])


async def archive(request: Request) -> Response:
    return await _do(await desk_visit(request), "replies.archive", {}, request.path_params["id"])


async def restore(request: Request) -> Response:
    return await _do(await desk_visit(request), "replies.restore", {}, request.path_params["id"])


async def offered(request: Request) -> Response:
    """The canned replies, filled in for one order: names and texts, as JSON."""
    visitor = await desk_visit(request)
    async with visitor.context.db.read() as session:
        order = await access.order_for(session, visitor.actor, request.path_params["number"])
        replies = await canned_replies(session)
    values = values_for(order, visitor.actor, visitor.context.shop)
    found = [{"name": reply.name, "text": filled(reply.text, values)} for reply in replies]
    return Response(orjson.dumps(found), media_type="application/json")


async def _values(request: Request) -> dict[str, Any]:
    async with request.form(max_fields=10, max_part_size=256 * 1024) as form:
        return values_of(form)


async def _do(visitor: Visit, verb: str, values: dict[str, Any], key: int | None) -> Response:
    data: dict[str, Any] = {name: values[name] for name in ("name", "text") if name in values}
    if key is not None:
        data["id"] = key
    try:
        with i18n.speaking(visitor.language):
            await visitor.context.do(visitor.actor, verb, None, data)
    except Problem as problem:
        if problem.status in (401, 404):
            raise
        with i18n.speaking(visitor.language):
            form = refused(values, problem)
        return await _page(visitor, form=form, key=key, status_code=problem.status)
    said = {"replies.archive": f"archived={key}", "replies.restore": "restored"}.get(verb, "saved")
    return see_other(f"{PATH}?{said}")


async def _page(
    visitor: Visit, *, form: Form | None = None, key: int | None = None, status_code: int = 200
) -> Response:
    async with visitor.context.db.read() as session:
        replies = await canned_replies(session)
        archived = await canned_replies(session, archived=True)
    query = visitor.request.query_params
    context: dict[str, Any] = {
        "replies": replies,
        "archived": archived,
        "gone": next((each for each in archived if str(each.id) == query.get("archived")), None),
        "saved": "saved" in query or "restored" in query,
        "form": form,
        "key": key,
        "placeholders": [f"{{{name}}}" for name in NAMES],
    }
    return await visitor.render("desk/replies.html", status_code=status_code, **context)
