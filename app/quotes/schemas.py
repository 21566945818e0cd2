"""What the verbs of quotes take."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from app.verb import Amount, Data, Day, Flag, Optional, Short, Whole

MOST_AMOUNT = 10**12
MOST_QUANTITY = 1_000_000
MOST_LINES = 200
DECIMAL = re.compile(r"(?=.*[1-9])[0-9]{1,7}\.[0-9]{1,3}")


def _quantity(value: object) -> int | str:
    """Whole numbers are numbers; hours and metres are decimals as texts, as tax rates are."""
    if isinstance(value, str) and DECIMAL.fullmatch(value):
        plain = value.lstrip("0").rstrip("0").removesuffix(".")
        value = f"0{plain}" if plain.startswith(".") else plain
        if "." not in value:
            value = int(value)
        elif int(value.partition(".")[0]) < MOST_QUANTITY:
            return value
    if isinstance(value, bool) or not isinstance(value, int):
        raise PydanticCustomError("quantity", "Please give a whole number, or one like “1.5” as text.")
    if not 0 < value <= MOST_QUANTITY:
        raise PydanticCustomError("quantity", "Please give a quantity between 0 and 1,000,000.")
    return value


Quantity = Annotated[
    int | str,
    BeforeValidator(_quantity),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": MOST_QUANTITY},
                {"type": "string", "pattern": r"^[0-9]{1,6}\.[0-9]{1,3}$"},
            ],
            "description": "A whole number, or a decimal as text",
        }
    ),
]
Rate = Annotated[str, Field(pattern=r"^[0-9]{1,2}(\.[0-9]{1,3})?$", description="In percent")]
UnitPrice = Annotated[int, Field(strict=True, ge=0, le=MOST_AMOUNT)]


class SentLine(Data):
    """`optional`: the customer ticks it, or not. Without a `tax_rate` it has that of what was ordered."""

    title: Short
    quantity: Quantity
    unit_price: UnitPrice
    tax_rate: Rate | None = None
    optional: Flag = False


class Send(Data):
    """`amount` in minor units, tax included, or `lines` that add up to it.

    `tax_included`: whether the unit prices hold their tax; without it, as the prices of what was ordered do.
    """

    amount: Amount | None = None
    lines: Annotated[list[SentLine], Field(max_length=MOST_LINES)] | None = None
    tax_included: Flag | None = None
    note: Optional | None = None
    valid_until: Day | None = None

    @model_validator(mode="after")
    def one_price(self) -> "Send":
        if (self.amount is None) == (not self.lines):
            raise ValueError("give an amount or lines, and not both")
        return self


class Decide(Data):
    version: Whole
    on_behalf: Flag = False
    reason: Optional | None = None


class Approve(Decide):
    """`optional`: the ids of the optional lines that are wanted, too."""

    optional: Annotated[list[Whole], Field(max_length=MOST_LINES)] = []


class Named(Data):
    version: Whole


class Counter(Named):
    """What the customer would pay instead, tax included, and why."""

    amount: Amount
    text: Annotated[Optional, Field(max_length=4_000)] = ""
