"""Products and plans as readers see them."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import orjson

from app.catalogue.model import Plan, Product
from app.money import Money

LARGE, SMALL = 1600, 480  # pixels, of the longer side


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
class PictureView:
    """`width` and `height` are of the large one; `small` is for lists."""

    id: str
    alt: str
    width: int
    height: int

    @property
    def large(self) -> str:
        return f"/pictures/{self.id}/large"

    @property
    def small(self) -> str:
        return f"/pictures/{self.id}/small"

    @property
    def small_width(self) -> int:
        """Of the small one, in pixels: it never grew."""
        return round(self.width * min(1, SMALL / max(self.width, self.height)))

    def as_dict(self) -> dict[str, Any]:
        sizes = {"width": self.width, "height": self.height}
        return {"id": self.id, "alt": self.alt, "url": self.large, "small_url": self.small} | sizes


@dataclass(frozen=True)
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
    pictures: list[PictureView]
    version: int
    archived_at: datetime | None
    plan_retired: bool

    @property
    def archived(self) -> bool:
        return self.archived_at is not None

    @cached_property
    def terms(self) -> str:
        """A digest of all that this costs. Who orders says which terms they saw, and pays no others."""
        surcharges = [
            [option.id, choice.id, choice.surcharge and choice.surcharge.amount]
            for option in self.options
            for choice in option.choices
        ]
        price = self.price and self.price.as_dict()
        plan = self.plan and self.plan.snapshot()
        said = [self.pricing, price, self.tax_rate, self.tax_included, surcharges, plan]
        return hashlib.sha256(orjson.dumps(said)).hexdigest()[:16]

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
            "pictures": [picture.as_dict() for picture in self.pictures],
            "terms": self.terms,
            "version": self.version,
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
        pictures=[PictureView(**picture) for picture in product.pictures],
        version=product.version,
        archived_at=product.archived_at,
        plan_retired=plan is not None and plan.retired_at is not None,
    )


def _choice(choice: dict[str, Any], currency: str) -> Choice:
    surcharge = choice.get("surcharge")
    return Choice(choice["id"], choice["title"], Money(surcharge, currency) if surcharge else None)
