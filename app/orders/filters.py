"""Filters of a list: they combine, with the box and the search, and live in the address."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal, get_args
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, and_, exists, false, func, literal, not_, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.author import Actor
from app.errors import Problem
from app.labels.model import Label, OrderLabel
from app.orders.boxes import expired
from app.orders.model import PAYMENT_STATUSES, UNUSUALLY_PAID, Order
from app.team.model import Member
from app.unread.model import UNREAD, Reading

MOST_LABELS = 20
FEW = 2000
Waiting = Literal["us", "hour", "day", "week", "customer"]
Payment = Literal["unpaid", "pending", "paid", "failed", "partially_refunded", "refunded"]
LONGER = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}
WHOSE = ("me", "nobody", "someone")
Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Filters:
    """What of a box is shown. `labels` are slugs, all of which an order must have; `assignee` is one of
    WHOSE or a member's address; `waiting` says for whom, or for how long at least for us.
    """

    labels: tuple[str, ...] = ()
    assignee: str = ""
    unread: bool = False
    payment: str = ""
    waiting: str = ""

    @property
    def active(self) -> bool:
        return bool(self.labels or self.assignee or self.unread or self.payment or self.waiting)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """As they stand in an address."""
        one = {"assignee": self.assignee, "unread": "1" if self.unread else ""}
        one |= {"payment": self.payment, "waiting": self.waiting}
        given = [(name, value) for name, value in one.items() if value]
        return [*(("label", slug) for slug in self.labels), *given]

    def without(self, name: str, value: str) -> "Filters":
        """The same without one of them."""
        if name == "label":
            return replace(self, labels=tuple(slug for slug in self.labels if slug != value))
        if name == "unread":
            return replace(self, unread=False)
        one = {"assignee": self.assignee, "payment": self.payment, "waiting": self.waiting} | {name: ""}
        return replace(self, assignee=one["assignee"], payment=one["payment"], waiting=one["waiting"])

    async def conditions(
        self, session: AsyncSession, actor: Actor, now: datetime, today: date
    ) -> list[Condition]:
        """What an order fulfils. Raises 403 where a customer asks for what is the team's."""
        rest = self._plain(actor, now, today)
        return rest + [await _labelled(session, slug) for slug in self.labels]

    def _plain(self, actor: Actor, now: datetime, today: date) -> list[Condition]:
        if actor.side != "team" and (self.labels or self.assignee or self.waiting):
            raise Problem("forbidden", "Labels, assignments and waiting are for the team.")
        found: list[Condition] = []
        if self.assignee:
            found.append(_assigned(self.assignee, actor))
        if self.unread:
            found.append(_unread(actor))
        if self.payment:
            found.append(_paid(self.payment))
        if self.waiting:
            found.append(_waits(self.waiting, now, today))
        return found


NONE = Filters()


def filters_in(query: Any) -> Filters:
    """The filters of an address; what is no filter means nothing, as an address may be old or typed."""
    return Filters(
        labels=slugs_in(",".join(query.getlist("label"))),
        assignee=query.get("assignee", "").replace("\x00", "")[:254],
        unread=query.get("unread", "") in ("1", "true"),
        payment=_known(query.get("payment", ""), PAYMENT_STATUSES),
        waiting=_known(query.get("waiting", ""), get_args(Waiting)),
    )


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list shows: a box, of which what is searched and filtered."""

    box: str
    q: str = ""
    filters: Filters = field(default=NONE)

    @property
    def query(self) -> str:
        """What stands in an address beside the box."""
        return urlencode([*([("q", self.q)] if self.q else []), *self.filters.pairs])

    def path(self, box: str = "") -> str:
        return f"/desk/{box or self.box}" + (f"?{self.query}" if self.query else "")

    def but(self, name: str, value: str) -> str:
        """The address without one filter."""
        return replace(self, filters=self.filters.without(name, value)).path()

    @property
    def cleared(self) -> str:
        return replace(self, filters=NONE).path()

    def as_dict(self, assignee: str | None) -> dict[str, object]:
        """What static/live/filters.js compares rows with; `assignee` is a person's key."""
        shown = {"labels": list(self.filters.labels), "assignee": assignee or self.filters.assignee}
        more = {"payment": self.filters.payment, "waiting": self.filters.waiting}
        return {**shown, **more, "unread": self.filters.unread}


def slugs_in(text: str) -> tuple[str, ...]:
    """What stands between commas, each once, as many as may be."""
    slugs = (slug.strip()[:60] for slug in text.replace("\x00", "").split(","))
    return tuple(dict.fromkeys(slug for slug in slugs if slug))[:MOST_LABELS]


def _known(value: str, values: tuple[str, ...]) -> str:
    return value if value in values else ""


async def _labelled(session: AsyncSession, slug: str) -> Condition:
    """Few orders are found by their label, and many are met soon by who walks through the list."""
    label = await session.scalar(select(Label.id).where(Label.slug == slug))
    if label is None:
        return false()
    some = select(OrderLabel.order_id).where(OrderLabel.label_id == label)
    if len((await session.scalars(some.limit(FEW + 1))).all()) <= FEW:
        return Order.id.in_(some)
    its = select(literal(1)).select_from(OrderLabel)
    its = its.where(OrderLabel.order_id == Order.id, OrderLabel.label_id == label)
    return exists(its.correlate(Order).offset(0))


def _assigned(whose: str, actor: Actor) -> Condition:
    if whose == "me":
        return Order.assignee_id == actor.member_id
    if whose == "nobody":
        return Order.assignee_id.is_(None)
    if whose == "someone":
        return Order.assignee_id.is_not(None)
    named = select(Member.id).where(func.lower(Member.email) == whose.lower())
    return Order.assignee_id == named.scalar_subquery()


def _unread(actor: Actor) -> Condition:
    if actor.side != "team":
        return Order.customer_count > Order.customer_read_count
    mine = select(Reading.order_id).where(Reading.member_id == actor.member_id, UNREAD)
    return Order.id.in_(mine)


def _paid(status: str) -> Condition:
    paid = Order.payment_status == status
    # said once more in the index's own words, or SQLite would not know that it may use it
    return paid if status in ("unpaid", "paid") else and_(paid, text(UNUSUALLY_PAID))


def _waits(whom: str, now: datetime, today: date) -> Condition:
    """An open quote whose last day is over is waiting for us, worker or not."""
    if whom == "customer":
        return and_(Order.turn == "customer", not_(func.coalesce(expired(today), False)))
    if whom == "us":
        return or_(Order.turn == "team", expired(today))
    return and_(Order.turn == "team", Order.waiting_since <= now - LONGER[whom])
