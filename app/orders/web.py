"""Pages of orders, and the form door of every verb on one, for both sides of the house."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from app import access, i18n
from app.attachments.forms import chosen, sent_before, uploaded
from app.entries import Side
from app.errors import Problem
from app.forms import Form, data_of, refused, values_of, whole
from app.founding.steps import Step, open_steps
from app.log import read_before
from app.messages.queries import amendable
from app.orders.boxes import NAMES
from app.orders.lists import list_context, rows_fragment
from app.orders.model import Order
from app.orders.queries import order_view, page
from app.orders.timeline import entry_views
from app.orders.views import OrderView
from app.quotes import door as quote_door
from app.quotes import editor as quote_editor
from app.quotes import seeing
from app.quotes.queries import current_templates
from app.verb import Verb
from app.web import Visit, see_other, visit, waiting

ENTRIES = 50
NEWEST = 2**31 - 1
PARTIALS = {
    "messages.send": "orders/_composer.html",
    "notes.add": "orders/_composer.html",
    "messages.correct": "orders/_form_correct.html",
    "messages.withdraw": "orders/_form_take_back.html",
    "labels.add": "orders/_form_label.html",
    "labels.remove": "orders/_form_label.html",
    "quotes.send": "orders/_form_quote.html",
    "quotes.approve": "orders/_form_quote_approve.html",
    "quotes.reject": "orders/_form_quote_reject.html",
    "quotes.counter": "orders/_form_quote_counter.html",
    "quotes.cancel": "orders/_form_quote_cancel.html",
    "orders.set_payment_method": "orders/_form_method.html",
    "payments.request": "payments/_form_request.html",
    "payments.record": "payments/_form_record.html",
    "payments.refund": "payments/_form_refund.html",
    "payments.withdraw": "payments/_form_withdraw.html",
}


async def shop_order(request: Request) -> Response:
    visitor = await visit(request, "customer")
    return await _order_page(visitor, request.path_params["number"])


async def desk_order(request: Request) -> Response:
    visitor = await desk_visit(request)
    return await _order_page(visitor, request.path_params["number"])


async def shop_orders(request: Request) -> Response:
    visitor = await visit(request, "customer")
    rows, after = await _page(visitor, "all")
    return await visitor.render("shop/orders.html", rows=rows, next=after)


async def shop_rows(request: Request) -> Response:
    visitor = await visit(request, "customer")
    rows, after = await _page(visitor, "all")
    return visitor.fragment("shop/_rows.html", rows=rows, next=after)


async def desk_home(request: Request) -> Response:
    return see_other("/desk/inbox")


async def desk_box(request: Request) -> Response:
    visitor = await desk_visit(request)
    listed = await list_context(visitor, request.path_params["box"])
    return await visitor.render("desk/box.html", first_steps=await _first_steps(visitor), **listed)


async def desk_rows(request: Request) -> Response:
    visitor = await desk_visit(request)
    return await rows_fragment(visitor)


async def entries(request: Request) -> Response:
    """Entries before ?before=SEQ, as a fragment; without JavaScript, the page from there."""
    visitor = await visit_of(request)
    before = request.query_params.get("before", "")
    if not before.isascii() or not before.isdigit() or len(before) > 10:
        raise Problem("malformed", "Before which entry?")
    async with visitor.context.db.read() as session:
        order = await access.order_for(session, visitor.actor, request.path_params["number"])
        shown = await _timeline(session, visitor, order, min(int(before), NEWEST))
        view = await order_view(session, order, visitor.actor, visitor.context.shop)
    if request.headers.get("sec-fetch-mode") == "navigate":
        return await _show(visitor, view, shown, order)
    body = visitor.fragment("orders/_entries.html", base=view.base, forms={}, audience=visitor.side, **shown)
    body.headers["X-More"] = "true" if shown["more"] else "false"
    return body


async def desk_visit(request: Request) -> Visit:
    """A member's visit. Raises 401, which leads to the sign-in page."""
    visitor = await visit(request, "team")
    if visitor.actor.member_id is None:
        raise Problem("unauthenticated", "Please sign in.")
    return visitor


async def visit_of(request: Request) -> Visit:
    if request.url.path.startswith("/desk"):
        return await desk_visit(request)
    return await visit(request, "customer")


def do(verb: Verb) -> Any:
    """The form door of a verb on an order."""

    async def handle(request: Request) -> Response:
        visitor = await visit_of(request)
        if request.headers.get("content-type", "").startswith("multipart/"):
            await _ask(visitor, request.path_params["number"])  # it may be large
        async with request.form(max_files=20, max_fields=1500, max_part_size=256 * 1024) as form:
            return await _do(visitor, verb, request.path_params, values_of(form), chosen(form))

    return handle


async def _ask(visitor: Visit, number: str) -> None:
    async with visitor.context.db.read() as session:
        await access.order_for(session, visitor.actor, number)


async def _do(
    visitor: Visit, verb: Verb, path: dict[str, Any], values: dict[str, Any], files: list[UploadFile]
) -> Response:
    number, shop = path["number"], visitor.context.shop
    if not all(isinstance(whole(path.get(name, "1")), int) for name in ("version", "payment", "seq")):
        raise Problem("not_found", "There is nothing here.")
    given = values | {name: value for name, value in path.items() if name != "number"}
    try:
        if files and "attachments" in verb.schema.model_fields:
            async with visitor.context.db.read() as session:
                if await sent_before(session, visitor.actor, number, values.get("cid")):
                    return see_other(visitor.root + _base(visitor.side, number))
            await uploaded(visitor.context, visitor.actor, number, given, files)
        step = await _step(visitor, verb, number, values)
        if step is not None:
            return await _form(visitor, verb, number, step, path)
        read = quote_editor.data_of if verb.name == "quotes.send" else partial(data_of, verb.schema)
        data = read(given, shop.currency, visitor.language)
        with i18n.speaking(visitor.language):
            await visitor.context.do(visitor.actor, verb.name, number, data, values.get("cid"))
    except Problem as problem:
        return await _refused(visitor, verb, path, given, problem)
    if visitor.htmx:
        return Response(status_code=204)
    if verb.name == "orders.unread":  # to show the order again would be to read it
        return see_other("/desk/inbox")
    return see_other(visitor.root + _base(visitor.side, number))


async def _step(visitor: Visit, verb: Verb, number: str, values: dict[str, Any]) -> Form | None:
    """The form again where a button of it asked for no more than that."""
    if verb.name == "quotes.send":
        return await quote_door.stepped(visitor, number, values)
    return Form(values) if values.get("step") == "preview" else None


async def _refused(visitor: Visit, verb: Verb, path: Any, values: Any, problem: Problem) -> Response:
    if problem.status in (401, 404):
        raise problem
    if verb.name == "quotes.send":
        problem = quote_editor.named_as_typed(problem, values)
    with i18n.speaking(visitor.language):
        form = refused(values, problem)
    response = await _form(visitor, verb, path["number"], form, path)
    response.status_code = problem.status
    return waiting(response, problem)


async def _form(visitor: Visit, verb: Verb, number: str, form: Form, path: Any) -> Response:
    """The form alone for htmx, else the whole page with that form open."""
    async with visitor.context.db.read() as session:
        order = await access.order_for(session, visitor.actor, number)
        view = await order_view(session, order, visitor.actor, visitor.context.shop)
        await _add_templates(visitor, session, view)
        shown = await _timeline(session, visitor, order, NEWEST)
    if verb.name == "quotes.send":
        form.rows = quote_editor.rows_of(form.values)
    if not visitor.htmx:
        return await _show(visitor, view, shown, order, {verb.name: form})
    name = PARTIALS.get(verb.name, f"orders/_form_{verb.name.removeprefix('orders.')}.html")
    version = whole(path.get("version"))
    quote = view.quote if view.quote and view.quote.version == version else {"version": version}
    context: dict[str, Any] = {
        "order": view,
        "base": view.base,
        "audience": visitor.side,
        "form": form,
        "quote": quote,
        "payment": next((found for found in view.payments if found.id == whole(path.get("payment"))), None),
    }
    return visitor.fragment(name, forms={verb.name: form}, **context)


async def _order_page(visitor: Visit, number: str) -> Response:
    async with visitor.context.db.read() as session:
        order = await access.order_for(session, visitor.actor, number)
        view = await order_view(session, order, visitor.actor, visitor.context.shop)
        await _add_templates(visitor, session, view)
        # read after the head, so that the page never claims to have seen more than it shows
        shown = await _timeline(session, visitor, order, view.head + 1)
        begun = await quote_door.begun(visitor, session, order, view.quote)
    if begun is None:
        page = await _show(visitor, view, shown, order)
        await seeing.showed(visitor, view, shown["entries"])
        return page
    begun.rows = quote_editor.rows_of(begun.values)
    return await _show(visitor, view, shown, order, {"quotes.send": begun})


async def _add_templates(visitor: Visit, session: AsyncSession, view: OrderView) -> None:
    """Only pages have the form of a quote; frames never bring it."""
    if visitor.side == "team":
        view.quote_templates = await current_templates(session)


async def _show(
    visitor: Visit, view: Any, shown: dict[str, Any], order: Order, forms: dict[str, Form] | None = None
) -> Response:
    context = {"order": view, "base": view.base, "audience": visitor.side, "forms": forms or {}} | shown
    person = visitor.actor.as_author(order).person
    context["amendable"] = amendable(shown["entries"], person, datetime.now(UTC))
    if visitor.side == "customer":
        return await visitor.render("shop/order.html", person=person, **context)
    box = visitor.request.query_params.get("box", "")
    listed = await list_context(visitor, box if box in NAMES else _box_of(view))
    return await visitor.render("desk/order.html", **listed, **context)


def _box_of(view: Any) -> str:
    return "inbox" if "inbox" in view.boxes else str(view.status)


async def _timeline(session: Any, visitor: Visit, order: Order, before: int) -> dict[str, Any]:
    found = await read_before(session, order.id, before, ENTRIES + 1, visitor.side)
    views = await entry_views(session, found[-ENTRIES:], visitor.side, visitor.context.shop)
    return {"entries": views, "more": len(found) > ENTRIES}


async def _page(visitor: Visit, box: str) -> Any:
    query = visitor.request.query_params
    async with visitor.context.db.read() as session:
        q, cursor = query.get("q", "")[:200], query.get("cursor", "")[:200]
        return await page(session, visitor.actor, visitor.context.shop, box, q, cursor)


async def _first_steps(visitor: Visit) -> Sequence[Step]:
    if visitor.actor.role != "owner":
        return ()
    async with visitor.context.db.read() as session:
        return await open_steps(visitor.context, session)


def _base(side: Side, number: str) -> str:
    return f"/desk/orders/{number}" if side == "team" else f"/orders/{number}"
