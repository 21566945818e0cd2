"""The owner's page of the sites that may show the panel, and what they include for it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app import i18n
from app.audit.recording import record
from app.catalogue.queries import catalogue
from app.embed.origins import embed_origins, save_origins
from app.errors import Problem
from app.forms import Form, refused, values_of
from app.mail.web import owner_visit
from app.web import Visit, see_other


async def settings(request: Request) -> Response:
    visitor = await owner_visit(request)
    return await _page(visitor, None, saved="saved" in request.query_params)


async def save_settings(request: Request) -> Response:
    visitor = await owner_visit(request)
    async with request.form() as form:
        values = values_of(form)
    try:
        async with visitor.context.db.transaction() as tx:
            before = await embed_origins(tx.session)
            await save_origins(tx.session, str(values.get("origins", "")))
            if await embed_origins(tx.session) != before:
                record(tx, visitor.actor, "embed_settings")
    except Problem as problem:
        with i18n.speaking(visitor.language):
            again = refused(values, problem)
        return await _page(visitor, again, status_code=problem.status)
    return see_other("/desk/settings/embed?saved")


async def _page(
    visitor: Visit, form: Form | None, *, saved: bool = False, status_code: int = 200
) -> Response:
    async with visitor.context.db.read() as session:
        origins = await embed_origins(session)
        products = await catalogue(session)
    start = f'<script src="{visitor.context.shop.public_url}/embed.js"'
    snippets = [("", f"{start} async></script>")]
    snippets += [(each.title, f'{start} data-product="{each.id}" async></script>') for each in products]
    shown: dict[str, Any] = {"origins": origins, "snippets": snippets}
    shown |= {"form": form, "saved": saved}
    return await visitor.render("desk/embed.html", status_code=status_code, **shown)
