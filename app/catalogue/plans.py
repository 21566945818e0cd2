"""The team's page of plans: made and retired, never edited."""

from typing import Any

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from app import i18n
from app.catalogue.model import Plan
from app.catalogue.views import plan_view
from app.errors import Problem
from app.forms import Form, amount_of, refused, values_of, whole
from app.orders.web import desk_visit
from app.web import Visit, see_other


async def plans(request: Request) -> Response:
    visitor = await desk_visit(request)
    return await _plans(visitor, None)


async def create_plan(request: Request) -> Response:
    visitor = await desk_visit(request)
    async with request.form() as form:
        values = values_of(form)
    try:
        with i18n.speaking(visitor.language):
            data = _plan_data(values, visitor)
            await visitor.context.do(visitor.actor, "plans.create", None, data, None)
    except Problem as problem:
        with i18n.speaking(visitor.language):
            again = refused(values, problem)
        response = await _plans(visitor, again)
        response.status_code = problem.status
        return response
    return see_other("/desk/plans")


async def retire_plan(request: Request) -> Response:
    visitor = await desk_visit(request)
    number = whole(request.path_params["id"])
    if not isinstance(number, int):
        raise Problem("not_found", "There is no such plan.")
    await visitor.context.do(visitor.actor, "plans.retire", None, {"id": number}, None)
    return see_other("/desk/plans")


async def _plans(visitor: Visit, form: Form | None) -> Response:
    wanted = select(Plan).order_by(Plan.retired_at.is_not(None), Plan.name, Plan.id)
    async with visitor.context.db.read() as session:
        found = [(plan_view(plan), plan.retired_at) for plan in await session.scalars(wanted)]
    return await visitor.render("subscriptions/plans.html", plans=found, form=form)


def _plan_data(values: dict[str, Any], visitor: Visit) -> dict[str, Any]:
    """A plan from its form; amounts in the reader's notation. Raises 422 that names the field."""
    data = {"name": values.get("name", ""), "price": _amount(values, "price", visitor)}
    data["interval"] = {"every": whole(values.get("every", "1")), "unit": values.get("unit", "month")}
    if values.get("upfront_fee"):
        data["upfront_fee"] = _amount(values, "upfront_fee", visitor)
    if values.get("cycles"):
        data["cycles"] = whole(values["cycles"])
    return data


def _amount(values: dict[str, Any], name: str, visitor: Visit) -> int:
    return amount_of(str(values.get(name, "")), visitor.context.shop.currency, visitor.language, name)
