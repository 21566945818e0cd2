"""The page on which a member places an order on a customer's behalf."""

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app import access, i18n
from app.catalogue.queries import sections
from app.catalogue.views import ProductView
from app.customers.queries import CustomerRow, customer_row, page
from app.errors import Problem
from app.forms import Form, values_of, whole
from app.money import Money
from app.orders.model import FIRST, METHODS
from app.orders.new_form import MOST_LINES, NewLine, NewOrder, refused_order
from app.orders.placing import price
from app.orders.schemas import WantedLine
from app.orders.web import desk_visit
from app.verb import validate
from app.web import Visit, see_other, waiting

FOUND = 8
STEP = re.compile(r"(remove|pick)\.(\d{1,9})")


async def new(request: Request) -> Response:
    """Empty; or for a customer, by `customer` (their id) or by `order` (the number of one of theirs)."""
    visitor = await desk_visit(request)
    order = NewOrder.read({"payment_method": METHODS[0]})
    _fill(order, await _customer(visitor))
    return await _page(visitor, order)


async def place(request: Request) -> Response:
    """Place it; or one step of putting it together."""
    visitor = await desk_visit(request)
    async with request.form(max_fields=3000, max_part_size=256 * 1024) as form:
        values = values_of(form)
    order, step = NewOrder.read(values), str(values.get("step", "look"))
    if step != "place":
        await _take(visitor, order, step, str(values.get("add", "")))
        return await _page(visitor, order)
    products = await _products(visitor)
    try:
        with i18n.speaking(visitor.language):
            data, cid = order.data(products), order.plain["cid"] or None
            done = await visitor.context.do(visitor.actor, "orders.place", None, data, cid)
    except Problem as problem:
        products = await _products(visitor)
        with i18n.speaking(visitor.language):
            again = refused_order(order, problem, products)
        return waiting(await _page(visitor, order, again, problem.status), problem)
    assert done.order_id is not None
    return see_other(f"/desk/orders/{done.order_id + FIRST}")


async def _take(visitor: Visit, order: NewOrder, step: str, added: str) -> None:
    """What a button said; what is no such step only looks again."""
    found = STEP.fullmatch(step)
    if step == "add" and added and len(order.lines) < MOST_LINES:
        order.lines.append(NewLine(added))
    elif found and found[1] == "remove" and int(found[2]) < len(order.lines):
        del order.lines[int(found[2])]
    elif found and found[1] == "pick":
        async with visitor.context.db.read() as session:
            _fill(order, await customer_row(session, int(found[2])))


def _fill(order: NewOrder, customer: CustomerRow | None) -> None:
    if customer is not None and customer.deleted_at is None:
        order.plain |= {"email": customer.email, "name": customer.name, "q": ""}


async def _customer(visitor: Visit) -> CustomerRow | None:
    query = visitor.request.query_params
    key = whole(query.get("customer", ""))
    async with visitor.context.db.read() as session:
        if "order" in query:
            key = (await access.order_for(session, visitor.actor, query["order"])).customer_id
        return await customer_row(session, key) if isinstance(key, int) else None


async def _products(visitor: Visit) -> dict[int, ProductView]:
    async with visitor.context.db.read() as session:
        offered = await sections(session)
    return {product.id: product for _, products in offered for product in products}


async def _page(
    visitor: Visit, order: NewOrder, form: Form | None = None, status_code: int = 200
) -> Response:
    q = order.plain["q"].strip()[:200].replace("\x00", "")
    async with visitor.context.db.read() as session:
        offered = await sections(session)
        found = (await page(session, q, None, FOUND))[0] if q else []
    products = {product.id: product for _, listed in offered for product in listed}
    shown = [(line, order.product(line, products)) for line in order.lines]
    values: dict[str, Any] = {"sections": offered, "lines": shown, "q": q}
    values["found"] = [row for row in found if row.deleted_at is None]
    values["total"], values["why"] = _total(visitor, order, products)
    values["with_plan"] = any(product and product.plan for _, product in shown)
    values["methods"] = METHODS[:1] if values["with_plan"] else METHODS
    values["by_quote"] = any(product and product.pricing == "by_quote" for _, product in shown)
    values["form"] = form or Form(order.values(products))
    return await visitor.render("desk/new_order.html", status_code=status_code, **values)


def _total(visitor: Visit, order: NewOrder, products: dict[int, ProductView]) -> tuple[Money | None, str]:
    """What it comes to as it stands, with tax; or why that cannot be said yet."""
    if not order.lines:
        return None, ""
    try:
        lines = [validate(WantedLine, line) for line in order.wanted(products, terms=False)]
        total = price(lines, products).total
    except Problem as problem:
        return None, problem.detail
    return (None if total is None else Money(total, visitor.context.shop.currency)), ""
