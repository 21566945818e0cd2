"""Pages of one's own tokens: a member's in the settings, a customer's beside My orders."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app import i18n
from app.errors import Problem
from app.forms import Form, refused, values_of
from app.orders.web import visit_of
from app.team.tokens import NewToken, make_token, revoke_own, tokens_of, tokens_of_others
from app.verb import validate
from app.web import Visit, see_other

PATHS = {"team": "/desk/settings/tokens", "customer": "/account/tokens"}


async def tokens(request: Request) -> Response:
    visitor = await _visit(request)
    return await _page(visitor, revoked="revoked" in request.query_params)


async def create_token(request: Request) -> Response:
    """Answers with the token itself, this once: it is in no address, and nowhere to be read again."""
    visitor = await _visit(request)
    async with request.form() as form:
        values = values_of(form)
    try:
        named = {name: values[name] for name in ("name", "scope") if name in values}
        wanted: Any = validate(NewToken, named)
        async with visitor.context.db.transaction() as tx:
            secret = await make_token(tx, visitor.actor, wanted)
    except Problem as problem:
        with i18n.speaking(visitor.language):
            again = refused(values, problem)
        return await _page(visitor, form=again, status_code=problem.status)
    return await _page(visitor, secret=secret, status_code=201)


async def revoke_token(request: Request) -> Response:
    visitor = await _visit(request)
    async with visitor.context.db.transaction() as tx:
        await revoke_own(tx, visitor.actor, request.path_params["id"])
    return see_other(f"{PATHS[visitor.side]}?revoked")


async def _visit(request: Request) -> Visit:
    """Of somebody with a name to us: a guest's browser has no tokens. Raises 401."""
    visitor = await visit_of(request)
    if not (visitor.actor.member_id or visitor.actor.customer_id):
        raise Problem("unauthenticated", "Please sign in.")
    return visitor


async def _page(
    visitor: Visit, *, status_code: int = 200, form: Form | None = None, **values: Any
) -> Response:
    async with visitor.context.db.read() as session:
        own = await tokens_of(session, visitor.actor)
        others = await tokens_of_others(session, visitor.actor) if visitor.actor.role == "owner" else []
    context: dict[str, Any] = {"secret": None, "revoked": False} | values
    context |= {"tokens": own, "others": others, "form": form, "base": PATHS[visitor.side]}
    side = "desk" if visitor.side == "team" else "shop"
    return await visitor.render(f"{side}/tokens.html", status_code=status_code, **context)
