"""What a concept declares of each of its verbs. `app.verbs` collects them; the doors only translate."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from app import log
from app.author import Actor, Author
from app.db import Transaction
from app.entries import Side
from app.errors import FieldError, Problem
from app.orders.model import Order

MOST_TEXT = 16_000
EVERYBODY: frozenset[Side] = frozenset(("team", "customer"))
TEAM: frozenset[Side] = frozenset(("team",))
CUSTOMER: frozenset[Side] = frozenset(("customer",))
Model = TypeVar("Model", bound=BaseModel)


@dataclass(slots=True)
class Call:
    """One use of a verb: its transaction, who asks, and the locked order (but for verbs without one)."""

    tx: Transaction
    actor: Actor
    author: Author
    data: Any
    locked: Order | None = None

    @property
    def order(self) -> Order:
        assert self.locked is not None, "the verb is declared on an order"
        return self.locked


@dataclass(slots=True)
class Done:
    """What a verb did: `seq` of the entry that answers it, or None; the order; or another `body`."""

    seq: int | None = None
    order_id: int | None = None
    created: bool = False
    body: dict[str, Any] = field(default_factory=dict)


class Data(BaseModel):
    """The data of a verb; unknown fields are refused, so that a typo never passes for an option."""

    model_config = ConfigDict(extra="forbid", str_max_length=MOST_TEXT)


@dataclass(frozen=True, slots=True)
class Verb:
    """`path` is the API's; `on_order` verbs get their order locked; `shows` is what the API answers with.

    `answer` describes a body of its own (see app.answers).

    Who may not, is told 403.
    """

    name: str
    path: str
    who: frozenset[Side]
    run: Callable[[Call], Awaitable[Done]]
    schema: type[Data] = Data
    on_order: bool = True
    status: Literal[200, 201] = 200
    shows: Literal["order", "subscription"] = "order"
    answer: type[BaseModel] | None = None


async def answered(tx: Transaction, person: str) -> Done | None:
    """What this request did when it came before; None for a new one. Raises 422 for another request."""
    if tx.cid is None or not person:
        return None
    entry = await log.answered(tx, person, tx.cid)
    if entry is None:
        return None
    if entry.digest != tx.digest:
        raise Problem("cid_reused", "This id was used for another request.")
    return Done(seq=entry.seq, order_id=entry.order_id, created=entry.kind == "placed")


def validate(schema: type[Model], data: Any) -> Model:
    """Data as its schema has it. Raises 422 that names every wrong field."""
    try:
        return schema.model_validate({} if data is None else data)
    except ValidationError as error:
        errors = [
            FieldError(".".join(map(str, item["loc"])), item["type"], item["msg"]) for item in error.errors()
        ]
        raise Problem("invalid", "Something in this request is not right.", errors=errors) from None


def _clean(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not hold NUL characters")
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _not_blank(text: str) -> str:
    if not text:
        raise ValueError("must not be empty")
    return text


def _day(value: object) -> object:
    # pydantic would take a time or a number of seconds for a day, too
    if (isinstance(value, str) and len(value) != 10) or isinstance(value, int | float):
        raise PydanticCustomError("date_type", "must be a day, like 2026-01-31")
    return value


Optional = Annotated[str, AfterValidator(_clean), Field(max_length=MOST_TEXT)]
Filled = Annotated[str, AfterValidator(_clean), AfterValidator(_not_blank)]
NOT_BLANK = {"pattern": r"\S"}  # for the document; _not_blank has the better words
Required = Annotated[Filled, Field(max_length=MOST_TEXT, json_schema_extra=NOT_BLANK)]
Short = Annotated[Filled, Field(max_length=200, json_schema_extra=NOT_BLANK)]
Key = Annotated[str, AfterValidator(_clean)]
Day = Annotated[date, BeforeValidator(_day)]
Flag = Annotated[bool, Field(strict=True)]
Whole = Annotated[int, Field(strict=True)]
Amount = Annotated[int, Field(strict=True, gt=0, le=10**12)]
