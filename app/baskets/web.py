"""The basket's pages: everything is a plain form, and works without an account."""

from typing import Any

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from app import cids, i18n
from app.baskets import actions
from app.baskets.views import BasketView, basket_view, wanted_lines
from app.catalogue import web as shop
from app.customers.actions import normal
from app.customers.model import Customer
from app.errors import Problem
from app.forms import Form, refused, values_of, whole
from app.operations.addresses import address_of
from app.orders.model import EntryRow
from app.orders.placing import price
from app.orders.schemas import WantedLine
from app.verb import validate
from app.web import BASKET_COOKIE, Visit, see_other, visit, waiting

BASE = "/basket"
FIELDS = frozenset({"starts_on", "note", "payment_method", "name", "email"})
SAID = ("added", "removed", "restored", "changed")
CHANGED = "Your basket has changed since this page was shown. Please look at it again."
NOT_READY = "Something in your basket cannot be ordered as it is. Please look at it again."


async def page(request: Request) -> Response:
    return await _page(await visit(request, "customer"))


async def add(request: Request) -> Response:
    """From a product's form: what was chosen there, at the price that stood there."""
    visitor, values = await _posted(request)
    chosen = await shop.product_of(visitor, values.get("product"))
    try:
        await visitor.context.limits.filling.take(address_of(request.scope) or "here")
        with i18n.speaking(visitor.language):
            line = shop.line_of(chosen, values)
            priced = price([validate(WantedLine, line)], {chosen.id: chosen}).lines[0]
        kept = line | {"title": chosen.title, "terms": chosen.terms, "price": priced.unit_price}
        async with visitor.context.db.transaction() as tx:
            secret, key = await actions.put_in(tx, _secret(visitor), kept)
    except Problem as problem:
        return await shop.refused_page(visitor, chosen, values, problem)
    response = see_other(f"{BASE}?added={key}")
    visitor.keep_basket(response, secret)
    return response


async def set_quantity(request: Request) -> Response:
    visitor, values = await _posted(request)
    key, quantity = request.path_params["key"], whole(values.get("quantity"))
    try:
        if quantity == 0:
            return await _without(visitor, key)
        async with visitor.context.db.transaction() as tx:
            number = quantity if isinstance(quantity, int) else 0
            await actions.set_quantity(tx, _secret(visitor), key, number)
    except Problem as problem:
        with i18n.speaking(visitor.language):
            wrong = Form({f"quantity-{key}": str(values.get("quantity", ""))})
            wrong.errors = {f"quantity-{key}": [i18n.gettext(problem.detail)]}
        return await _page(visitor, counted=wrong, status=problem.status)
    return see_other(f"{BASE}?changed={key}")


async def remove(request: Request) -> Response:
    visitor, _ = await _posted(request)
    return await _without(visitor, request.path_params["key"])


async def restore(request: Request) -> Response:
    visitor, _ = await _posted(request)
    try:
        async with visitor.context.db.transaction() as tx:
            await actions.put_back(tx, _secret(visitor))
    except Problem:
        return see_other(BASE)
    return see_other(f"{BASE}?restored")


async def order(request: Request) -> Response:
    """All that is in the basket, as one order: as it was shown, or not at all."""
    visitor, values = await _posted(request)
    before = await _ordered_before(visitor, values)
    if before is not None:
        return await shop.to_order(visitor, before)
    kept = await _kept(visitor)
    async with visitor.context.db.read() as session:
        view = await basket_view(session, kept, visitor.context.shop.currency)
    try:
        if values.get("shown") != view.shown:
            raise Problem("conflict", CHANGED)
        if not view.ready:
            raise Problem("invalid", view.problem or NOT_READY)
        await visitor.context.limits.placing.take(address_of(request.scope) or "here")
        data = shop.order_data(visitor, wanted_lines(kept, view), values)
        with i18n.speaking(visitor.language):
            done = await visitor.context.do(visitor.actor, "orders.place", None, data, values.get("cid"))
    except Problem as problem:
        return await _refused(visitor, values, problem)
    assert done.order_id is not None
    async with visitor.context.db.transaction() as tx:
        await actions.take_out(tx, _secret(visitor), [line["key"] for line in kept], keep=False)
    return await shop.to_order(visitor, done.order_id)


async def _ordered_before(visitor: Visit, values: dict[str, Any]) -> int | None:
    """The order that this very form has placed already: its answer may have got lost on the way."""
    cid = values.get("cid")
    try:
        known = cids.checked(cid) if isinstance(cid, str) else None
    except Problem:
        return None
    mine = Customer.email == normal(str(values.get("email", ""))[:254].replace("\x00", ""))
    if visitor.actor.customer_id:
        mine = Customer.id == visitor.actor.customer_id
    async with visitor.context.db.read() as session:
        customer = await session.scalar(select(Customer.id).where(mine)) if known else None
        if customer is None:
            return None
        placed = select(EntryRow.order_id).where(EntryRow.person == f"c{customer}", EntryRow.cid == known)
        found: int | None = await session.scalar(placed.where(EntryRow.kind == "placed"))
        return found


async def _without(visitor: Visit, key: str) -> Response:
    async with visitor.context.db.transaction() as tx:
        await actions.take_out(tx, _secret(visitor), [key])
    return see_other(f"{BASE}?removed")


async def _refused(visitor: Visit, values: dict[str, Any], problem: Problem) -> Response:
    with i18n.speaking(visitor.language):
        form = refused(values, problem)
        if not form.errors or not form.errors.keys() <= FIELDS:
            form.message = form.message or i18n.gettext(problem.detail)
    return waiting(await _page(visitor, form, status=problem.status), problem)


async def _page(
    visitor: Visit, form: Form | None = None, *, counted: Form | None = None, status: int = 200
) -> Response:
    async with visitor.context.db.read() as session:
        basket = await actions.basket_of(session, _secret(visitor))
        lines = basket.lines if basket else []
        view: BasketView = await basket_view(session, lines, visitor.context.shop.currency)
    query = visitor.request.query_params
    just = {said: query.get(said, "") if status == 200 else "" for said in SAID}
    just["removed"] = "yes" if "removed" in query and status == 200 else ""
    removed = [each["line"]["title"] for each in basket.removed] if basket else []
    return await visitor.render(
        "shop/basket.html", status_code=status, basket=view, form=form, counted=counted,
        just=just, undo=removed[0] if removed else None, **await shop.buyer(visitor),
    )  # fmt: skip


async def _kept(visitor: Visit) -> list[dict[str, Any]]:
    async with visitor.context.db.read() as session:
        basket = await actions.basket_of(session, _secret(visitor))
    return list(basket.lines) if basket else []


async def _posted(request: Request) -> tuple[Visit, dict[str, Any]]:
    async with request.form(max_fields=300, max_part_size=256 * 1024) as form:
        return await visit(request, "customer"), values_of(form)


def _secret(visitor: Visit) -> str | None:
    return visitor.request.cookies.get(BASKET_COOKIE)
