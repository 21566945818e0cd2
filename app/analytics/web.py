"""The owner's figures: a page and a CSV."""

from datetime import UTC, date, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app import i18n
from app.analytics import charts, words
from app.analytics.export import as_csv
from app.analytics.ranges import Range, chosen, presets
from app.analytics.reports import day_rows, report
from app.audit.recording import record
from app.context import Context
from app.errors import Problem
from app.forms import Form, refused
from app.mail.web import owner_visit
from app.web import Visit


async def page(request: Request) -> Response:
    """A range that cannot be shown comes back in its form, above the figures of the last 30 days."""
    visitor = await owner_visit(request)
    typed = {name: request.query_params.get(name, "") for name in ("from", "to")}
    today = _today(visitor.context)
    try:
        days, form, status = chosen(request.query_params, today), None, 200
    except Problem as problem:
        with i18n.speaking(visitor.language):
            form = refused(typed, problem)
        days, status = chosen({}, today), problem.status
    return await _page(visitor, days, form, status)


async def download(request: Request) -> Response:
    visitor = await owner_visit(request)
    shop, days = visitor.context.shop, chosen(request.query_params, _today(visitor.context))
    async with visitor.context.db.read() as session:
        found = await report(session, days, shop.currency)
        listed = await day_rows(session, days, shop.currency)
    with i18n.speaking(visitor.language):
        body = as_csv(found, listed)
    name = f"analytics-{days.first}-{days.last}.csv"
    async with visitor.context.db.transaction() as tx:
        record(tx, visitor.actor, "exported", name)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type="text/csv; charset=utf-8", headers=headers)


async def figures(context: Context, query: Any) -> dict[str, Any]:
    """What the API answers."""
    days = chosen(query, _today(context))
    async with context.db.read() as session:
        return (await report(session, days, context.shop.currency)).as_dict()


async def _page(visitor: Visit, days: Range, form: Form | None, status: int) -> Response:
    shop = visitor.context.shop
    async with visitor.context.db.read() as session:
        found = await report(session, days, shop.currency)
        listed = charts.drawn(await day_rows(session, days, shop.currency))
    with i18n.speaking(visitor.language):
        drawn = {"revenue": charts.revenue(listed), "placed": charts.placed(listed)}
    return await visitor.render(
        "desk/analytics.html",
        status_code=status,
        found=found,
        now=found.now,
        before=found.before,
        charts=drawn,
        presets=presets(_today(visitor.context)),
        form=form,
        words=words,
    )


def _today(context: Context) -> date:
    return context.shop.today(datetime.now(UTC))
