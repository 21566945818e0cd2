"""The page of the first start, and the list of what to do after it."""

import asyncio
import logging
from typing import Any, Final

from email_validator import EmailNotValidError, validate_email
from starlette.requests import Request
from starlette.responses import Response

from app import i18n
from app.errors import FieldError, Problem
from app.forms import Form, refused, values_of
from app.founding.actions import Opening, set_up
from app.founding.code import fits
from app.founding.demo import fill_own
from app.founding.gate import is_founded
from app.founding.steps import tick
from app.mail.web import owner_visit
from app.operations.addresses import address_of
from app.shop_settings.actions import checked
from app.shop_settings.choices import currency_groups, zone_groups
from app.team.sessions import hash_password
from app.web import COOKIES, Visit, see_other, set_cookie, visit, waiting

SHOP: Final = ("name", "currency", "timezone", "language", "tax_rate")
FIRST: Final = {"name": "", "currency": "EUR", "timezone": "", "tax_included": True}
logger = logging.getLogger(__name__)


async def page(request: Request) -> Response:
    return await _page(await _visit(request))


async def save(request: Request) -> Response:
    """Guesses at the code are limited by address; the code itself has 60 bits."""
    visitor = await _visit(request)
    async with request.form() as form:
        values = values_of(form)
    try:
        await visitor.context.limits.signing_in.take(f"setting up {address_of(request.scope) or 'here'}")
        opening = await _opening(visitor, values)
        async with visitor.context.db.transaction() as tx:
            secret = await set_up(tx, opening)
    except Problem as problem:
        return await _again(visitor, values, problem)
    await is_founded(visitor.context)
    if values.get("demo") in ("true", "on"):
        await _show_around(visitor)
    response = see_other("/desk/inbox")
    set_cookie(response, visitor.context, COOKIES["team"], secret)
    return response


async def tick_off(request: Request) -> Response:
    visitor = await owner_visit(request)
    async with request.form() as form:
        values = values_of(form)
    async with visitor.context.db.transaction() as tx:
        if visitor.context.first_steps is not None:
            await tick(tx, str(values.get("step", "")))
    await visitor.context.refresh()
    return see_other("/desk/inbox")


async def _visit(request: Request) -> Visit:
    visitor = await visit(request, "team")
    if await is_founded(visitor.context):
        raise Problem("not_found", "There is nothing here.")
    return visitor


async def _opening(visitor: Visit, values: dict[str, Any]) -> Opening:
    """All that was typed, right. Raises 422 that names every wrong field."""
    errors: list[FieldError] = []
    facts = _facts(values, errors)
    name = " ".join(str(values.get("owner_name", "")).split())
    if not 1 <= len(name) <= 200 or "\x00" in name:
        errors.append(FieldError("owner_name", "missing", "Please fill this in."))
    email, password = str(values.get("email", "")), str(values.get("password", ""))
    try:
        email = validate_email(email[:300], check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        errors.append(FieldError("email", "no_address", "This is not a mail address."))
    async with visitor.context.db.read() as session:
        if not await fits(session, str(values.get("code", ""))):
            wrong = "This is not the code that “orderline serve” printed when it started last."
            errors.append(FieldError("code", "wrong", wrong))
    hashed = ""
    try:
        if not errors:  # it takes its time on purpose
            hashed = await asyncio.to_thread(hash_password, password)
        elif not 10 <= len(password) <= 1000:
            raise Problem("invalid", "A password needs at least 10 characters.")
    except Problem as problem:
        errors.append(FieldError("password", "too_short", problem.detail))
    if errors:
        raise Problem("invalid", errors[0].detail, errors=errors)
    address = address_of(visitor.request.scope) or ""
    code = str(values.get("code", ""))
    return Opening(code, facts, name, email, hashed, visitor.language, address)


def _facts(values: dict[str, Any], errors: list[FieldError]) -> dict[str, str]:
    given = {name: values.get(name, "") for name in SHOP}
    given["tax_included"] = "yes" if values.get("tax_included") in ("true", "on") else "no"
    try:
        return checked(given)
    except Problem as problem:
        errors += problem.errors
        return {}


async def _again(visitor: Visit, values: dict[str, Any], problem: Problem) -> Response:
    """The page with all that was typed but the password, or word that somebody was quicker."""
    if problem.status == 409:
        raise problem
    values.pop("password", None)
    with i18n.speaking(visitor.language):
        form = refused(values, problem)
        if "password" not in form.errors:
            form.errors["password"] = [i18n.gettext("Please type it again.")]
    return waiting(await _page(visitor, form, problem.status), problem)


async def _show_around(visitor: Visit) -> None:
    """What goes wrong here takes nothing back: the shop is set up, and empty."""
    try:
        await fill_own(visitor.context.settings)
    except Exception:
        logger.exception("the demo was not made")
    await visitor.context.load()


async def _page(visitor: Visit, form: Form | None = None, status_code: int = 200) -> Response:
    shop = FIRST | {"timezone": str(visitor.context.shop.zone), "language": visitor.language}
    shop["tax_rate"] = "19" if visitor.language == "de" else "0"
    shown: dict[str, Any] = {
        "shop": shop,
        "currencies": currency_groups(visitor.language),
        "zones": zone_groups(visitor.language),
        "fixed": False,
        "form": form,
    }
    return await visitor.render("desk/setup.html", status_code=status_code, **shown)
