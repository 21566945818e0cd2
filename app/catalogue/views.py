"""Products and plans as readers see them."""

from dataclasses import dataclass
from typing import Any

from app.catalogue.model import Plan, Product
from app.money import Money


@dataclass(frozen=True, slots=True)
class PlanView:
    id: int
    name: str
    price: Money
    every: int
    unit: str
    upfront_fee: Money | None
    cycles: int | None

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "price": self.price.as_dict(),
            "interval": {"every": self.every, "unit": self.unit},
            "upfront_fee": (self.upfront_fee or Money(0, self.price.currency)).as_dict(),
            "cycles": self.cycles,
        }

    def snapshot(self) -> dict[str, Any]:
        """What an order keeps of the plan, in minor units."""
        fee = self.upfront_fee.amount if self.upfront_fee else 0
        plain = {
            "id": self.id,
            "name": self.name,
            "price": self.price.amount,
            "currency": self.price.currency,
        }
        return plain | {"every": self.every, "unit": self.unit, "upfront_fee": fee, "cycles": self.cycles}


@dataclass(frozen=True, slots=True)
class Choice:
    id: str
    title: str
    surcharge: Money | None


@dataclass(frozen=True, slots=True)
class Option:
    id: str
    title: str
    kind: str
    required: bool
    choices: list[Choice]


@dataclass(frozen=True, slots=True)
class ProductView:
    id: int
    title: str
    description: str
    category: str
    pricing: str
    price: Money | None
    tax_rate: str
    tax_included: bool
    options: list[Option]
    plan: PlanView | None

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "title": self.title,
            "description": self.description,
            "category": self.category,
            "pricing": self.pricing,
            "price": self.price and self.price.as_dict(),
            "tax_rate": self.tax_rate,
            "tax_included": self.tax_included,
            "options": [_option_dict(option) for option in self.options],
            "plan": self.plan and self.plan.as_dict(),
        }


def _option_dict(option: Option) -> dict[str, Any]:
    choices = [
        {"id": choice.id, "title": choice.title, "surcharge": choice.surcharge and choice.surcharge.as_dict()}
        for choice in option.choices
    ]
    plain = {"id": option.id, "title": option.title, "kind": option.kind}
    return plain | {"required": option.required, "choices": choices}


def plan_view(plan: Plan) -> PlanView:
    fee = Money(plan.upfront_fee, plan.currency) if plan.upfront_fee else None
    price = Money(plan.price, plan.currency)
    return PlanView(plan.id, plan.name, price, plan.every, plan.unit, fee, plan.cycles)


def kept_plan(kept: dict[str, Any] | None) -> PlanView | None:
    """The plan of a line's snapshot."""
    if kept is None:
        return None
    fee = Money(kept["upfront_fee"], kept["currency"]) if kept["upfront_fee"] else None
    price = Money(kept["price"], kept["currency"])
    return PlanView(kept["id"], kept["name"], price, kept["every"], kept["unit"], fee, kept["cycles"])


def product_view(product: Product, plan: Plan | None) -> ProductView:
    currency = product.currency
    options = [
        Option(
            id=option["id"],
            title=option["title"],
            kind=option["kind"],
            required=option["required"],
            choices=[_choice(choice, currency) for choice in option.get("choices", [])],
        )
        for option in product.options
    ]
    return ProductView(
        id=product.id,
        title=product.title,
        description=product.description,
        category=product.category,
        pricing=product.pricing,
        price=None if product.price is None else Money(product.price, currency),
        tax_rate=product.tax_rate,
        tax_included=product.tax_included,
        options=options,
        plan=plan_view(plan) if plan else None,
    )


def _choice(choice: dict[str, Any], currency: str) -> Choice:
    surcharge = choice.get("surcharge")
    return Choice(choice["id"], choice["title"], Money(surcharge, currency) if surcharge else None)
