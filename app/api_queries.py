"""What the API's reads take in their queries: what validates them is what the document says of them."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError
from starlette.requests import Request

from app.errors import invalid
from app.orders.filters import Filters, Payment, Waiting, slugs_in
from app.verb import validate

MOST = 200


def _digits(text: object) -> object:
    # pydantic would take " 5", "5.0" and "1_0" for whole numbers, too
    if isinstance(text, str) and not (text.isascii() and text.isdigit() and len(text) < 10):
        raise PydanticCustomError("int_parsing", "This must be a whole number.")
    return text


def _day(description: str, **more: Any) -> Any:
    """Days are read by app.analytics.ranges, which knows the shop's."""
    return Field(description=description, json_schema_extra={"format": "date"}, **more)


Limit = Annotated[
    int,
    BeforeValidator(_digits),
    Field(ge=1, le=999_999_999, description=f"How many at most; more than {MOST} are never given at once."),
    AfterValidator(lambda number: min(number, MOST)),
]
Position = Annotated[int, BeforeValidator(_digits), Field(ge=0, le=999_999_999)]
Search = Annotated[str, Field(description="Words that are in it, or beginnings of them.")]
Cursor = Annotated[str, Field(description="`next` of the page before.")]


class Query(BaseModel):
    """Unknown parameters mean nothing: proxies and clients add some of their own."""

    model_config = ConfigDict(extra="ignore")

    @classmethod
    def of(cls, request: Request) -> Self:
        """The query of a request. Raises 422 that names every wrong parameter."""
        pairs = request.query_params.multi_items()
        given: Mapping[str, Any] = dict(pairs)
        if len(given) < len(pairs):
            twice = next(name for name in given if len(request.query_params.getlist(name)) > 1)
            raise invalid(twice, "This is given twice.", "repeated")
        return validate(cls, given)


class OrdersQuery(Query):
    """A page of a box, latest first. A customer sees their own orders.

    `label`, `assignee` and `waiting` are for members.
    """

    box: Literal[
        "inbox", "snoozed", "pending", "processing", "awaiting", "confirmed", "rejected", "cancelled", "all"
    ] = "all"  # fmt: skip
    q: Search = ""
    label: Annotated[
        str, Field(max_length=500, description="Slugs with commas between: an order has all of them.")
    ] = ""
    assignee: Annotated[
        str, Field(max_length=254, description="`me`, `nobody`, `someone`, or a member's address.")
    ] = ""
    unread: Annotated[Literal["true", "false"], Field(description="What the caller has not read.")] = "false"
    payment_status: Payment | None = None
    waiting: Annotated[
        Waiting | None,
        Field(description="`us`, for at least an `hour`, a `day` or a `week`; or the `customer`'s turn."),
    ] = None
    cursor: Cursor = ""
    limit: Limit = 50

    @property
    def filters(self) -> Filters:
        return Filters(
            labels=slugs_in(self.label),
            assignee=self.assignee.replace("\x00", ""),
            unread=self.unread == "true",
            payment=self.payment_status or "",
            waiting=self.waiting or "",
        )


class TimelineQuery(Query):
    after: Annotated[Position, Field(description="The last entry that one has.")] = 0
    limit: Limit = 50


class SubscriptionsQuery(Query):
    """`inactive` are those that were cancelled or have ended."""

    state: Literal["active", "scheduled", "overdue", "inactive"] | None = None
    q: Search = ""
    cursor: Cursor = ""
    limit: Limit = 50


class AnalyticsQuery(Query):
    """By themselves the last 30 days; 10 years at most."""

    first: Annotated[str | None, _day("The first day, in the shop's zone.", alias="from")] = None
    to: Annotated[str | None, _day("The last day, included.")] = None
