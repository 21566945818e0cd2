"""Pages of subscriptions, for the team and for the customer whose they are."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from app import access, i18n
from app.catalogue.model import Plan
from app.catalogue.views import PlanView, plan_view
from app.errors import Problem
from app.forms import Form, data_of, refused, values_of, whole
from app.log import read_after
from app.money import Money
from app.money_settings import money_settings
from app.orders.timeline import entry_views
from app.orders.web import desk_visit, visit_of
from app.subscriptions import lifecycle
from app.subscriptions.actions import owed_for
from app.subscriptions.model import Subscription
from app.subscriptions.queries import FILTERS, counts, page, subscription_for
from app.verb import Verb
from app.verbs import VERBS
from app.web import Visit, see_other, waiting

HISTORY = 1000


async def desk_list(request: Request) -> Response:
    """One filter of the team's list; what is overdue is shown first of all."""
    visitor = await desk_visit(request)
    query = request.query_params
    state = query.get("state", "active")
    if state not in FILTERS:
        raise Problem("not_found", "There is no such list.")
    q = query.get("q", "")[:200]
    async with visitor.context.db.read() as session:
        found, after = await page(session, visitor.actor, state, q, query.get("cursor", "")[:200])
        held = await counts(session, visitor.actor)
    return await visitor.render(
        "subscriptions/list.html", subscriptions=found, next=after, state=state, counts=held, q=q
    )


async def show(request: Request) -> Response:
    """One subscription: plan, payments, history, and what may be done to it."""
    visitor = await visit_of(request)
    return await _show(visitor, request.path_params["id"], {})


def do(name: str) -> Any:
    """The form door of a verb on a subscription."""
    verb = VERBS[name]

    async def handle(request: Request) -> Response:
        visitor = await visit_of(request)
        async with request.form() as form:
            values = values_of(form)
        return await _do(visitor, verb, request.path_params["id"], values)

    return handle


async def _do(visitor: Visit, verb: Verb, number: str, values: dict[str, Any]) -> Response:
    try:
        data = data_of(verb.schema, values | {"id": number}, visitor.context.shop.currency, visitor.language)
        with i18n.speaking(visitor.language):
            done = await visitor.context.do(visitor.actor, verb.name, None, data, values.get("cid"))
    except Problem as problem:
        if problem.status in (401, 404):
            raise
        with i18n.speaking(visitor.language):
            form = refused(values, problem)
        response = await _show(visitor, number, {verb.name: form})
        response.status_code = problem.status
        return waiting(response, problem)
    await visitor.context.cashier.settled(done.order_id or 0, 3.0)
    return see_other(f"{_base(visitor)}/{number}")


async def _show(visitor: Visit, number: str, forms: dict[str, Form]) -> Response:
    shop = visitor.context.shop
    async with visitor.context.db.read() as session:
        view = await subscription_for(session, visitor.actor, whole(number))
        order = await access.order_for(session, visitor.actor, view.order)
        row = await session.get_one(Subscription, view.id)
        entries = await read_after(session, order.id, 0, HISTORY, visitor.side)
        paid = {payment.id for payment in view.payments}
        about = [
            entry
            for entry in entries
            if entry.data.get("subscription") == view.id or entry.data.get("payment") in paid
        ]
        history = await entry_views(session, about, visitor.side, shop)
        money = await money_settings(session)
        plans = await _choices(session, row, visitor) if visitor.side == "team" else []
    can = lifecycle.can(view.state, visitor.side, customers_may_cancel=money.customers_may_cancel)
    template = "subscriptions/show.html" if visitor.side == "team" else "subscriptions/shop_show.html"
    return await visitor.render(
        template,
        subscription=view,
        history=history,
        can=can,
        plans=plans,
        forms=forms,
        audience=visitor.side,
        base=_base(visitor),
    )


async def _choices(session: Any, row: Subscription, visitor: Visit) -> list[tuple[PlanView, Money]]:
    """Other plans, each with what changing to it now owes; less than nothing is a credit."""
    today = visitor.context.shop.today(datetime.now(UTC))
    wanted = select(Plan).where(Plan.retired_at.is_(None), Plan.currency == row.plan["currency"])
    found = []
    for plan in await session.scalars(wanted.order_by(Plan.name, Plan.id)):
        view = plan_view(plan)
        if view.id != row.plan["id"]:
            found.append((view, Money(owed_for(row, view.snapshot(), today), plan.currency)))
    return found


def _base(visitor: Visit) -> str:
    return "/desk/subscriptions" if visitor.side == "team" else "/subscriptions"
