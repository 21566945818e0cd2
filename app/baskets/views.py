"""A basket as its owner sees it: every line at today's price, and what stands in the way of ordering it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalogue.queries import products_by_id
from app.catalogue.views import PlanView, ProductView
from app.errors import Problem
from app.money import Money
from app.orders.model import METHODS
from app.orders.model import Line as OrderLine
from app.orders.placing import price
from app.orders.schemas import WantedLine
from app.tax import gross
from app.verb import validate


@dataclass(frozen=True, slots=True)
class LineView:
    """`was` is the price at which it came in, where that is another now; `problem` a text to translate.

    `product` is None when it is no longer offered; `sum` is with tax.
    """

    key: str
    title: str
    quantity: int
    product: ProductView | None
    options: list[dict[str, Any]]
    unit_price: Money | None
    sum: Money | None
    changed: bool
    was: Money | None
    problem: str

    @property
    def plan(self) -> PlanView | None:
        return self.product.plan if self.product else None


@dataclass(frozen=True, slots=True)
class BasketView:
    """`total` with tax, None while a line is by quote or cannot be ordered; `shown` stands for all of it."""

    lines: list[LineView]
    total: Money | None
    problem: str
    shown: str

    @property
    def plan(self) -> PlanView | None:
        return next((line.plan for line in self.lines if line.plan), None)

    @property
    def by_quote(self) -> bool:
        return any(line.product and line.product.pricing == "by_quote" for line in self.lines)

    @property
    def ready(self) -> bool:
        return bool(self.lines) and not self.problem and not any(line.problem for line in self.lines)

    @property
    def methods(self) -> list[str]:
        return ["online"] if self.plan else list(METHODS)

    @property
    def excludes_tax(self) -> bool:
        """Whether the total is more than the sum of the prices."""
        return any(line.product and line.unit_price and not line.product.tax_included for line in self.lines)


async def basket_view(session: AsyncSession, kept: Sequence[dict[str, Any]], currency: str) -> BasketView:
    products = await products_by_id(session, [line["product"] for line in kept])
    lines = [_line(line, products, currency) for line in kept]
    total, problem = None, ""
    if kept and not any(line.problem for line in lines):
        try:
            priced = price([_wanted(line) for line in kept], products)
            total = None if priced.total is None else Money(priced.total, currency)
        except Problem as found:
            problem = found.detail
    return BasketView(lines, total, problem, _digest(kept, products))


def wanted_lines(kept: Sequence[dict[str, Any]], view: BasketView) -> list[dict[str, Any]]:
    """The basket as orders.place takes it, at the terms that the view shows."""
    terms = {line.key: line.product.terms for line in view.lines if line.product}
    return [_plain(line) | {"terms": terms.get(line["key"])} for line in kept]


def _line(kept: dict[str, Any], products: dict[int, ProductView], currency: str) -> LineView:
    product = products.get(kept["product"])
    found, problem = _priced(kept, products)
    changed = product is not None and product.terms != kept["terms"]
    unit = found.unit_price if found else None
    before = None if kept["price"] is None else Money(kept["price"], currency)
    return LineView(
        key=kept["key"],
        title=product.title if product else kept["title"],
        quantity=kept["quantity"],
        product=product,
        options=found.options if found else [],
        unit_price=None if unit is None else Money(unit, currency),
        sum=_sum(found, currency),
        changed=changed,
        was=before if changed and kept["price"] != unit else None,
        problem=problem,
    )


def _sum(line: OrderLine | None, currency: str) -> Money | None:
    if line is None or line.unit_price is None:
        return None
    whole = line.unit_price * line.quantity
    return Money(gross(whole, line.tax_rate, included=line.tax_included), currency)


def _priced(kept: dict[str, Any], products: dict[int, ProductView]) -> tuple[OrderLine | None, str]:
    try:
        return price([_wanted(kept)], products).lines[0], ""
    except Problem as problem:
        return None, problem.detail


def _wanted(kept: dict[str, Any]) -> WantedLine:
    return validate(WantedLine, _plain(kept))


def _plain(kept: dict[str, Any]) -> dict[str, Any]:
    return {name: kept[name] for name in ("product", "quantity", "options")}


def _digest(kept: Sequence[dict[str, Any]], products: dict[int, ProductView]) -> str:
    """Of lines and prices: what is ordered is what was shown, whatever another tab or the shop did since."""
    terms = {number: product.terms for number, product in products.items()}
    said = [[line["key"], line["quantity"], terms.get(line["product"])] for line in kept]
    return hashlib.sha256(orjson.dumps(said)).hexdigest()[:16]
