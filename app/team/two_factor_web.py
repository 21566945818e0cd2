"""The second factor's pages: one's own settings, and the question at the door."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app import i18n
from app.access import as_member
from app.audit.recording import record
from app.errors import Problem
from app.forms import Form, refused, values_of
from app.orders.web import desk_visit
from app.team import two_factor
from app.team.admission import HALF, PAGE, Admission, Half, answer, half_of, note
from app.team.model import Member
from app.team.sessions import start
from app.web import Visit, see_other, visit, waiting

BASE = "/desk/settings/two-factor"


async def settings(request: Request) -> Response:
    return await _page(await desk_visit(request))


async def begin(request: Request) -> Response:
    visitor = await desk_visit(request)
    try:
        async with visitor.context.db.transaction() as tx:
            await two_factor.begin(tx, visitor.actor)
    except Problem as problem:
        return await _again(visitor, problem)
    return see_other(BASE)


async def confirm(request: Request) -> Response:
    return await _with_code(request, "confirm")


async def new_codes(request: Request) -> Response:
    return await _with_code(request, "new_codes")


async def switch_off(request: Request) -> Response:
    return await _with_code(request, "off")


async def ask(request: Request) -> Response:
    """After password or link; whoever gave neither is sent back to the beginning."""
    visitor = await visit(request, "team")
    if half_of(visitor) is None:
        return see_other("/desk/sign-in")
    return await visitor.render("desk/sign_in_code.html", form=None)


async def check(request: Request) -> Response:
    visitor = await visit(request, "team")
    half, code = half_of(visitor), await _code(request)
    if half is None:
        return see_other("/desk/sign-in")
    try:
        await visitor.context.limits.second_factor.take(f"member {half.member_id}")
        secret = await _finish(visitor, half, code)
    except Problem as problem:
        if problem.status == 401:
            return see_other("/desk/sign-in")
        await _failed(visitor, half, problem)
        with i18n.speaking(visitor.language):
            form = refused({}, problem)
        page = await visitor.render("desk/sign_in_code.html", status_code=problem.status, form=form)
        return waiting(page, problem)
    response = answer(visitor, Admission(secret, half=False), half.where)
    response.delete_cookie(HALF, path=PAGE)
    return response


async def _finish(visitor: Visit, half: Half, code: str) -> str:
    """The secret of the session. Raises 422 for a wrong code, 401 when password or membership ended."""
    async with visitor.context.db.transaction() as tx:
        member = await tx.session.get_one(Member, half.member_id)
        if member.removed_at is not None or not half.of(member):
            raise Problem("unauthenticated", "You are signed out.")
        if member.totp_since is not None:  # else an owner reset it meanwhile
            left = await two_factor.use(tx, member.id, code)
            if left is not None:
                record(tx, as_member(member), "recovery_code_used", left=left)
        note(tx, visitor, member, "signed_in", half.how)
        return await start(tx, member_id=member.id, before=visitor.actor)


async def _failed(visitor: Visit, half: Half, problem: Problem) -> None:
    if problem.status == 422:
        async with visitor.context.db.transaction() as tx:
            member = await tx.session.get_one(Member, half.member_id)
            note(tx, visitor, member, "sign_in_failed", "code")


async def _with_code(request: Request, what: str) -> Response:
    visitor, code = await desk_visit(request), await _code(request)
    codes: list[str] = []
    try:
        await visitor.context.limits.second_factor.take(f"member {visitor.actor.member_id}")
        async with visitor.context.db.transaction() as tx:
            if what == "confirm":
                codes = await two_factor.confirm(tx, visitor.actor, code)
            elif what == "new_codes":
                codes = await two_factor.new_codes(tx, visitor.actor, code)
            else:
                await two_factor.switch_off(tx, visitor.actor, code)
    except Problem as problem:
        return await _again(visitor, problem, what)
    return await _page(visitor, 201, codes=codes) if codes else see_other(f"{BASE}?off")


async def _code(request: Request) -> str:
    async with request.form() as form:
        return str(values_of(form).get("code", ""))[:100]


async def _again(visitor: Visit, problem: Problem, what: str = "") -> Response:
    if problem.status not in (409, 422, 429):
        raise problem
    with i18n.speaking(visitor.language):
        form = refused({}, problem)
    return waiting(await _page(visitor, problem.status, form=form, what=what), problem)


async def _page(
    visitor: Visit, status_code: int = 200, *, form: Form | None = None, what: str = "", **values: Any
) -> Response:
    context: dict[str, Any] = {"form": form, "what": what, "codes": [], "picture": "", "secret": ""} | values
    async with visitor.context.db.read() as session:
        me = await session.get_one(Member, visitor.actor.member_id)
        context["left"] = await two_factor.codes_left(session, me.id)
    secret = two_factor.secret_of(visitor.context.shop, me) if me.totp_since is None else None
    if secret:
        context["secret"] = " ".join(secret[part : part + 4] for part in range(0, len(secret), 4))
        context["picture"] = two_factor.picture(visitor.context.shop, me, secret)
    context |= {"since": me.totp_since, "off": "off" in visitor.request.query_params}
    return await visitor.render("desk/two_factor.html", status_code=status_code, **context)
