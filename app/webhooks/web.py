"""The owner's pages of webhooks: the list, and each with its secret and the log of its deliveries."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app import i18n
from app.errors import Problem
from app.forms import Form, refused, values_of, whole
from app.mail.web import owner_visit
from app.web import Visit, see_other
from app.webhooks.model import KINDS
from app.webhooks.queries import deliveries, delivery_view, waiting, webhook_of, webhooks

PAGE = 25
BASE = "/desk/settings/webhooks"
SAVED = ("saved", "rotated", "tested", "resent", "deleted")


async def page(request: Request) -> Response:
    return await _page(await owner_visit(request), None)


async def create(request: Request) -> Response:
    visitor = await owner_visit(request)
    values = await _values(request)
    try:
        with i18n.speaking(visitor.language):
            done = await visitor.context.do(visitor.actor, "webhooks.create", None, _data(values))
    except Problem as problem:
        return await _page(visitor, _refused(visitor, values, problem), problem.status)
    return see_other(f"{BASE}/{done.body['webhook']['id']}?saved")


async def show(request: Request) -> Response:
    return await _show(await owner_visit(request), None)


async def update(request: Request) -> Response:
    visitor = await owner_visit(request)
    values = await _values(request)
    try:
        await _do(visitor, "update", _data(values))
    except Problem as problem:
        if problem.status == 404:
            raise
        return await _show(visitor, _refused(visitor, values, problem), problem.status)
    return _back(visitor, "saved")


async def switch(request: Request) -> Response:
    """Enable or disable."""
    visitor = await owner_visit(request)
    await _do(visitor, "update", {"enabled": (await _values(request)).get("enabled") == "true"})
    return _back(visitor, "saved")


async def rotate(request: Request) -> Response:
    visitor = await owner_visit(request)
    await _do(visitor, "rotate", {})
    return _back(visitor, "rotated")


async def test(request: Request) -> Response:
    visitor = await owner_visit(request)
    await _do(visitor, "test", {})
    return _back(visitor, "tested")


async def resend(request: Request) -> Response:
    visitor = await owner_visit(request)
    await _do(visitor, "resend", {"delivery": request.path_params["delivery"]})
    return _back(visitor, "resent")


async def delete(request: Request) -> Response:
    visitor = await owner_visit(request)
    await _do(visitor, "delete", {})
    return see_other(f"{BASE}?deleted")


async def log(request: Request) -> Response:
    """The newest deliveries alone, for a page that waits for one."""
    visitor = await owner_visit(request)
    return visitor.fragment("webhooks/_log.html", **await _log(visitor))


async def _do(visitor: Visit, name: str, data: dict[str, Any]) -> None:
    given = {"id": visitor.request.path_params["id"]} | data
    with i18n.speaking(visitor.language):
        await visitor.context.do(visitor.actor, f"webhooks.{name}", None, given)


async def _values(request: Request) -> dict[str, Any]:
    async with request.form(max_fields=50) as form:
        return values_of(form)


def _data(values: dict[str, Any]) -> dict[str, Any]:
    """A webhook from its form: no box ticked means no kind, and nothing of the team's."""
    kinds = values.get("kinds", [])
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return {"url": values.get("url", ""), "kinds": kinds, "team_only": values.get("team_only") == "true"}


def _refused(visitor: Visit, values: dict[str, Any], problem: Problem) -> Form:
    with i18n.speaking(visitor.language):
        form = refused(values | _data(values), problem)
        if any(error.field.startswith("kinds") for error in problem.errors):
            form.errors["kinds"] = [i18n.gettext("Please choose at least one kind.")]
    return form


def _back(visitor: Visit, how: str) -> Response:
    return see_other(f"{BASE}/{visitor.request.path_params['id']}?{how}")


async def _page(visitor: Visit, form: Form | None, status_code: int = 200) -> Response:
    async with visitor.context.db.read() as session:
        known, waits = await webhooks(session), await waiting(session)
    return await visitor.render(
        "webhooks/list.html",
        status_code=status_code,
        webhooks=known,
        waiting=waits,
        form=form,
        **_said(visitor),
    )


async def _show(visitor: Visit, form: Form | None, status_code: int = 200) -> Response:
    shown = await _log(visitor)
    return await visitor.render(
        "webhooks/show.html", status_code=status_code, form=form, **shown, **_said(visitor)
    )


async def _log(visitor: Visit) -> dict[str, Any]:
    below = whole(visitor.request.query_params.get("cursor", ""))
    async with visitor.context.db.read() as session:
        webhook = await webhook_of(session, visitor.request.path_params["id"])
        found, after = await deliveries(session, webhook, below if isinstance(below, int) else None, PAGE)
        waits = (await waiting(session)).get(webhook.id, 0)
    now = visitor.context.db.clock()
    old_until = webhook.old_until if webhook.old_until and webhook.old_until > now else None
    return {
        "webhook": webhook,
        "deliveries": [delivery_view(webhook, delivery) for delivery in found],
        "next": after,
        "waits": waits,
        "old_until": old_until,
        "follow": any(delivery.solo and delivery.status == "waiting" for delivery in found),
    }


def _said(visitor: Visit) -> dict[str, Any]:
    said = next((name for name in SAVED if name in visitor.request.query_params), "")
    return {"said": said, "kinds": KINDS, "private": visitor.context.shop.private_webhooks}
