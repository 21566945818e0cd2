"""The page where the team manages its labels."""

from typing import Any

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from app import i18n
from app.errors import Problem
from app.forms import Form, refused, values_of
from app.labels.model import COLORS, Label
from app.orders.web import desk_visit
from app.web import Visit, see_other

PATH = "/desk/settings/labels"


async def page(request: Request) -> Response:
    return await _page(await desk_visit(request))


async def create(request: Request) -> Response:
    visitor = await desk_visit(request)
    return await _do(visitor, "labels.create", await _values(request), None)


async def update(request: Request) -> Response:
    visitor = await desk_visit(request)
    return await _do(visitor, "labels.update", await _values(request), request.path_params["label"])


async def archive(request: Request) -> Response:
    return await _do(await desk_visit(request), "labels.archive", {}, request.path_params["label"])


async def restore(request: Request) -> Response:
    return await _do(await desk_visit(request), "labels.restore", {}, request.path_params["label"])


async def _values(request: Request) -> dict[str, Any]:
    async with request.form(max_fields=10, max_part_size=10_000) as form:
        return values_of(form)


async def _do(visitor: Visit, verb: str, values: dict[str, Any], slug: str | None) -> Response:
    data: dict[str, Any] = {name: values[name] for name in ("name", "color") if name in values}
    if slug is not None:
        data["label"] = slug
    try:
        with i18n.speaking(visitor.language):
            await visitor.context.do(visitor.actor, verb, None, data)
    except Problem as problem:
        if problem.status in (401, 404):
            raise
        with i18n.speaking(visitor.language):
            form = refused(values, problem)
        return await _page(visitor, form=form, slug=slug, status_code=problem.status)
    said = {"labels.archive": f"archived={slug}", "labels.restore": "restored"}.get(verb, "saved")
    return see_other(f"{PATH}?{said}")


async def _page(
    visitor: Visit, *, form: Form | None = None, slug: str | None = None, status_code: int = 200
) -> Response:
    async with visitor.context.db.read() as session:
        labels = (await session.scalars(select(Label).order_by(Label.name, Label.id))).all()
    query = visitor.request.query_params
    archived = [label for label in labels if label.archived_at is not None]
    context: dict[str, Any] = {
        "labels": [label for label in labels if label.archived_at is None],
        "archived": archived,
        "gone": next((label for label in archived if label.slug == query.get("archived")), None),
        "saved": "saved" in query or "restored" in query,
        "colors": COLORS,
        "form": form,
        "slug": slug,
    }
    return await visitor.render("desk/labels.html", status_code=status_code, **context)
