"""What the API answers, as its document says it and its tests hold every real answer against.

The views build these by hand (`as_dict`), which is several times faster than validating what is known to be
right; `tests/api/test_answers.py` keeps the two the same.
"""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.labels.model import Color
from app.orders.schemas import Method

Status = Literal["pending", "processing", "confirmed", "rejected", "cancelled"]
Number = Annotated[str, Field(pattern=r"^[1-9][0-9]{3,9}$", description="The number of an order.")]
Whole = Annotated[int, Field(strict=True)]
Count = Annotated[int, Field(strict=True, ge=0)]
Moment = Annotated[AwareDatetime, Field(description="RFC 3339, in UTC.")]
Seq = Annotated[int, Field(strict=True, ge=1)]
Cursor = Annotated[str | None, Field(description="The next page's `cursor`; null: that was all.")]
Done = Annotated[int | None, Field(description="The entry that was written; null: nothing was to be done.")]


class Answer(BaseModel):
    """Nothing is answered that the document does not say.

    A process that never shows the document need not wait at its start for what builds it: each is built when
    it is first asked.
    """

    model_config = ConfigDict(extra="forbid", defer_build=True)


class Money(Answer):
    """`amount` in minor units of `currency` (ISO 4217)."""

    amount: Whole
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]


class Interval(Answer):
    every: Seq
    unit: Literal["day", "week", "month", "year"]


class Plan(Answer):
    """`cycles`: how many periods it has; null: until it is cancelled."""

    id: Seq
    name: str
    price: Money
    interval: Interval
    upfront_fee: Money
    cycles: Seq | None
    retired: bool = False


class Choice(Answer):
    id: str
    title: str
    surcharge: Money | None


class Option(Answer):
    """What a product asks for. `choices` are those of the kinds `one` and `many`."""

    id: str
    title: str
    kind: Literal["one", "many", "text", "number", "date"]
    required: bool
    choices: list[Choice]


class Picture(Answer):
    """`url` and `small_url` are the shop's and public; sizes in pixels, of the large one."""

    id: str
    alt: str
    url: str
    small_url: str
    width: Seq
    height: Seq


class Product(Answer):
    """`price` is null where it is priced by quote; `tax_rate` in percent.

    `terms` stands for all that it costs, see orders.place; `version` counts the edits, see products.update.
    """

    id: Seq
    title: str
    description: str
    category: str
    pricing: Literal["fixed", "by_quote"]
    price: Money | None
    tax_rate: str
    tax_included: bool
    options: list[Option]
    plan: Plan | None
    pictures: list[Picture]
    terms: str
    version: Seq
    archived: bool = False


class Label(Answer):
    slug: str
    name: str
    color: Color


class KnownLabel(Label):
    """An archived label stays on the orders that have it, and cannot be put on others."""

    archived: bool


class Customer(Answer):
    """`verified`: whether a mailed link was used, so that the address is theirs."""

    name: str
    email: str
    verified: bool


class Assignee(Answer):
    email: str
    name: str


class ChosenOption(Answer):
    option: str
    title: str
    kind: str
    value: str


class Line(Answer):
    product: Seq
    title: str
    quantity: Seq
    options: list[ChosenOption]
    unit_price: Money | None
    plan: Plan | None


class QuoteLine(Answer):
    """`id` names it when a quote is approved; a decimal `quantity` is text. `amount` is the whole line's."""

    id: Seq
    title: str
    quantity: Seq | Annotated[str, Field(pattern=r"^[0-9]{1,6}\.[0-9]{1,3}$")]
    unit_price: Money
    tax_rate: str
    optional: bool
    amount: Money


class RateSum(Answer):
    """`rate` in percent."""

    rate: str
    net: Money
    tax: Money


class Counter(Answer):
    """What the customer would pay instead, tax included."""

    amount: Money
    text: str
    at: Moment


class Quote(Answer):
    """`valid_until` is included, in the shop's zone.

    `amount`, `net` and `taxes` are without optional lines; `net` and all `taxes` are the `amount`.
    `tax_included` is said of the lines' prices; the amount always is with tax. `seen_at` is for members.
    """

    version: Seq
    amount: Money
    lines: list[QuoteLine]
    tax_included: bool
    net: Money
    taxes: list[RateSum]
    note: str
    status: Literal["sent", "approved", "rejected", "cancelled", "superseded", "expired"]
    valid_until: date | None
    sent_at: Moment
    decided_at: Moment | None
    on_behalf: bool
    reason: str
    counter: Counter | None
    seen_at: Moment | None = None


class Order(Answer):
    """An order as the caller may know it: `unread` is their own, `last_seq` the last entry that they may see.

    `labels`, `assignee`, `waiting_since`, `snoozed` and `snoozed_until` are for members; what is snoozed
    without a time comes back when the customer writes or decides. `quote` is the open one, `subscription` an
    id.
    """

    number: Number
    status: Status
    awaiting_response: bool
    turn: Literal["team", "customer", "none"]
    unread: Count
    customer: Customer
    lines: list[Line]
    total: Money | None
    payment_method: Method
    payment_status: Literal["unpaid", "pending", "paid", "failed", "partially_refunded", "refunded"]
    without_quote: bool
    subscription: Seq | None
    quote: Quote | None
    starts_on: date | None
    note: str
    last_seq: Count
    created_at: Moment
    labels: list[Label] = []
    assignee: Assignee | None = None
    waiting_since: Moment | None = None
    snoozed: bool = False
    snoozed_until: Moment | None = None


class Payment(Answer):
    """`reason` says why it failed; `refunded` what was given back of it."""

    id: Seq
    amount: Money
    status: Literal["pending", "succeeded", "failed", "refunded"]
    method: Method
    at: Moment
    reason: str | None
    refunded: Money | None


class Subscription(Answer):
    """`cancel_at`: cancelled, and lives until then; `next_plan`: what the next period is charged for."""

    id: Seq
    order: Number
    customer: Customer
    plan: Plan
    next_plan: Plan | None
    state: Literal["scheduled", "active", "overdue", "cancelled", "ended"]
    starts_on: date
    next_charge_at: Moment | None
    cancel_at: Moment | None
    payments: list[Payment]


ABOUT_DATA = (
    "What the kind is about; a message has `text`, always the newest: with `edited_at` it was corrected, "
    "with `withdrawn_at` it was withdrawn and is empty. The `edit` that did it names the message as `seq`. "
    "`attachments` are the files of a message: `{id, name, type, size, url, width?, height?}` each. "
    "An `edit` with the action `erase` says that the customer was deleted: what anybody wrote in this order "
    "before is gone, with `erased` where it was, and has to be forgotten wherever it was copied to."
)


class By(Answer):
    role: Literal["member", "customer", "system"]
    name: str


class Entry(Answer):
    """One entry of an order's log, as the event frames of `/live` say it.

    `prev` is the entry before it that the caller may see: whoever holds that one has them all.
    """

    order: Number
    seq: Seq
    prev: Count
    kind: Literal[
        "placed", "message", "note", "label", "assigned", "status", "quote", "quote_decision", "payment",
        "payment_method", "subscription", "edit",
    ]  # fmt: skip
    cid: str | None
    at: Moment
    by: By
    data: Annotated[dict[str, Any], Field(description=ABOUT_DATA)]


class Card(Answer):
    brand: str
    last4: Annotated[str, Field(pattern="^[0-9]{4}$")]
    expires: Annotated[str, Field(pattern="^[0-9]{4}-[0-9]{2}$")]


class CatalogueAnswer(Answer):
    items: list[Product]
    next: Cursor


class OrdersAnswer(Answer):
    items: list[Order]
    next: Cursor


class TimelineAnswer(Answer):
    items: list[Entry]
    next: Annotated[Seq | None, Field(description="The next page's `after`; null: that was all.")]


class SubscriptionsAnswer(Answer):
    items: list[Subscription]
    next: Cursor


class OrderDone(Answer):
    seq: Done
    order: Order


class SubscriptionDone(Answer):
    seq: Done
    subscription: Subscription


class PictureDone(Answer):
    picture: Picture


class ProductDone(Answer):
    product: Product


class TemplateLine(Answer):
    """Without a `tax_rate` it will have that of what was ordered."""

    title: str
    quantity: Seq | Annotated[str, Field(pattern=r"^[0-9]{1,6}\.[0-9]{1,3}$")]
    unit_price: Money
    tax_rate: str | None
    optional: bool


class QuoteTemplate(Answer):
    """What a quote can start from; `valid_days` counts from the day it is made."""

    id: Seq
    name: str
    lines: list[TemplateLine]
    tax_included: bool | None
    note: str
    valid_days: Seq | None
    archived: bool


class QuoteTemplateDone(Answer):
    quote_template: QuoteTemplate


class QuoteTemplatesAnswer(Answer):
    items: list[QuoteTemplate]
    next: Cursor


class PlanDone(Answer):
    plan: Plan


class LabelDone(Answer):
    label: KnownLabel


class CardDone(Answer):
    card: Card
