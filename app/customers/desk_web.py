"""The desk's pages of customers: the list, one of them, and what an owner may do with their data."""

from starlette.requests import Request
from starlette.responses import Response

from app import i18n
from app.audit.recording import record
from app.customers.account_web import archive, check_typed
from app.customers.queries import customer_row, orders_of, page
from app.errors import Problem
from app.forms import Form, refused, values_of, whole
from app.mail.web import owner_visit
from app.orders.queries import rows
from app.orders.web import desk_visit
from app.privacy.erasing import delete_customer
from app.privacy.holding import subject_of
from app.privacy.obstacles import obstacles
from app.web import Visit, see_other, waiting

ORDERS = 50


async def customers(request: Request) -> Response:
    visitor, query = await desk_visit(request), request.query_params
    q, before = query.get("q", "")[:200].replace("\x00", ""), whole(query.get("cursor", ""))
    async with visitor.context.db.read() as session:
        found, after = await page(session, q, before if isinstance(before, int) else None)
    return await visitor.render("desk/customers.html", customers=found, next=after, q=q)


async def customer(request: Request) -> Response:
    return await _show(await desk_visit(request))


async def export(request: Request) -> Response:
    """Everything, with what the team wrote about them."""
    visitor, key = await owner_visit(request), request.path_params["id"]
    try:
        await visitor.context.limits.exporting.take(f"{visitor.actor.key} {key}")
    except Problem as problem:
        return waiting(await _refused(visitor, {}, problem), problem)
    async with visitor.context.db.transaction() as tx:
        subject = await subject_of(tx.session, key) if key < 2**31 else None
        if subject is None:
            raise Problem("not_found", "There is no such customer.")
        record(tx, visitor.actor, "exported", customer=key)
    return archive(visitor, subject, team=True)


async def delete(request: Request) -> Response:
    """As the customer asked by letter or phone: the address is typed, for there is no way back."""
    visitor, key = await owner_visit(request), request.path_params["id"]
    async with request.form() as form:
        values = values_of(form)
    try:
        async with visitor.context.db.read() as session:
            known = await customer_row(session, key)
        if known is None:
            raise Problem("not_found", "There is no such customer.")
        if known.deleted_at is None:
            check_typed(values, known.email)
            async with visitor.context.db.transaction() as tx:
                await delete_customer(tx, visitor.actor, key)
    except Problem as problem:
        return await _refused(visitor, values, problem)
    return see_other(f"/desk/customers/{key}?deleted")


async def _refused(visitor: Visit, values: dict[str, object], problem: Problem) -> Response:
    if problem.status not in (409, 422, 429):
        raise problem
    with i18n.speaking(visitor.language):
        form = refused(values, problem)
    return await _show(visitor, form, problem.status)


async def _show(visitor: Visit, form: Form | None = None, status_code: int = 200) -> Response:
    key, shop = visitor.request.path_params["id"], visitor.context.shop
    async with visitor.context.db.read() as session:
        known = await customer_row(session, key)
        if known is None:
            raise Problem("not_found", "There is no such customer.")
        orders = await rows(session, visitor.actor, shop, await orders_of(session, key, ORDERS))
        subject = await subject_of(session, key) if visitor.actor.role == "owner" else None
        in_the_way = await obstacles(session, subject) if subject else []
    return await visitor.render(
        "desk/customer.html",
        status_code=status_code,
        customer=known,
        rows=orders,
        obstacles=in_the_way,
        form=form,
        deleted="deleted" in visitor.request.query_params,
    )
