"""The data of the verbs on orders."""

from typing import Annotated, Literal

from pydantic import EmailStr, Field

from app.verb import Data, Day, Flag, Key, Optional, Short, Whole

Method = Literal["online", "bank_transfer", "cash", "invoice"]


class OptionValue(Data):
    option: Annotated[str, Field(max_length=60)]
    value: str | Whole | float | list[str] | None = None


class WantedLine(Data):
    """`terms` are those of the product as its buyer saw it: when they are others by now, it is 422."""

    product: Whole
    quantity: Annotated[int, Field(strict=True, ge=1, le=10_000)] = 1
    options: Annotated[list[OptionValue], Field(max_length=50)] = []
    terms: Annotated[str, Field(max_length=40)] | None = None


class Buyer(Data):
    email: Annotated[EmailStr, Field(max_length=254)]
    name: Short | None = None


class Place(Data):
    """`customer` is for members, who place on somebody's behalf, and for guests, who say who they are.

    `agreed_terms`: the number of the terms that were read, as in the address of their page; ordering is
    refused when others are in force by now. Without it, those in force apply.
    """

    lines: Annotated[list[WantedLine], Field(min_length=1, max_length=50)]
    payment_method: Method
    starts_on: Day | None = None
    note: Optional | None = None
    customer: Buyer | None = None
    agreed_terms: Whole | None = None


class Confirm(Data):
    without_quote: Flag = False


class Reason(Data):
    reason: Optional | None = None


class SetPaymentMethod(Data):
    payment_method: Method


class Assign(Data):
    member: Annotated[Key, Field(max_length=254)] | None
