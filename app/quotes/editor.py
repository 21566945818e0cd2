"""The form in which a member writes a quote: one amount, or lines.

Lines are numbered fields ("title-0", "quantity-0", …), so that the form works without scripts: its buttons
for another line, for one less, for a template, bring the form again as it then is. static/live/editor.js does
the same without asking.
"""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from babel.numbers import NumberFormatError, format_decimal, parse_decimal

from app.errors import FieldError, Problem
from app.forms import AMOUNT, amount_of, whole
from app.money import Money, format_amount, parse_money
from app.quotes.model import Quote, QuoteTemplate
from app.quotes.schemas import MOST_LINES
from app.quotes.views import QuoteView

ROW = re.compile(r"(?:title|quantity|price|tax|optional)-(\d{1,4})")
PARTS = ("title", "quantity", "price", "tax", "optional")
NAMES = {"title": "title", "quantity": "quantity", "unit_price": "price", "tax_rate": "tax"}
FIRST_ROWS = 2
Values = dict[str, Any]


def rows_of(values: Mapping[str, Any]) -> list[Values]:
    """The typed lines in their order, as texts; none where the form is about one amount."""
    numbers = sorted({int(found[1]) for name in values if (found := ROW.fullmatch(name))})
    return [_row(values, number) for number in numbers[:MOST_LINES]]


def data_of(values: Mapping[str, Any], currency: str, language: str) -> dict[str, Any]:
    """Data for `quotes.send`. Raises 422 that names the fields as the form does."""
    data: dict[str, Any] = {}
    for name in ("note", "valid_until"):
        if values.get(name):
            data[name] = values[name]
    rows = rows_of(values)
    if not rows:
        if values.get("amount") is not None:
            data["amount"] = amount_of(str(values["amount"]), currency, language)
        return data
    data["lines"] = lines_of(rows, currency, language)
    if values.get("tax_included") in ("true", "false"):
        data["tax_included"] = values["tax_included"] == "true"
    return data


def template_of(values: Mapping[str, Any], currency: str, language: str) -> dict[str, Any]:
    """Data for a template. Raises 422 that names the fields as the form does."""
    data = data_of(values, currency, language)
    data.pop("valid_until", None)
    data.setdefault("lines", [])
    days = values.get("valid_days")
    return data | {"name": values.get("name", ""), "valid_days": whole(days) if days else None}


def lines_of(rows: list[Values], currency: str, language: str) -> list[dict[str, Any]]:
    """The lines that say something. Raises 422 with all that is wrong in them."""
    lines, errors = [], []
    for number, row in enumerate(rows):
        if not (row["title"].strip() or row["price"].strip()):
            continue
        line: dict[str, Any] = {"title": row["title"], "optional": row["optional"]}
        for name, read in (("quantity", _quantity), ("price", _price), ("tax", _tax)):
            try:
                line[name] = read(row[name], currency, language)
            except ValueError as error:
                code = str(error)
                errors.append(FieldError(f"{name}-{number}", code, SAID.get(code, AMOUNT.get(code, code))))
        if not row["title"].strip():
            errors.append(FieldError(f"title-{number}", "missing", "Please fill this in."))
        lines.append({"unit_price": line.pop("price", 0), "tax_rate": line.pop("tax", None)} | line)
    if errors:
        raise Problem("invalid", "Something in this request is not right.", errors=errors)
    if not lines:
        detail = "Please write at least one line."
        raise Problem("invalid", detail, errors=[FieldError("lines", "missing_lines", detail)])
    return lines


def named_as_typed(problem: Problem, values: Mapping[str, Any]) -> Problem:
    """What the verb says of "lines.1.title" is said of the field in which that was typed."""
    typed = [n for n, row in enumerate(rows_of(values)) if row["title"].strip() or row["price"].strip()]
    problem.errors = tuple(error._replace(field=_typed(error.field, typed)) for error in problem.errors)
    return problem


def with_rows(values: Mapping[str, Any], rows: list[Values]) -> Values:
    """The form's values with these lines instead of its own, numbered anew."""
    kept = {name: value for name, value in values.items() if not ROW.fullmatch(name)}
    for number, row in enumerate(rows[:MOST_LINES]):
        kept |= {f"{name}-{number}": row[name] for name in PARTS if row[name] is not False}
    return kept


def stepped(values: Mapping[str, Any], step: str) -> Values | None:
    """The form after one of its buttons; None for a button that is none of these."""
    rows = rows_of(values)
    if step == "lines":
        return with_rows(values, rows or [new_row() for _ in range(FIRST_ROWS)]) | {"focus": "first"}
    if step == "amount":
        return with_rows(values, [])
    if step == "add":
        return with_rows(values, [*rows, new_row()]) | {"focus": "last"}
    if step.startswith("remove-"):
        left = [row for number, row in enumerate(rows) if f"remove-{number}" != step]
        return with_rows(values, left or [new_row()])
    return None


def new_row() -> Values:
    return {"title": "", "quantity": "1", "price": "", "tax": "", "optional": False}


def from_lines(lines: list[dict[str, Any]], currency: str, language: str) -> list[Values]:
    """Kept lines as they are typed."""
    return [
        {
            "title": line["title"],
            "quantity": _spelt(line["quantity"], language),
            "price": format_amount(Money(line["unit_price"], currency), language),
            "tax": _spelt(line["tax_rate"], language) if line.get("tax_rate") else "",
            "optional": line.get("optional", False),
        }
        for line in lines
    ]


def from_template(template: QuoteTemplate, currency: str, language: str, today: date) -> Values:
    values: Values = {"note": template.note}
    if template.valid_days:
        values["valid_until"] = (today + timedelta(days=template.valid_days)).isoformat()
    if template.tax_included is not None:
        values["tax_included"] = "true" if template.tax_included else "false"
    return with_rows(values, from_lines(template.lines, currency, language))


def from_quote(quote: Quote, currency: str, language: str) -> Values:
    """The next version, to begin with as the one before it."""
    values: Values = {"note": quote.note, "tax_included": "true" if quote.tax_included else "false"}
    if quote.lines:
        return with_rows(values, from_lines(quote.lines, currency, language))
    return values | {"amount": format_amount(Money(quote.amount, currency), language)}


def from_counter(quote: QuoteView, language: str) -> Values:
    """What the customer offered, as the amount of the next version."""
    return {"amount": format_amount(quote.counter.amount, language)} if quote.counter else {}


def _row(values: Mapping[str, Any], number: int) -> Values:
    row: Values = {name: str(values.get(f"{name}-{number}", "")) for name in PARTS}
    return row | {"optional": row["optional"] in ("true", "on", "1", "True")}


def _quantity(text: str, _currency: str, language: str) -> int | str:
    number = _number(text or "1", language)
    if not 0 < number <= 10**6:
        raise ValueError("quantity")
    if number != round(number, 3):
        raise ValueError("three_decimals")
    return int(number) if number == int(number) else format(number.normalize(), "f")


def _price(text: str, currency: str, language: str) -> int:
    return parse_money(text, currency, language, least=0).amount


def _tax(text: str, _currency: str, language: str) -> str | None:
    if not text.strip():
        return None
    number = _number(text.strip().removesuffix("%"), language)
    if not 0 <= number < 100 or number != round(number, 3):
        raise ValueError("tax")
    return format(number.normalize(), "f")


def _number(text: str, language: str) -> Decimal:
    plain = text.strip()
    if len(plain) > 20 or not set(plain) <= set("0123456789.,"):
        raise ValueError("not_a_quantity")
    try:
        return parse_decimal(plain, locale=language, strict=True)
    except NumberFormatError:
        raise ValueError("not_a_quantity") from None


def _spelt(number: int | str, language: str) -> str:
    return str(
        format_decimal(Decimal(number), locale=language, decimal_quantization=False, group_separator=False)
    )


def _typed(field: str, typed: list[int]) -> str:
    parts = field.split(".")
    if len(parts) == 3 and parts[0] == "lines" and parts[1].isdigit() and int(parts[1]) < len(typed):
        return f"{NAMES.get(parts[2], parts[2])}-{typed[int(parts[1])]}"
    return field


SAID = {
    "quantity": "Please give a quantity between 0 and 1,000,000.",
    "three_decimals": "Please give at most three decimals.",
    "tax": "Please give a tax rate below 100, with at most three decimals.",
    "not_a_quantity": "Please give a number.",
}
