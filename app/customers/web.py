"""How a customer gets in: mailed links, order links, the language."""

from datetime import UTC, datetime

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from app import i18n
from app.access import digest
from app.context import Context
from app.customers.actions import link_used, normal
from app.customers.model import Customer
from app.db import Transaction
from app.errors import Problem
from app.forms import Form, refused, values_of
from app.mail import letters
from app.mail.outbox import Reader
from app.operations.addresses import address_of
from app.orders.model import FIRST, Order
from app.team.admission import admit, answer
from app.team.model import Member, SignInLink
from app.team.sessions import grant, new_link, revoke, start, use_link
from app.web import (
    BASKET_COOKIE,
    COOKIES,
    LANGUAGE_COOKIE,
    Visit,
    local,
    see_other,
    set_cookie,
    visit,
    waiting,
)

ONWARD = ("/account", "/account/delete")  # where a mailed link may lead beside the orders


async def sign_in(request: Request) -> Response:
    visitor = await visit(request, "customer")
    sent = "sent" in request.query_params
    form = Form({"desk": "1"}) if "desk" in request.query_params else None
    return await visitor.render("shop/sign_in.html", form=form, sent=sent, expired=False)


async def ask_for_link(request: Request) -> Response:
    """The same answer for every address: it tells nobody who is a customer."""
    visitor = await visit(request, "customer")
    async with request.form() as form:
        values = values_of(form)
    email, address = normal(str(values.get("email", ""))), address_of(request.scope) or "here"
    try:
        await visitor.context.limits.asking_for_links.take(f"{address} {email}")
        if "@" not in email or "\x00" in email or len(email) > 254:
            raise Problem("invalid", "This is not a mail address.")
    except Problem as problem:
        with i18n.speaking(visitor.language):
            again = refused(values, problem)
        return waiting(await _again(visitor, again, problem.status), problem)
    async with visitor.context.db.transaction() as tx:
        await _mail_link(tx, email, visitor.language, desk="desk" in values)
    return see_other("/sign-in?sent")


async def link(request: Request) -> Response:
    """Asks for a click, since mail scanners follow links."""
    visitor = await visit(request, "customer")
    token = request.path_params["token"]
    async with visitor.context.db.read() as session:
        found = await session.scalar(select(SignInLink).where(SignInLink.id == digest(token)))
    if found is None or found.used_at is not None or found.expires_at <= datetime.now(UTC):
        return await _again(visitor, None, 410)
    onward = request.query_params.get("next", "")
    return await visitor.render("shop/sign_in_confirm.html", token=token, onward=onward)


async def use(request: Request) -> Response:
    """Signs in whom the link was made for, on their side of the house."""
    async with request.form() as form:
        onward = str(values_of(form).get("next", ""))
    visitor = await visit(request, "customer")
    desk = await visit(request, "team")
    secret, admission = "", None
    async with visitor.context.db.transaction() as tx:
        found = await use_link(tx, request.path_params["token"])
        if found and found.member_id:
            member = await tx.session.get_one(Member, found.member_id)
            if member.removed_at is None:
                admission = await admit(tx, desk, member, "link", "/desk/inbox")
        elif found and found.customer_id:
            secret = await start(tx, customer_id=found.customer_id, before=visitor.actor)
            await link_used(tx, found.customer_id)
    if admission:
        return answer(desk, admission, "/desk/inbox")
    if not secret:
        return await _again(visitor, None, 410)
    response = see_other(onward if onward in ONWARD else "/orders")
    set_cookie(response, visitor.context, COOKIES["customer"], secret)
    return response


async def order_link(request: Request) -> Response:
    """A link from a mail about an order opens that order alone, on any device, at the entry it speaks of."""
    visitor = await visit(request, "customer")
    order_id = visitor.context.shop.linked_order(request.path_params["token"])
    async with visitor.context.db.transaction() as tx:
        order = await tx.session.get(Order, order_id) if order_id else None
        if order is not None and await _is_deleted(tx, order.customer_id):
            order = None
        if order is None:
            secret = None
        else:
            await link_used(tx, order.customer_id)
            secret = None if visitor.actor.may_see(order) else await grant(tx, visitor.actor, order.id)
    if order_id is None or order is None:
        return await _again(visitor, None, 404)
    seq, number = request.query_params.get("e", ""), order_id + FIRST
    anchor = f"#e-{number}-{seq}" if seq.isascii() and seq.isdigit() and len(seq) < 10 else ""
    response = see_other(f"/orders/{number}{anchor}")
    if secret:
        set_cookie(response, visitor.context, COOKIES["customer"], secret)
    return response


async def _is_deleted(tx: Transaction, customer_id: int) -> bool:
    customer = await tx.session.get_one(Customer, customer_id)
    return customer.deleted_at is not None


async def sign_out(request: Request) -> Response:
    visitor = await visit(request, "customer")
    await end_session(visitor)
    response = see_other("/")
    for name in (COOKIES["customer"], BASKET_COOKIE):  # the next at this browser sees neither
        response.delete_cookie(name, path="/")
    return response


async def end_session(visitor: Visit) -> None:
    if visitor.actor.ticket:
        async with visitor.context.db.transaction() as tx:
            await revoke(tx, visitor.actor.ticket)


async def choose_language(request: Request) -> Response:
    """For this browser, and for the person when they are signed in."""
    async with request.form() as form:
        values = values_of(form)
    language = i18n.known(str(values.get("language")))
    if language is None:
        raise Problem("invalid", "This language is not offered.")
    where = local(values.get("next"), "/")
    visitor = await visit(request, "team" if where.startswith("/desk") else "customer")
    await _remember(visitor.context, visitor, language)
    response = see_other(where)
    set_cookie(response, visitor.context, LANGUAGE_COOKIE, language)
    return response


async def _remember(context: Context, visitor: Visit, language: str) -> None:
    actor = visitor.actor
    if actor.member_id is None and actor.customer_id is None:
        return
    async with context.db.transaction() as tx:
        person = (
            await tx.session.get_one(Member, actor.member_id)
            if actor.member_id
            else await tx.session.get_one(Customer, actor.customer_id)
        )
        person.language = language


async def _mail_link(tx: Transaction, email: str, language: str, *, desk: bool) -> None:
    """To a customer; to a member too, who may have forgotten the password. Who is both, asks at a door."""
    member = await tx.session.scalar(select(Member).where(Member.email == email, Member.removed_at.is_(None)))
    customer = await tx.session.scalar(select(Customer).where(Customer.email == email))
    if customer is not None and not (desk and member):
        secret = await new_link(tx, customer_id=customer.id)
        letters.sign_in_link(tx, Reader(email, customer.language or language), secret)
    elif member is not None:
        secret = await new_link(tx, member_id=member.id)
        letters.sign_in_link(tx, Reader(email, member.language or language), secret)


async def _again(visitor: Visit, form: Form | None, status: int) -> Response:
    return await visitor.render(
        "shop/sign_in.html", status_code=status, form=form, sent=False, expired=form is None
    )
