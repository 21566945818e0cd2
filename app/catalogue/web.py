"""The shop window: the catalogue, a product, and the form that places an order."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app import i18n
from app.catalogue.queries import products_by_id, sections
from app.catalogue.views import ProductView
from app.errors import Problem
from app.forms import Form, refused, values_of
from app.operations.addresses import address_of
from app.orders.model import FIRST, METHODS
from app.payments.cards import account_card
from app.payments.views import card_view
from app.team.sessions import grant
from app.web import Visit, see_other, visit, waiting


async def home(request: Request) -> Response:
    visitor = await visit(request, "customer")
    async with visitor.context.db.read() as session:
        offered = await sections(session)
    wanted = request.query_params.get("category")
    known = [name for name, _ in offered]
    shown = [section for section in offered if wanted not in known or section[0] == wanted]
    category = wanted if wanted in known else None
    return await visitor.render("shop/catalogue.html", sections=shown, categories=known, category=category)


async def product(request: Request) -> Response:
    visitor = await visit(request, "customer")
    return await _page(visitor, await product_of(visitor, request.path_params["id"]), None)


async def place(request: Request) -> Response:
    """The order form: one product, for oneself; the browser that placed an order may see it."""
    visitor = await visit(request, "customer")
    async with request.form(max_fields=300, max_part_size=256 * 1024) as form:
        values = values_of(form)
    chosen = await product_of(visitor, values.get("product"))
    address = address_of(request.scope) or "here"
    try:
        await visitor.context.limits.placing.take(address)
        with i18n.speaking(visitor.language):
            data = order_data(visitor, [line_of(chosen, values)], values)
            done = await visitor.context.do(visitor.actor, "orders.place", None, data, values.get("cid"))
    except Problem as problem:
        return await refused_page(visitor, chosen, values, problem)
    assert done.order_id is not None
    return await to_order(visitor, done.order_id)


async def to_order(visitor: Visit, order_id: int) -> Response:
    """On to the order; a browser that nobody is signed in with is granted it."""
    response = see_other(f"{visitor.root}/orders/{order_id + FIRST}{'?placed' if visitor.panel else ''}")
    if visitor.actor.customer_id is None:
        async with visitor.context.db.transaction() as tx:
            secret = await grant(tx, visitor.actor, order_id)
        if secret:
            visitor.keep(response, secret)
    return response


async def refused_page(
    visitor: Visit, chosen: ProductView, values: dict[str, Any], problem: Problem
) -> Response:
    """The product again, as typed, with what is wrong."""
    with i18n.speaking(visitor.language):
        form = refused(values, problem)
        shown = {f"option-{option.id}" for option in chosen.options}
        shown |= {"quantity", "starts_on", "note", "payment_method", "name", "email"}
        if not form.errors.keys() <= shown:
            form.message = i18n.gettext(problem.detail)
    return waiting(await _page(visitor, chosen, form, problem.status), problem)


async def buyer(visitor: Visit) -> dict[str, Any]:
    """Who orders, when they are signed in, and the card that would pay."""
    actor, card = visitor.actor, None
    if actor.customer_id:
        async with visitor.context.db.read() as session:
            card = await account_card(session, actor.customer_id, visitor.context.shop.gateway)
    known = {"name": actor.name, "email": actor.email} if actor.customer_id else None
    return {"known": known, "card": card_view(card)}


async def product_of(visitor: Visit, number: object) -> ProductView:
    """What is offered under this number. Raises 404."""
    text = str(number)
    if text.isascii() and text.isdigit() and len(text) < 10:
        async with visitor.context.db.read() as session:
            found = (await products_by_id(session, [int(text)])).get(int(text))
        if found is not None:
            return found
    raise Problem("not_found", "There is no such product.")


def line_of(chosen: ProductView, values: dict[str, Any]) -> dict[str, Any]:
    """What a product's form says, as a line of orders.place."""
    line: dict[str, Any] = {"product": chosen.id, "quantity": _whole(values.get("quantity", "1"))}
    if values.get("terms"):
        line["terms"] = values["terms"]
    line["options"] = [
        {"option": option.id, "value": values[name]}
        for option in chosen.options
        if (name := f"option-{option.id}") in values
    ]
    return line


def order_data(visitor: Visit, lines: list[dict[str, Any]], values: dict[str, Any]) -> dict[str, Any]:
    """Data of orders.place from what a form says beside the lines."""
    data: dict[str, Any] = {"lines": lines, "payment_method": values.get("payment_method")}
    data |= {name: values[name] for name in ("starts_on", "note") if values.get(name)}
    if values.get("agreed_terms"):
        data["agreed_terms"] = _whole(values["agreed_terms"])
    if visitor.actor.customer_id is None:
        data["customer"] = {"email": values.get("email", ""), "name": values.get("name", "")}
    return data


async def _page(visitor: Visit, chosen: ProductView, form: Form | None, status: int = 200) -> Response:
    methods = ["online"] if chosen.plan else list(METHODS)
    context: dict[str, Any] = {"product": chosen, "form": form, "methods": methods}
    return await visitor.render("shop/product.html", status_code=status, **context, **await buyer(visitor))


def _whole(text: Any) -> Any:
    plain = isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 10
    return int(text) if plain else text
