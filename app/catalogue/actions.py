"""Changing the catalogue. A plan in use is never edited: retire it and make another."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from app.answers import PlanDone, ProductDone
from app.catalogue.model import Plan, Product
from app.catalogue.views import plan_view, product_view
from app.errors import Problem, invalid
from app.verb import TEAM, Amount, Call, Data, Done, Flag, Key, Optional, Short, Verb, Whole

Id = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,60}$")]
Rate = Annotated[str, Field(pattern=r"^\d{1,2}(\.\d{1,3})?$")]


class ChoiceIn(Data):
    id: Id
    title: Short
    surcharge: Annotated[int, Field(strict=True, ge=0, le=10**12)] = 0


class OptionIn(Data):
    id: Id
    title: Short
    kind: Literal["one", "many", "text", "number", "date"]
    required: Flag = False
    choices: Annotated[list[ChoiceIn], Field(max_length=100)] = []

    @model_validator(mode="after")
    def choices_where_one_chooses(self) -> "OptionIn":
        if (self.kind in ("one", "many")) != bool(self.choices):
            raise ValueError("choices belong to the kinds one and many, and only there")
        if len({choice.id for choice in self.choices}) != len(self.choices):
            raise ValueError("every choice needs an id of its own")
        return self


class ProductIn(Data):
    title: Short
    description: Optional = ""
    category: Annotated[Key, Field(max_length=100)] = ""
    pricing: Literal["fixed", "by_quote"]
    price: Amount | None = None
    tax_rate: Rate = "0"
    tax_included: Flag = True
    options: Annotated[list[OptionIn], Field(max_length=50)] = []
    plan: Whole | None = None

    @model_validator(mode="after")
    def price_unless_quoted(self) -> "ProductIn":
        if (self.pricing == "fixed") != (self.price is not None):
            raise ValueError("a fixed price needs a price, and by quote has none")
        if len({option.id for option in self.options}) != len(self.options):
            raise ValueError("every option needs an id of its own")
        return self


class ProductUpdate(ProductIn):
    id: Whole


class Existing(Data):
    id: Whole


class IntervalIn(Data):
    every: Annotated[int, Field(strict=True, ge=1, le=366)] = 1
    unit: Literal["day", "week", "month", "year"]


class PlanIn(Data):
    name: Short
    price: Amount
    interval: IntervalIn
    upfront_fee: Annotated[int, Field(strict=True, ge=0, le=10**12)] = 0
    cycles: Annotated[int, Field(strict=True, ge=1, le=10_000)] | None = None


async def create(call: Call) -> Done:
    """Another product, at the end of the catalogue."""
    plan = await _plan(call)
    product = Product(currency=call.tx.shop.currency, archived_at=None, position=0, **_columns(call.data))
    call.tx.session.add(product)
    await call.tx.session.flush()
    return Done(created=True, body={"product": product_view(product, plan).as_dict()})


async def update(call: Call) -> Done:
    """Orders keep their own snapshot, so what was ordered never changes with it."""
    product, plan = await _product(call), await _plan(call)
    for name, value in _columns(call.data).items():
        setattr(product, name, value)
    return Done(body={"product": product_view(product, plan).as_dict()})


async def archive(call: Call) -> Done:
    """The product cannot be ordered any more; orders keep theirs."""
    product = await _product(call)
    product.archived_at = product.archived_at or call.tx.now
    plan = await call.tx.session.get(Plan, product.plan_id) if product.plan_id else None
    return Done(body={"product": product_view(product, plan).as_dict() | {"archived": True}})


async def create_plan(call: Call) -> Done:
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


async def retire_plan(call: Call) -> Done:
    """Nobody can choose the plan any more; subscriptions that have it keep it."""
    plan = await call.tx.session.get(Plan, call.data.id) if 0 < call.data.id < 2**31 else None
    if plan is None:
        raise Problem("not_found", "There is no such plan.")
    plan.retired_at = plan.retired_at or call.tx.now
    return Done(body={"plan": plan_view(plan).as_dict() | {"retired": True}})


def _columns(data: ProductIn) -> dict[str, Any]:
    columns = data.model_dump(exclude={"id", "plan"})
    return columns | {"plan_id": data.plan}


async def _plan(call: Call) -> Plan | None:
    number = call.data.plan
    if number is None:
        return None
    plan = await call.tx.session.get(Plan, number) if 0 < number < 2**31 else None
    if plan is None or plan.retired_at is not None:
        raise invalid("plan", "There is no such plan.", "unknown")
    return plan


async def _product(call: Call) -> Product:
    number = call.data.id
    product = await call.tx.session.get(Product, number) if 0 < number < 2**31 else None
    if product is None:
        raise Problem("not_found", "There is no such product.")
    return product


def _verb(
    name: str, path: str, run: Any, schema: type[Data], answer: Any, status: Literal[200, 201] = 200
) -> Verb:
    return Verb(name, path, TEAM, run, schema, on_order=False, status=status, answer=answer)


VERBS = (
    _verb("products.create", "/products", create, ProductIn, ProductDone, status=201),
    _verb("products.update", "/products/{id}/update", update, ProductUpdate, ProductDone),
    _verb("products.archive", "/products/{id}/archive", archive, Existing, ProductDone),
    _verb("plans.create", "/plans", create_plan, PlanIn, PlanDone, status=201),
    _verb("plans.retire", "/plans/{id}/retire", retire_plan, Existing, PlanDone),
)
