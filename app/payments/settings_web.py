"""The owner's page of settings about money."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app import i18n
from app.audit.recording import record
from app.errors import FieldError, Problem
from app.forms import Form, refused, values_of
from app.mail.web import owner_visit
from app.money_settings import money_settings, save
from app.web import Visit, see_other

MOST = 500
TEXTS = ("bank_details", "address", "tax_number", "retry_days")


async def settings(request: Request) -> Response:
    visitor = await owner_visit(request)
    return await _page(visitor, None, saved="saved" in request.query_params)


async def save_settings(request: Request) -> Response:
    visitor = await owner_visit(request)
    async with request.form() as form:
        values = values_of(form)
    try:
        texts = {name: _text(name, values.get(name, "")) for name in TEXTS}
        may = "yes" if values.get("customers_may_cancel") in ("true", "on") else "no"
        async with visitor.context.db.transaction() as tx:
            changed = await save(tx.session, texts | {"customers_may_cancel": may})
            if changed:
                record(tx, visitor.actor, "money_settings", fields=changed)
    except Problem as problem:
        with i18n.speaking(visitor.language):
            again = refused(values, problem)
        return await _page(visitor, again, status_code=problem.status)
    return see_other("/desk/settings/money?saved")


def _text(name: str, value: Any) -> str:
    text = str(value).strip()
    if len(text) > MOST or "\x00" in text:
        raise Problem("invalid", "", errors=[FieldError(name, "string_too_long", "This is too long.")])
    return text


async def _page(
    visitor: Visit, form: Form | None, *, saved: bool = False, status_code: int = 200
) -> Response:
    async with visitor.context.db.read() as session:
        known = await money_settings(session)
    context: dict[str, Any] = {"money": known, "form": form, "saved": saved}
    gateway = visitor.context.gateway.name
    return await visitor.render("payments/settings.html", status_code=status_code, gateway=gateway, **context)
