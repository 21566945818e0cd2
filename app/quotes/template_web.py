"""The team's page of quote templates, and the owner's choice of when customers are reminded."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app import i18n
from app.audit.recording import record
from app.errors import Problem
from app.forms import Form, refused, values_of, whole
from app.mail.web import owner_visit
from app.orders.web import desk_visit
from app.quotes import editor
from app.quotes.queries import current_templates
from app.quotes.reminding import DAYS, reminder_days, save_days
from app.quotes.templates import archived_templates, template_for
from app.web import Visit, see_other

HOME = "/desk/settings/quotes"


async def page(request: Request) -> Response:
    visitor = await desk_visit(request)
    return await _home(visitor)


async def save_reminder(request: Request) -> Response:
    visitor = await owner_visit(request)
    async with request.form() as form:
        values = values_of(form)
    try:
        async with visitor.context.db.transaction() as tx:
            if await save_days(tx.session, str(values.get(DAYS, ""))):
                record(tx, visitor.actor, "quote_settings", fields=[DAYS])
    except Problem as problem:
        with i18n.speaking(visitor.language):
            again = refused(values, problem)
        return await _home(visitor, again, problem.status)
    return see_other(f"{HOME}?saved")


async def new(request: Request) -> Response:
    visitor = await desk_visit(request)
    return await _form(visitor, Form(editor.with_rows({}, [editor.new_row()] * editor.FIRST_ROWS)), None)


async def edit(request: Request) -> Response:
    visitor, key = await _named(request)
    async with visitor.context.db.read() as session:
        template = await template_for(session, key)
    currency, language = visitor.context.shop.currency, visitor.language
    today = visitor.context.shop.today(visitor.context.db.clock())
    values = editor.from_template(template, currency, language, today)
    values |= {"name": template.name, "valid_days": str(template.valid_days or "")}
    return await _form(visitor, Form(values), key)


async def save(request: Request) -> Response:
    """A new template, or (with an id in the path) all of one anew; or a button of its form."""
    visitor = await desk_visit(request)
    key = whole(request.path_params["id"]) if "id" in request.path_params else None
    async with request.form(max_fields=1500) as form:
        values = values_of(form)
    stepped = editor.stepped(values, str(values.get("step", "")))
    if stepped is not None:
        return await _form(visitor, Form(stepped), key)
    try:
        data = editor.template_of(values, visitor.context.shop.currency, visitor.language)
        verb = "quote_templates.create" if key is None else "quote_templates.update"
        named = data if key is None else data | {"id": key}
        await visitor.context.do(visitor.actor, verb, None, named, None)
    except Problem as problem:
        if problem.status == 404:
            raise
        with i18n.speaking(visitor.language):
            again = refused(values, editor.named_as_typed(problem, values))
        return await _form(visitor, again, key, problem.status)
    return see_other(f"{HOME}?saved")


async def archive(request: Request) -> Response:
    return await _move(request, "archive", "archived")


async def restore(request: Request) -> Response:
    return await _move(request, "restore", "restored")


async def _move(request: Request, verb: str, said: str) -> Response:
    visitor, key = await _named(request)
    try:
        await visitor.context.do(visitor.actor, f"quote_templates.{verb}", None, {"id": key}, None)
    except Problem as problem:
        if problem.status == 404:
            raise
        with i18n.speaking(visitor.language):
            again = Form(
                {}, message=i18n.gettext(problem.errors[0].detail if problem.errors else problem.detail)
            )
        return await _home(visitor, again, problem.status)
    return see_other(f"{HOME}?{said}={key}")


async def _named(request: Request) -> tuple[Visit, int]:
    visitor = await desk_visit(request)
    key = whole(request.path_params["id"])
    if not isinstance(key, int):
        raise Problem("not_found", "There is no such template.")
    return visitor, key


async def _home(visitor: Visit, form: Form | None = None, status_code: int = 200) -> Response:
    async with visitor.context.db.read() as session:
        context: dict[str, Any] = {
            "current": await current_templates(session),
            "archived": await archived_templates(session),
            "days": await reminder_days(session),
        }
    query = visitor.request.query_params
    said = next((name for name in ("saved", "archived", "restored") if name in query), "")
    gone = whole(query.get("archived", ""))
    undo = next((template.id for template in context["archived"] if template.id == gone), None)
    context |= {"form": form, "said": said, "undo": undo}
    return await visitor.render("quotes/templates.html", status_code=status_code, **context)


async def _form(visitor: Visit, form: Form, key: int | None, status_code: int = 200) -> Response:
    form.rows = editor.rows_of(form.values) or [editor.new_row()]
    context: dict[str, Any] = {"form": form, "key": key, "currency": visitor.context.shop.currency}
    return await visitor.render("quotes/template.html", status_code=status_code, **context)
