"""The data of the verbs on products and plans."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from app.verb import Amount, Data, Flag, Key, Optional, Short, Whole

Id = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,60}$")]
Rate = Annotated[str, Field(pattern=r"^\d{1,2}(\.\d{1,3})?$")]
Category = Annotated[Key, Field(max_length=100)]
PictureId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


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
    def choices_where_one_chooses(self) -> Self:
        if (self.kind in ("one", "many")) != bool(self.choices):
            raise ValueError("choices belong to the kinds one and many, and only there")
        if len({choice.id for choice in self.choices}) != len(self.choices):
            raise ValueError("every choice needs an id of its own")
        return self


class PictureIn(Data):
    """`alt` says what is to be seen, for who does not see it; empty for what only adorns."""

    id: PictureId
    alt: Annotated[Optional, Field(max_length=300)] = ""


class ProductIn(Data):
    title: Short
    description: Optional = ""
    category: Category = ""
    pricing: Literal["fixed", "by_quote"]
    price: Amount | None = None
    tax_rate: Rate = "0"
    tax_included: Flag = True
    options: Annotated[list[OptionIn], Field(max_length=50)] = []
    plan: Whole | None = None
    pictures: Annotated[list[PictureIn], Field(max_length=12)] | None = None

    @model_validator(mode="after")
    def price_unless_quoted(self) -> Self:
        if (self.pricing == "fixed") != (self.price is not None):
            raise ValueError("a fixed price needs a price, and by quote has none")
        if len({option.id for option in self.options}) != len(self.options):
            raise ValueError("every option needs an id of its own")
        return self


class ProductUpdate(ProductIn):
    """What is left out becomes its default, but `pictures`, which stay.

    With `version`, only if the product is still as it was in that version, else 412.
    """

    id: Whole
    version: Whole | None = None


class Existing(Data):
    id: Whole


class Move(Data):
    """`products` go where `before` stands, in this order; null: to the end."""

    products: Annotated[list[Whole], Field(min_length=1, max_length=1000)]
    before: Whole | None = None


class Rename(Data):
    """What is called `category` is called `name` from now on; an empty name stands for none."""

    category: Category
    name: Category


class IntervalIn(Data):
    every: Annotated[int, Field(strict=True, ge=1, le=366)] = 1
    unit: Literal["day", "week", "month", "year"]


class PlanIn(Data):
    name: Short
    price: Amount
    interval: IntervalIn
    upfront_fee: Annotated[int, Field(strict=True, ge=0, le=10**12)] = 0
    cycles: Annotated[int, Field(strict=True, ge=1, le=10_000)] | None = None
