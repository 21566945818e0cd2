"""Accepting an invitation: the page behind the mailed link asks for a name and a password."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app import i18n
from app.errors import FieldError, Problem
from app.forms import Form, refused, values_of
from app.operations.addresses import address_of
from app.team.invitations import accept, invitation_of
from app.team.sessions import hash_password, start
from app.web import COOKIES, Visit, see_other, set_cookie, visit, waiting


async def invitation(request: Request) -> Response:
    """Asks first, since mail scanners follow links."""
    return await _page(await visit(request, "team"))


async def join(request: Request) -> Response:
    """Makes the member and signs them in, once; a session that was here before ends."""
    visitor = await visit(request, "team")
    async with request.form() as form:
        values = values_of(form)
    try:
        await visitor.context.limits.signing_in.take(f"joining {address_of(request.scope) or 'here'}")
        secret = await _join(visitor, values)
    except Problem as problem:
        with i18n.speaking(visitor.language):
            again = refused({"name": values.get("name", "")}, problem)
        return waiting(await _page(visitor, again, problem.status), problem)
    if secret is None:
        return await _page(visitor)
    response = see_other("/desk/inbox")
    set_cookie(response, visitor.context, COOKIES["team"], secret)
    return response


async def _join(visitor: Visit, values: dict[str, Any]) -> str | None:
    """The secret of the new member's session; None when the link does not work any more."""
    link = visitor.request.path_params["token"]
    async with visitor.context.db.read() as session:
        if await invitation_of(session, link, visitor.context.db.clock()) is None:
            return None
    name, password = str(values.get("name", "")).strip(), str(values.get("password", ""))
    if not 1 <= len(name) <= 200 or "\x00" in name:
        raise Problem("invalid", "", errors=[FieldError("name", "missing", "Please fill this in.")])
    try:
        hashed = await asyncio.to_thread(hash_password, password)  # it takes its time on purpose
    except Problem as problem:
        raise Problem("invalid", "", errors=[FieldError("password", "too_short", problem.detail)]) from None
    async with visitor.context.db.transaction() as tx:
        member = await accept(tx, link, name, hashed, visitor.language)
        return None if member is None else await start(tx, member_id=member.id, before=visitor.actor)


async def _page(visitor: Visit, form: Form | None = None, status_code: int = 200) -> Response:
    async with visitor.context.db.read() as session:
        found = await invitation_of(session, visitor.request.path_params["token"], visitor.context.db.clock())
    invited, by = found or (None, None)
    status = status_code if found else 410
    return await visitor.render("desk/join.html", status_code=status, invited=invited, by=by, form=form)
