"""An order that a member is putting together for a customer: what its form says, as typed.

Like a product's form it changes in steps of the same form, without scripts, and nothing typed is lost.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.catalogue.views import ProductView
from app.errors import Problem
from app.forms import Form, sentence, whole
from app.i18n import gettext

PLAIN = ("email", "name", "q", "payment_method", "starts_on", "note", "cid")
FIELD = re.compile(r"lines\.(\d{1,2})\.(product|quantity|terms|option-[a-z0-9_-]{1,60})")
OPTION = re.compile(r"lines\.(\d+)\.options\.([a-z0-9_-]+)")
MOST_LINES = 50


@dataclass(slots=True)
class NewLine:
    """`options` by the name of the field, as typed."""

    product: str
    quantity: str = "1"
    terms: str = ""
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class NewOrder:
    plain: dict[str, str]
    lines: list[NewLine] = field(default_factory=list)

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> "NewOrder":
        found: dict[int, NewLine] = {}
        for name, value in values.items():
            if match := FIELD.fullmatch(name):
                line = found.setdefault(int(match[1]), NewLine(""))
                _set(line, match[2], value)
        plain = {name: str(values.get(name, "")) for name in PLAIN}
        return cls(plain, [line for _, line in sorted(found.items())])

    def values(self, products: Mapping[int, ProductView]) -> dict[str, Any]:
        """Everything by the name of its field; the terms are those of the prices that are shown now."""
        values: dict[str, Any] = dict(self.plain)
        for number, line in enumerate(self.lines):
            start, product = f"lines.{number}.", self.product(line, products)
            values |= {f"{start}product": line.product, f"{start}quantity": line.quantity}
            values[f"{start}terms"] = product.terms if product else line.terms
            values |= {f"{start}{name}": value for name, value in line.options.items()}
        return values

    def product(self, line: NewLine, products: Mapping[int, ProductView]) -> ProductView | None:
        number = whole(line.product)
        return products.get(number) if isinstance(number, int) else None

    def wanted(self, products: Mapping[int, ProductView], *, terms: bool) -> list[dict[str, Any]]:
        """The lines as orders.place takes them."""
        return [self._wanted(line, products, terms) for line in self.lines]

    def data(self, products: Mapping[int, ProductView]) -> dict[str, Any]:
        plain = self.plain
        data: dict[str, Any] = {"lines": self.wanted(products, terms=True)}
        data["payment_method"] = plain["payment_method"]
        data |= {name: plain[name] for name in ("starts_on", "note") if plain[name]}
        return data | {"customer": {"email": plain["email"], "name": plain["name"] or None}}

    def _wanted(self, line: NewLine, products: Mapping[int, ProductView], terms: bool) -> dict[str, Any]:
        product = self.product(line, products)
        options = [
            {"option": option.id, "value": line.options[name]}
            for option in (product.options if product else ())
            if (name := f"option-{option.id}") in line.options
        ]
        said = {"product": whole(line.product), "quantity": whole(line.quantity), "options": options}
        return said | ({"terms": line.terms} if terms and line.terms else {})


def refused_order(order: NewOrder, problem: Problem, products: Mapping[int, ProductView]) -> Form:
    """The form as it is shown after a refusal, in the language that is being spoken."""
    form = Form(order.values(products))
    for error in problem.errors:
        form.errors.setdefault(_named(error.field), []).append(sentence(error))
    known = {*form.values, "payment_method", *_options(order, products)}
    if not form.errors or not form.errors.keys() <= known:
        form.message = gettext(problem.detail)
    return form


def _options(order: NewOrder, products: Mapping[int, ProductView]) -> Sequence[str]:
    return [
        f"lines.{number}.option-{option.id}"
        for number, line in enumerate(order.lines)
        if (product := order.product(line, products))
        for option in product.options
    ]


def _named(path: str) -> str:
    """The form's name of a field of the verb; prices that changed are no field of theirs."""
    if match := OPTION.fullmatch(path):
        return f"lines.{match[1]}.option-{match[2]}"
    return "" if path.endswith(".terms") else path.removeprefix("customer.")


def _set(line: NewLine, name: str, value: Any) -> None:
    if name.startswith("option-"):
        line.options[name] = value
    else:
        setattr(line, name, value if isinstance(value, str) else value[-1])
