"""The owner's page of the shop itself: its name, where and how it counts, how it looks."""

from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import Response

from app import i18n
from app.branding import logo
from app.branding.views import sheet_url
from app.errors import Problem, invalid
from app.forms import Form, refused, values_of
from app.mail.web import owner_visit
from app.shop_settings.actions import checked, save
from app.shop_settings.choices import currency_groups, zone_groups
from app.shop_settings.currency import is_fixed
from app.web import Visit, see_other

PAGE = "/desk/settings/shop"
SHOP = ("name", "currency", "timezone", "language", "tax_rate")


async def settings(request: Request) -> Response:
    visitor = await owner_visit(request)
    return await _page(visitor, saved="saved" in request.query_params)


async def save_shop(request: Request) -> Response:
    visitor = await owner_visit(request)
    async with request.form() as form:
        values = values_of(form)
    given = {name: values[name] for name in SHOP if name in values}
    given["tax_included"] = "yes" if values.get("tax_included") in ("true", "on") else "no"
    return await _saved(visitor, values, given, "form")


async def save_color(request: Request) -> Response:
    """`own` unticked: the shop goes back to the colour that Orderline comes with."""
    visitor = await owner_visit(request)
    async with request.form() as form:
        values = values_of(form)
    own = values.get("own") in ("true", "on")
    return await _saved(visitor, values, {"color": values.get("color", "") if own else ""}, "color_form")


async def save_logo(request: Request) -> Response:
    visitor = await owner_visit(request)
    async with request.form(max_files=1) as form:
        sent = form.get("picture")
        data = b"" if sent is None or isinstance(sent, str) else await sent.read()
    try:
        if not data:
            raise invalid("picture", "Please choose a picture.", "missing")
        context = visitor.context
        await logo.change(context.db, context.files, visitor.actor, data)
    except Problem as problem:
        with i18n.speaking(visitor.language):
            again = refused({}, problem)
        return await _page(visitor, {"logo_form": again}, status_code=problem.status)
    await visitor.context.refresh()
    return see_other(f"{PAGE}?saved")


async def remove_logo(request: Request) -> Response:
    visitor = await owner_visit(request)
    await logo.change(visitor.context.db, visitor.context.files, visitor.actor, None)
    await visitor.context.refresh()
    return see_other(f"{PAGE}?saved")


async def _saved(
    visitor: Visit, values: dict[str, Any], given: dict[str, Any], which: Literal["form", "color_form"]
) -> Response:
    try:
        facts = checked(given)
        async with visitor.context.db.transaction() as tx:
            await save(tx, visitor.actor, facts)
    except Problem as problem:
        with i18n.speaking(visitor.language):
            again = refused(values, problem)
        return await _page(visitor, {which: again}, status_code=problem.status)
    await visitor.context.refresh()
    return see_other(f"{PAGE}?saved")


async def _page(
    visitor: Visit, forms: dict[str, Form] | None = None, *, saved: bool = False, status_code: int = 200
) -> Response:
    shop = visitor.context.shop
    async with visitor.context.db.read() as session:
        fixed = await is_fixed(session)
    shown: dict[str, Any] = {
        "shop": {
            "name": shop.name,
            "currency": shop.currency,
            "timezone": str(shop.zone),
            "language": shop.language,
            "tax_rate": shop.tax_rate,
            "tax_included": shop.tax_included,
            "color": shop.color,
        },
        "currencies": currency_groups(visitor.language),
        "zones": zone_groups(visitor.language),
        "fixed": fixed,
        "sheets": sheet_url("#XXXXXX"),
        "form": None,
        "color_form": None,
        "logo_form": None,
        "saved": saved,
    }
    return await visitor.render("desk/shop.html", status_code=status_code, **shown | (forms or {}))
