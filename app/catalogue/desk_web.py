"""The team's pages of the catalogue: the list that is sorted by hand, what is archived, the preview."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app import i18n
from app.author import NOBODY
from app.catalogue.queries import any_product, archived, sections
from app.catalogue.views import ProductView
from app.errors import Problem
from app.forms import Form, refused, values_of, whole
from app.orders.model import METHODS
from app.orders.web import desk_visit
from app.web import Visit, see_other

BASE = "/desk/catalogue"
MOVES = frozenset({"up", "down"})


async def page(request: Request) -> Response:
    return await _page(await desk_visit(request))


async def move(request: Request) -> Response:
    """`products`, ids with spaces between, go before `before`; the keyboard stays where it was."""
    visitor = await desk_visit(request)
    values = await _values(request)
    ids = [whole(each) for each in str(values.get("products", "")).split()[:1000]]
    data = {"products": ids, "before": whole(values.get("before") or None)}
    try:
        await visitor.context.do(visitor.actor, "products.move", None, data, None)
    except Problem as problem:
        return await _refused(visitor, problem)
    at, by = str(values.get("at", "")), values.get("by")
    known = at.isascii() and at.replace("-", "").isalnum() and len(at) < 24 and by in MOVES
    return see_other(f"{BASE}?at={at}&by={by}" if known else BASE)


async def rename(request: Request) -> Response:
    visitor = await desk_visit(request)
    values = await _values(request)
    data = {name: str(values.get(name, "")) for name in ("category", "name")}
    try:
        await visitor.context.do(visitor.actor, "categories.rename", None, data, None)
    except Problem as problem:
        return await _refused(visitor, problem)
    return see_other(f"{BASE}?renamed")


async def archive(request: Request) -> Response:
    return await _done(request, "products.archive", "archived")


async def restore(request: Request) -> Response:
    return await _done(request, "products.restore", "restored")


async def preview(request: Request) -> Response:
    """A product as customers see it, archived or not."""
    visitor = await desk_visit(request)
    return await as_seen(visitor, await product_of(visitor, request.path_params["id"]))


async def as_seen(visitor: Visit, product: ProductView) -> Response:
    """The shop's own page of a product, for who looks at it from the desk: nothing in it can be ordered."""
    shown = Visit(visitor.request, "customer", NOBODY)
    shown.language = visitor.language
    methods = ["online"] if product.plan else list(METHODS)
    values: dict[str, Any] = {
        "product": product,
        "methods": methods,
        "form": None,
        "known": None,
        "card": None,
    }
    return await shown.render("shop/product.html", preview=True, **values)


async def product_of(visitor: Visit, number: int) -> ProductView:
    async with visitor.context.db.read() as session:
        found = await any_product(session, number)
    if found is None:
        raise Problem("not_found", "There is no such product.")
    return found


async def _done(request: Request, verb: str, said: str) -> Response:
    visitor, number = await desk_visit(request), request.path_params["id"]
    await visitor.context.do(visitor.actor, verb, None, {"id": number}, None)
    return see_other(f"{BASE}?{said}={number}")


async def _refused(visitor: Visit, problem: Problem) -> Response:
    with i18n.speaking(visitor.language):
        why = refused({}, problem)
        why.message = i18n.gettext(problem.detail)
    return await _page(visitor, why, problem.status)


async def _page(visitor: Visit, why: Form | None = None, status_code: int = 200) -> Response:
    query = visitor.request.query_params
    async with visitor.context.db.read() as session:
        live, gone = await sections(session), await archived(session)
    named = {str(product.id): product for _, products in live for product in products}
    named |= {str(product.id): product for product in gone}
    values: dict[str, Any] = {"sections": live, "archived": gone, "why": why, "renamed": "renamed" in query}
    values |= {f"just_{said}": named.get(query.get(said, "")) for said in ("archived", "restored", "saved")}
    values["focus"] = (query.get("at"), query.get("by"))
    return await visitor.render("desk/catalogue.html", status_code=status_code, **values)


async def _values(request: Request) -> dict[str, Any]:
    async with request.form() as form:
        return values_of(form)
