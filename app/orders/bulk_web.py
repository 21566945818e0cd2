"""The door of what is done to many orders at once: a form, and the same for the page's script."""

from typing import Any
from uuid import uuid4

import orjson
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from app import i18n
from app.errors import Problem
from app.orders.bulk import MOST, Outcome, Step, perform, steps_of
from app.orders.web import desk_visit
from app.web import Visit, local

ASKED = frozenset({"done"})  # what cannot be taken back


async def bulk(request: Request) -> Response:
    """Do one thing to the chosen orders, or take back what was done ("undo": number and step).

    Who asks for JSON is a script that has asked its question before.
    """
    visitor = await desk_visit(request)
    async with request.form(max_fields=2 * MOST + 50, max_part_size=1024) as form:
        steps, what = _steps(form), str(form.get("do", ""))
        cid = str(form.get("cid") or uuid4())[:36]
        back = local(form.get("back"), "/desk/inbox")
        sure = bool(form.get("sure"))
    script = request.headers.get("accept") == "application/json"
    if what in ASKED and len(steps) > 1 and not sure and not script:
        return await _page(visitor, back, ask=steps, what=what)
    try:
        with i18n.speaking(visitor.language):
            outcomes = await perform(visitor.context, visitor.actor, steps, cid)
    except Problem as problem:
        if script or problem.status == 401:
            raise
        return await _page(visitor, back, problem=problem)
    if script:
        body = orjson.dumps([outcome.as_dict() for outcome in outcomes])
        return Response(body, media_type="application/json")
    return await _page(visitor, back, outcomes=outcomes)


def _steps(form: FormData) -> list[Step]:
    chosen = [value for value in form.getlist("order") if isinstance(value, str)]
    back = [value.partition(" ") for value in form.getlist("undo") if isinstance(value, str)]
    return steps_of(chosen, str(form.get("do", ""))) + [Step(number, what) for number, _, what in back]


async def _page(
    visitor: Visit,
    back: str,
    *,
    outcomes: list[Outcome] | None = None,
    ask: list[Step] | None = None,
    what: str = "",
    problem: Problem | None = None,
) -> Response:
    found = outcomes or []
    with i18n.speaking(visitor.language):
        message = None
        if problem:
            message = i18n.gettext(problem.errors[0].detail if problem.errors else problem.detail)
    context: dict[str, Any] = {
        "done": [each for each in found if each.problem is None],
        "refused": [each for each in found if each.problem is not None],
        "ask": ask or [],
        "what": what,
        "back": back,
        "message": message,
    }
    status = problem.status if problem else 200
    return await visitor.render("desk/bulk.html", status_code=status, **context)
