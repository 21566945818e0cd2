"""The account: who one is to the shop, and everything that one may do with that."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from app import access, i18n
from app.audit.recording import record
from app.customers import addresses
from app.customers.model import Customer
from app.errors import Problem, invalid
from app.forms import Form, refused, values_of
from app.mail import letters
from app.mail.outbox import Reader
from app.privacy.erasing import delete_customer
from app.privacy.exporting import zipped
from app.privacy.holding import Subject, subject_of
from app.privacy.obstacles import obstacles
from app.team.sessions import end_windows, new_link
from app.web import COOKIES, LANGUAGE_COOKIE, Visit, see_other, set_cookie, visit, waiting

SAID = ("saved", "elsewhere", "mailed", "asked", "changed")


async def page(request: Request) -> Response:
    return await _page(await account_visit(request))


async def save(request: Request) -> Response:
    """The name that new orders carry, and the language."""
    visitor = await account_visit(request)
    values = await _values(request)
    name, language = str(values.get("name", "")).strip(), i18n.known(str(values.get("language")))
    try:
        if not name or len(name) > 200 or not name.isprintable():
            raise invalid("name", "Please give a name of at most 200 characters.")
        if language is None:
            raise invalid("language", "This language is not offered.")
        async with visitor.context.db.transaction() as tx:
            customer = await tx.session.get_one(Customer, visitor.actor.customer_id)
            customer.name, customer.language = name, language
    except Problem as problem:
        return await _again(visitor, problem, values, "form")
    response = see_other("/account?saved")
    set_cookie(response, visitor.context, LANGUAGE_COOKIE, language)
    return response


async def sign_out_elsewhere(request: Request) -> Response:
    visitor = await account_visit(request)
    async with visitor.context.db.transaction() as tx:
        await end_windows(tx, _id(visitor), but=visitor.actor.ticket)
    return see_other("/account?elsewhere")


async def mail_link(request: Request) -> Response:
    """For what asks for a fresh sign-in."""
    visitor = await account_visit(request)
    email = visitor.actor.email
    try:
        await visitor.context.limits.asking_for_links.take(f"account {email}")
    except Problem as problem:
        return await _again(visitor, problem, {}, "link_form")
    async with visitor.context.db.transaction() as tx:
        secret = await new_link(tx, customer_id=visitor.actor.customer_id)
        letters.sign_in_link(tx, Reader(email, visitor.language), secret, "/account")
    return see_other("/account?mailed")


async def change_address(request: Request) -> Response:
    visitor = await account_visit(request)
    values = await _values(request)
    try:
        await _check_fresh(visitor)
        await visitor.context.limits.asking_for_links.take(f"address {visitor.actor.email}")
        async with visitor.context.db.transaction() as tx:
            await addresses.ask(tx, _id(visitor), str(values.get("email", ""))[:300], visitor.language)
    except Problem as problem:
        return await _again(visitor, problem, values, "email_form")
    return see_other("/account?asked")


async def new_address(request: Request) -> Response:
    """Asks for a click, since mail scanners follow links."""
    visitor, token = await visit(request, "customer"), request.path_params["token"]
    async with visitor.context.db.transaction() as tx:
        change = await addresses.waiting(tx, token)
    if change is None:
        return await _closed(visitor)
    return await visitor.render("shop/new_address.html", token=token, email=change.email, why=None)


async def use_address(request: Request) -> Response:
    visitor, token = await visit(request, "customer"), request.path_params["token"]
    try:
        async with visitor.context.db.transaction() as tx:
            done = await addresses.confirm(tx, token, visitor.language)
    except Problem as problem:
        with i18n.speaking(visitor.language):
            why = refused({}, problem)
        status = problem.status
        return await visitor.render("shop/new_address.html", status_code=status, token="", email="", why=why)
    if not done:
        return await _closed(visitor)
    return see_other("/account?changed" if visitor.actor.customer_id else "/sign-in")


async def export(request: Request) -> Response:
    """Everything that the shop has of them, without what the team wrote for itself."""
    visitor = await account_visit(request)
    try:
        await _check_fresh(visitor)
        await visitor.context.limits.exporting.take(visitor.actor.key)
    except Problem as problem:
        return await _again(visitor, problem, {}, "data_form")
    async with visitor.context.db.transaction() as tx:
        subject = await subject_of(tx.session, _id(visitor))
        record(tx, visitor.actor, "exported")
    assert subject is not None, "who was deleted is signed in nowhere"
    return archive(visitor, subject, team=False)


def archive(visitor: Visit, subject: Subject, *, team: bool) -> Response:
    parts = zipped(visitor.context, subject, visitor.context.db.clock(), team=team)
    name = f"customer-{subject.customer_id}.zip" if team else "my-data.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(parts, headers=headers, media_type="application/zip")


async def before_deletion(request: Request) -> Response:
    return await _deletion(await account_visit(request))


async def delete(request: Request) -> Response:
    """With the address typed, and a fresh sign-in: there is no way back."""
    visitor = await account_visit(request)
    values = await _values(request)
    try:
        await _check_fresh(visitor)
        check_typed(values, visitor.actor.email)
        async with visitor.context.db.transaction() as tx:
            await delete_customer(tx, visitor.actor, _id(visitor))
    except Problem as problem:
        with i18n.speaking(visitor.language):
            form = refused(values, problem)
        return await _deletion(visitor, form, problem.status)
    response = see_other("/account/deleted")
    response.delete_cookie(COOKIES["customer"], path="/")
    return response


async def deleted(request: Request) -> Response:
    return await (await visit(request, "customer")).render("shop/deleted.html")


def check_typed(values: dict[str, Any], email: str) -> None:
    """Raises 422 unless the address was typed as it is."""
    if str(values.get("confirm", "")).strip().lower() != email:
        raise invalid("confirm", "Please type the mail address as it stands above.", "different")


async def account_visit(request: Request) -> Visit:
    """Of a customer who is signed in; a guest has no account. Raises 401."""
    visitor = await visit(request, "customer")
    if visitor.actor.customer_id is None:
        raise Problem("unauthenticated", "Please sign in.")
    return visitor


async def _check_fresh(visitor: Visit) -> None:
    async with visitor.context.db.read() as session:
        if not await access.is_fresh(session, visitor.actor):
            raise Problem("forbidden", "Please confirm first that it is you, with a link that we mail you.")


async def _page(visitor: Visit, status_code: int = 200, **forms: Form | None) -> Response:
    async with visitor.context.db.read() as session:
        fresh = await access.is_fresh(session, visitor.actor)
        customer = await session.get_one(Customer, visitor.actor.customer_id)
    said = next((name for name in SAID if name in visitor.request.query_params), "")
    context: dict[str, Any] = dict.fromkeys(("form", "email_form", "link_form", "data_form")) | forms
    context |= {"fresh": fresh, "customer": customer, "said": said}
    return await visitor.render("shop/account.html", status_code=status_code, **context)


async def _again(visitor: Visit, problem: Problem, values: dict[str, Any], name: str) -> Response:
    with i18n.speaking(visitor.language):
        form = refused(values, problem)
    return waiting(await _page(visitor, problem.status, **{name: form}), problem)


async def _deletion(visitor: Visit, form: Form | None = None, status_code: int = 200) -> Response:
    async with visitor.context.db.read() as session:
        fresh = await access.is_fresh(session, visitor.actor)
        subject = await subject_of(session, _id(visitor))
        assert subject is not None, "who was deleted is signed in nowhere"
        in_the_way = await obstacles(session, subject)
    context: dict[str, Any] = {"fresh": fresh, "email": visitor.actor.email, "obstacles": in_the_way}
    context["form"], context["orders"] = form, len(subject.orders)
    return await visitor.render("shop/delete.html", status_code=status_code, **context)


async def _closed(visitor: Visit) -> Response:
    return await visitor.render("shop/sign_in.html", status_code=410, form=None, sent=False, expired=True)


async def _values(request: Request) -> dict[str, Any]:
    async with request.form() as form:
        return values_of(form)


def _id(visitor: Visit) -> int:
    assert visitor.actor.customer_id is not None
    return visitor.actor.customer_id
