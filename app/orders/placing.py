"""What a customer chose, checked against the catalogue and priced."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from app.catalogue.views import Choice, Option, PlanView, ProductView
from app.errors import FieldError, Problem
from app.orders.model import Line
from app.tax import gross

MOST_TOTAL = 10**12
CHANGED = "What this costs has changed since you saw it. Please look at it again."


@dataclass(frozen=True, slots=True)
class Priced:
    """The lines of a new order; `total` in minor units with tax, None when one of them is priced by quote."""

    lines: list[Line]
    title: str
    total: int | None
    plan: PlanView | None


def price(wanted: Sequence[Any], products: dict[int, ProductView]) -> Priced:
    """Lines for what was chosen. Raises 422 that names every wrong field."""
    errors: list[FieldError] = []
    lines = [
        _line(position, choice, products.get(choice.product), errors)
        for position, choice in enumerate(wanted)
    ]
    plans = [product.plan for choice in wanted if (product := products.get(choice.product)) and product.plan]
    if len(plans) > 1 or any(
        products[c.product].plan and c.quantity > 1 for c in wanted if c.product in products
    ):
        errors.append(FieldError("lines", "one_plan", "An order can have one plan at most."))
    total = _total([line for line in lines if line])
    if total is not None and total > MOST_TOTAL:
        errors.append(FieldError("lines", "too_large", "This order is too large."))
    if errors:
        raise Problem("invalid", errors[0].detail, errors=errors)
    good = [line for line in lines if line]
    return Priced(good, _title(good), total, plans[0] if plans else None)


def _line(position: int, choice: Any, product: ProductView | None, errors: list[FieldError]) -> Line | None:
    where = f"lines.{position}"
    if product is None:
        errors.append(FieldError(f"{where}.product", "unknown", "There is no such product."))
        return None
    chosen, surcharge = _options(where, choice.options, product, errors)
    if choice.terms is not None and choice.terms != product.terms:
        errors.append(FieldError(f"{where}.terms", "price_changed", CHANGED))
    fixed = product.price is not None
    return Line(
        position=position,
        product_id=product.id,
        title=product.title,
        quantity=choice.quantity,
        options=chosen,
        unit_price=product.price.amount + surcharge if fixed and product.price else None,
        plan=product.plan.snapshot() if product.plan else None,
        tax_rate=product.tax_rate,
        tax_included=product.tax_included,
    )


def _options(
    where: str, given: Sequence[Any], product: ProductView, errors: list[FieldError]
) -> tuple[list[dict[str, Any]], int]:
    values = {item.option: item.value for item in given}
    for unknown in values.keys() - {option.id for option in product.options}:
        errors.append(FieldError(f"{where}.options.{unknown}", "unknown", "There is no such option."))
    chosen, surcharge = [], 0
    for option in product.options:
        try:
            texts, extra = _value(option, values.get(option.id))
        except ValueError as error:
            errors.append(FieldError(f"{where}.options.{option.id}", "option", str(error)))
            continue
        surcharge += extra
        if texts:
            value = ", ".join(texts)
            chosen.append({"option": option.id, "title": option.title, "kind": option.kind, "value": value})
    return chosen, surcharge


def _value(option: Option, value: Any) -> tuple[list[str], int]:
    """What was chosen, in words, and its surcharge."""
    if value is None or value == "" or value == []:
        if option.required:
            raise ValueError("Please choose here." if option.choices else "Please fill this in.")
        return [], 0
    if option.kind in ("one", "many"):
        return _choices(option, value)
    return [_plain(option.kind, value)], 0


def _choices(option: Option, value: Any) -> tuple[list[str], int]:
    picked = value if isinstance(value, list) else [value]
    if option.kind == "one" and len(picked) > 1:
        raise ValueError("Only one of these can be chosen.")
    known: dict[str, Choice] = {choice.id: choice for choice in option.choices}
    if not all(isinstance(item, str) and item in known for item in picked):
        raise ValueError("This choice is not offered.")
    choices = [known[item] for item in dict.fromkeys(picked)]
    return [choice.title for choice in choices], sum(c.surcharge.amount for c in choices if c.surcharge)


def _plain(kind: str, value: Any) -> str:
    if isinstance(value, (list, bool)) or len(str(value)) > 2000 or "\x00" in str(value):
        raise ValueError("This is too long or not text.")
    text = str(value).strip()
    if kind == "number":
        return _number(text)
    if kind == "date":
        return _date(text)
    return text


def _number(text: str) -> str:
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        raise ValueError("Please give a number.") from None
    if not number.is_finite() or abs(number) > 10**9 or len(text) > 20:
        raise ValueError("Please give a number.")
    return text


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError("Please give a date.") from None


def _total(lines: Sequence[Line]) -> int | None:
    if any(line.unit_price is None for line in lines):
        return None
    return sum(
        gross((line.unit_price or 0) * line.quantity, line.tax_rate, included=line.tax_included)
        for line in lines
    )


def _title(lines: Sequence[Line]) -> str:
    first = lines[0].title if lines[0].quantity == 1 else f"{lines[0].quantity} × {lines[0].title}"
    return first if len(lines) == 1 else f"{first} + {len(lines) - 1}"
