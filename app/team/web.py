"""The team's own pages: signing in, settings."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app import i18n
from app.audit.recording import record
from app.customers.web import end_session
from app.errors import FieldError, Problem
from app.forms import Form, refused, values_of
from app.operations.addresses import address_of
from app.orders.web import desk_visit
from app.team.admission import Admission, admit, answer, note
from app.team.model import Member
from app.team.queries import member_by_email, members
from app.team.sessions import end_sessions, hash_password, password_fits
from app.web import COOKIES, LANGUAGE_COOKIE, Visit, local, see_other, set_cookie, visit, waiting


async def sign_in(request: Request) -> Response:
    visitor = await visit(request, "team")
    where = local(request.query_params.get("next"), "/desk/inbox")
    if visitor.actor.known:
        return see_other(where)
    return await visitor.render("desk/sign_in.html", form=Form({"next": where}))


async def check_in(request: Request) -> Response:
    """Attempts are limited by address and by account, whether the account exists or not."""
    visitor = await visit(request, "team")
    async with request.form() as form:
        values = values_of(form)
    email, address = str(values.get("email", "")), address_of(request.scope) or "here"
    try:
        await visitor.context.limits.signing_in.take(f"account {email.strip().lower()[:254]}")
        await visitor.context.limits.signing_in.take(f"address {address}")
        where = local(values.get("next"), "/desk/inbox")
        admission = await _admission(visitor, email, str(values.get("password", "")), where)
    except Problem as problem:
        values.pop("password", None)
        with i18n.speaking(visitor.language):
            again = refused(values, problem)
        page = await visitor.render("desk/sign_in.html", status_code=problem.status, form=again)
        return waiting(page, problem)
    return answer(visitor, admission, where)


async def sign_out(request: Request) -> Response:
    visitor = await visit(request, "team")
    await end_session(visitor)
    response = see_other("/desk/sign-in")
    response.delete_cookie(COOKIES["team"], path="/")
    return response


async def settings(request: Request) -> Response:
    visitor = await desk_visit(request)
    return await _settings(visitor, saved="saved" in request.query_params)


async def save_settings(request: Request) -> Response:
    visitor = await desk_visit(request)
    async with request.form() as form:
        values = values_of(form)
    name, language = str(values.get("name", "")).strip(), i18n.known(str(values.get("language")))
    try:
        if not 1 <= len(name) <= 200 or "\x00" in name:
            raise Problem("invalid", "", errors=[FieldError("name", "missing", "Please fill this in.")])
        if language is None:
            raise Problem("invalid", "", errors=[FieldError("language", "literal_error", "")])
    except Problem as problem:
        with i18n.speaking(visitor.language):
            return await _settings(visitor, form=refused(values, problem))
    async with visitor.context.db.transaction() as tx:
        member = await tx.session.get_one(Member, visitor.actor.member_id)
        member.name, member.language = name, language
    response = see_other("/desk/settings?saved")
    set_cookie(response, visitor.context, LANGUAGE_COOKIE, language)
    return response


async def shortcuts(request: Request) -> Response:
    visitor = await desk_visit(request)
    return await visitor.render("desk/shortcuts.html", saved="saved" in request.query_params)


async def save_shortcuts(request: Request) -> Response:
    """Whether single keys do something on the desk, for the member alone."""
    visitor = await desk_visit(request)
    async with request.form() as form:
        on = form.get("shortcuts") == "on"
    async with visitor.context.db.transaction() as tx:
        member = await tx.session.get_one(Member, visitor.actor.member_id)
        member.shortcuts = on
    return see_other("/desk/settings/shortcuts?saved")


async def save_password(request: Request) -> Response:
    """A new password ends every other session of the member."""
    visitor = await desk_visit(request)
    async with request.form() as form:
        values = values_of(form)
    try:
        await _change_password(visitor, values)
    except Problem as problem:
        with i18n.speaking(visitor.language):
            return await _settings(visitor, password_form=refused({}, problem))
    return see_other("/desk/settings?saved")


async def _change_password(visitor: Visit, values: dict[str, Any]) -> None:
    await visitor.context.limits.signing_in.take(f"account {visitor.actor.email}")
    async with visitor.context.db.transaction() as tx:
        member = await tx.session.get_one(Member, visitor.actor.member_id)
        if member.password_hash and not password_fits(member, str(values.get("current_password", ""))):
            wrong = "This is not your password."
            raise Problem("invalid", wrong, errors=[FieldError("current_password", "wrong", wrong)])
        try:
            member.password_hash = hash_password(str(values.get("new_password", "")))
        except Problem as problem:
            errors = [FieldError("new_password", "too_short", problem.detail)]
            raise Problem("invalid", problem.detail, errors=errors) from None
        await end_sessions(tx, member.id, but=visitor.actor.ticket)
        record(tx, visitor.actor, "password_changed")


async def sign_out_elsewhere(request: Request) -> Response:
    """Ends every other session of one's own; this one stays."""
    visitor = await desk_visit(request)
    async with visitor.context.db.transaction() as tx:
        ended = await end_sessions(tx, visitor.actor.member_id, but=visitor.actor.ticket)
        record(tx, visitor.actor, "signed_out_everywhere", visitor.actor.email, sessions=ended)
    return see_other("/desk/settings?elsewhere")


async def _admission(visitor: Visit, email: str, password: str, where: str) -> Admission:
    async with visitor.context.db.read() as session:
        member = await member_by_email(session, email[:254])
    # argon2 takes its time on purpose; meanwhile everybody else goes on
    fits = await asyncio.to_thread(password_fits, member, password)
    async with visitor.context.db.transaction() as tx:
        if member is not None and fits:
            return await admit(tx, visitor, member, "password", where)
        if member is not None:  # of nobody's address nothing is kept: people type passwords there
            note(tx, visitor, member, "sign_in_failed", "password")
    raise Problem("unauthenticated", "Address and password do not belong together.")


async def _settings(
    visitor: Visit, *, form: Form | None = None, password_form: Form | None = None, saved: bool = False
) -> Response:
    async with visitor.context.db.read() as session:
        team = await members(session)
        me = await session.get_one(Member, visitor.actor.member_id)
    profile = {"name": me.name, "email": me.email, "language": me.language or visitor.language}
    context: dict[str, Any] = {
        "profile": profile,
        "team": team,
        "form": form,
        "password_form": password_form,
        "saved": saved,
        "elsewhere": "elsewhere" in visitor.request.query_params,
    }
    status = 422 if form or password_form else 200
    has_password = me.password_hash is not None
    return await visitor.render(
        "desk/settings.html",
        status_code=status,
        has_password=has_password,
        **context,
    )
