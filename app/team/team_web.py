"""The owner's page of the team: who belongs to it, who is invited, and what ends for whom."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app import i18n
from app.author import Actor
from app.db import Transaction
from app.errors import Problem
from app.forms import Form, refused, values_of
from app.mail.web import owner_visit
from app.team import invitations, members
from app.team.model import ROLES
from app.team.views import team
from app.web import Visit, see_other, waiting

BASE = "/desk/settings/team"
SAID = ("invited", "sent", "withdrawn", "role", "removed", "out", "reset")
Act = Callable[[Transaction, Actor, int], Awaitable[None]]


async def page(request: Request) -> Response:
    return await _page(await owner_visit(request))


async def invite(request: Request) -> Response:
    visitor = await owner_visit(request)
    async with request.form() as form:
        values = values_of(form)
    email = str(values.get("email", "")).strip()
    try:
        role = _role(values.get("role"))
        await visitor.context.limits.asking_for_links.take(f"invite {email.lower()[:254]}")
        async with visitor.context.db.transaction() as tx:
            await invitations.invite(tx, visitor.actor, email[:255], role, visitor.language)
    except Problem as problem:
        with i18n.speaking(visitor.language):
            again = refused(values, problem)
        return waiting(await _page(visitor, again, problem.status), problem)
    return see_other(f"{BASE}?invited")


async def send_again(request: Request) -> Response:
    visitor = await owner_visit(request)
    key = request.path_params["id"]
    try:
        await visitor.context.limits.asking_for_links.take(f"invitation {key}")
        async with visitor.context.db.transaction() as tx:
            await invitations.send_again(tx, visitor.actor, key)
    except Problem as problem:
        return await _refused(visitor, problem)
    return see_other(f"{BASE}?sent")


async def withdraw(request: Request) -> Response:
    return await _done(request, "withdrawn", invitations.withdraw)


async def change_role(request: Request) -> Response:
    async with request.form() as form:
        values = values_of(form)

    async def change(tx: Transaction, actor: Actor, key: int) -> None:
        await members.change_role(tx, actor, key, _role(values.get("role")))

    return await _done(request, "role", change)


async def remove(request: Request) -> Response:
    return await _done(request, "removed", members.remove)


async def reset_two_factor(request: Request) -> Response:
    return await _done(request, "reset", members.reset_two_factor)


async def sign_out(request: Request) -> Response:
    return await _done(request, "out", members.sign_out_everywhere)


async def _done(request: Request, said: str, act: Act) -> Response:
    """What was done is said on the page; whoever is no owner after it lands where they still may be."""
    visitor = await owner_visit(request)
    try:
        async with visitor.context.db.transaction() as tx:
            await act(tx, visitor.actor, request.path_params["id"])
    except Problem as problem:
        return await _refused(visitor, problem)
    mine = request.path_params["id"] == visitor.actor.member_id and said in ("role", "removed")
    return see_other("/desk/settings" if mine else f"{BASE}?{said}")


async def _refused(visitor: Visit, problem: Problem) -> Response:
    """A refusal that the page can explain is shown on it."""
    if problem.status not in (409, 422, 429):
        raise problem
    with i18n.speaking(visitor.language):
        why = refused({}, problem)
    return waiting(await _page(visitor, None, problem.status, why=why), problem)


async def _page(
    visitor: Visit, form: Form | None = None, status_code: int = 200, *, why: Form | None = None
) -> Response:
    async with visitor.context.db.read() as session:
        known, invited = await team(session, visitor.context.db.clock())
    owners = [member.id for member in known if member.role == "owner"]
    context: dict[str, Any] = {"team": known, "invited": invited, "form": form, "why": why}
    context["last_owner"] = owners[0] if len(owners) == 1 else None
    context["said"] = next((name for name in SAID if name in visitor.request.query_params), "")
    context["me"] = visitor.actor.member_id
    return await visitor.render("desk/team.html", status_code=status_code, **context)


def _role(value: Any) -> str:
    if value not in ROLES:
        raise Problem("invalid", "This choice is not offered.")
    return str(value)
