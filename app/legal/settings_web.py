"""The owner's page of one text: write it in both languages, look at it, put it into force."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app import i18n
from app.errors import Problem
from app.forms import Form, refused, values_of
from app.i18n import LANGUAGES
from app.legal.actions import checked, publish
from app.legal.markup import html_of
from app.legal.queries import versions
from app.mail.web import owner_visit
from app.shop import LEGAL
from app.web import Visit, see_other


async def page(request: Request) -> Response:
    visitor = await _visit(request)
    return await _page(visitor, saved="saved" in request.query_params)


async def save(request: Request) -> Response:
    """`step` preview shows what was typed as everybody would read it, and changes nothing."""
    visitor = await _visit(request)
    async with request.form(max_part_size=512 * 1024) as form:
        values = values_of(form)
    kind = request.path_params["kind"]
    try:
        texts = checked(values)
        if values.get("step") == "preview":
            return await _page(visitor, Form(values, preview=_previews(texts)))
        async with visitor.context.db.transaction() as tx:
            await publish(tx, visitor.actor, kind, texts)
    except Problem as problem:
        with i18n.speaking(visitor.language):
            again = refused(values, problem)
        return await _page(visitor, again, status_code=problem.status)
    await visitor.context.refresh()
    return see_other(f"/desk/settings/shop/texts/{kind}?saved")


async def _visit(request: Request) -> Visit:
    visitor = await owner_visit(request)
    if request.path_params["kind"] not in LEGAL:
        raise Problem("not_found", "There is no such text.")
    return visitor


def _previews(texts: dict[str, str]) -> list[tuple[str, Any]]:
    return [(language, html_of(texts[language])) for language in LANGUAGES if texts[language]]


async def _page(
    visitor: Visit, form: Form | None = None, *, saved: bool = False, status_code: int = 200
) -> Response:
    kind = visitor.request.path_params["kind"]
    async with visitor.context.db.read() as session:
        known = await versions(session, kind)
    shown = {"kind": kind, "versions": known, "form": form, "saved": saved}
    return await visitor.render("desk/legal.html", status_code=status_code, **shown)
