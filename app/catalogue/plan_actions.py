"""Changing the plans. A plan in use is never edited: retire it and make another."""

from app.answers import PlanDone
from app.catalogue.model import Plan
from app.catalogue.schemas import Existing, PlanIn
from app.catalogue.views import plan_view
from app.errors import Problem
from app.verb import TEAM, Call, Done, Verb


async def create(call: Call) -> Done:
    """Another plan that products can have."""
    data: PlanIn = call.data
    plan = Plan(
        name=data.name,
        price=data.price,
        currency=call.tx.shop.currency,
        every=data.interval.every,
        unit=data.interval.unit,
        upfront_fee=data.upfront_fee,
        cycles=data.cycles,
        retired_at=None,
    )
    call.tx.session.add(plan)
    await call.tx.session.flush()
    return Done(created=True, body={"plan": plan_view(plan).as_dict()})


async def retire(call: Call) -> Done:
    """Nobody can choose the plan any more; subscriptions that have it keep it."""
    plan = await call.tx.session.get(Plan, call.data.id) if 0 < call.data.id < 2**31 else None
    if plan is None:
        raise Problem("not_found", "There is no such plan.")
    plan.retired_at = plan.retired_at or call.tx.now
    return Done(body={"plan": plan_view(plan).as_dict() | {"retired": True}})


VERBS = (
    Verb("plans.create", "/plans", TEAM, create, PlanIn, on_order=False, status=201, answer=PlanDone),
    Verb("plans.retire", "/plans/{id}/retire", TEAM, retire, Existing, on_order=False, answer=PlanDone),
)
