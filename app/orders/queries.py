"""Reading orders: one at a time, or a page of a box; the number of queries never depends on the rows."""

import base64
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

import orjson
from sqlalchemy import ColumnElement, and_, false, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.author import Actor
from app.catalogue.views import kept_plan
from app.customers.model import Customer, shown
from app.errors import invalid
from app.labels.model import Label, OrderLabel
from app.money import Money
from app.orders import lifecycle, search
from app.orders.asleep import is_snoozed
from app.orders.boxes import either, holds, late_orders
from app.orders.filters import NONE, Filters
from app.orders.model import MOST_ID, Line, Order
from app.orders.views import CustomerView, LabelView, LineView, OrderRow, OrderView
from app.payments.queries import add_money
from app.quotes.model import Quote
from app.quotes.views import QuoteView, is_over, quote_view
from app.shop import Shop
from app.subscriptions.recurring import recurring_of
from app.team.model import Member
from app.unread.model import UNREAD, Reading, unread_of

PAGE = 50


async def order_view(session: AsyncSession, order: Order, actor: Actor, shop: Shop) -> OrderView:
    """One order as `actor` may know it; the caller has asked the door."""
    row = (await rows(session, actor, shop, [order]))[0]
    view = OrderView(**{name: getattr(row, name) for name in OrderRow.__slots__})
    view.can = lifecycle.can(order, actor.side, view.turn, snoozed=view.snoozed)
    view.approved = await _approved(session, order, shop)
    await add_money(session, view, order, shop)
    view.read, view.terms_id, view.currency = order.customer_read, order.terms_id, order.currency
    if actor.side == "team":
        await _for_team(session, view, order, actor)
    return view


def theirs(actor: Actor) -> ColumnElement[bool] | None:
    """The condition of the orders that `actor` may see; None for all."""
    if actor.side == "team" and actor.member_id:
        return None
    own, granted = Order.customer_id == actor.customer_id, Order.id.in_(actor.grants)
    if actor.customer_id and actor.grants:
        return either(own, granted)
    return own if actor.customer_id else granted if actor.grants else false()


async def page(
    session: AsyncSession,
    actor: Actor,
    shop: Shop,
    box: str,
    q: str = "",
    cursor: str = "",
    limit: int = PAGE,
    filters: Filters = NONE,
) -> tuple[list[OrderRow], str | None]:
    """A page of a box, latest first, and the cursor of the next one."""
    now = datetime.now(UTC)
    today = shop.today(now)
    late = await late_orders(session, today) if box == "inbox" else []
    given = (theirs(actor), holds(box, today, late, actor.side), _beyond(cursor))
    conditions = [condition for condition in given if condition is not None]
    conditions += await filters.conditions(session, actor, now, today)
    if q.strip():
        conditions = [Order.id.in_(await search.newest(session, q, actor.side, conditions, limit + 1))]
    wanted = select(Order).where(*conditions).order_by(*search.LATEST).limit(limit + 1)
    orders = (await session.scalars(wanted)).all()
    after = _cursor(orders[limit - 1]) if len(orders) > limit else None
    return await rows(session, actor, shop, orders[:limit]), after


async def rows(session: AsyncSession, actor: Actor, shop: Shop, orders: Sequence[Order]) -> list[OrderRow]:
    """Orders as rows for one reader, in the order given."""
    ids = [order.id for order in orders]
    if not ids:
        return []
    lines, quotes = await _lines(session, ids), await _open_quotes(session, orders, shop)
    emails = await _emails(session, orders)
    team = actor.side == "team"
    labels = await _labels(session, ids) if team else {}
    assignees = await _assignees(session, orders) if team else {}
    unread = await _unread(session, actor, orders)
    recurring = [order.id for order in orders if order.plan is not None]
    subscriptions = await recurring_of(session, recurring) if recurring else {}
    built = []
    for order in orders:
        row = _row(order, actor, shop, emails[order.customer_id])
        row.assignee_id = order.assignee_id if team else None
        row.lines, row.quote, row.unread = lines[order.id], quotes.get(order.id), unread.get(order.id, 0)
        row.recurring = subscriptions.get(order.id)
        if team:
            row.labels = labels.get(order.id, [])
            row.assignee, row.assignee_email = assignees.get(order.assignee_id or 0, (None, None))
        built.append(row)
    return built


def _row(order: Order, actor: Actor, shop: Shop, email: str) -> OrderRow:
    over = is_over(order.quote_until, shop.today(datetime.now(UTC)))
    awaiting = order.open_quote is not None and not over
    turn, waiting = order.turn, order.waiting_since
    if over and turn != "team":
        turn, waiting = "team", _end_of(order, shop)
    team = actor.side == "team"
    sleeps = team and is_snoozed(order, datetime.now(UTC))
    return OrderRow(
        id=order.id,
        number=order.number,
        side=actor.side,
        customer=CustomerView(order.customer_name, email, order.verified),
        title=order.title,
        status=order.status,
        awaiting=awaiting,
        turn=turn,
        waiting_since=waiting,
        total=None if order.total is None else Money(order.total, order.currency),
        by_quote=order.by_quote,
        plan=kept_plan(order.plan),
        payment_method=order.payment_method,
        payment_status=order.payment_status,
        without_quote=order.without_quote,
        starts_on=order.starts_on,
        note=order.note,
        head=order.last_seq if team else order.customer_seq,
        unread=0,
        boxes=[*lifecycle.boxes(order.status, turn, awaiting, sleeps)],
        snoozed=sleeps,
        snoozed_until=order.snoozed_until if sleeps else None,
        sorted_at=order.sorted_at,
        created_at=order.created_at,
        last_text=order.last_text,
    )


def _end_of(order: Order, shop: Shop) -> datetime:
    """When the last day of the open quote ended in the shop's zone."""
    assert order.quote_until is not None
    next_day = order.quote_until + timedelta(days=1)
    return datetime.combine(next_day, time(), tzinfo=shop.zone).astimezone(UTC)


async def _lines(session: AsyncSession, ids: list[int]) -> dict[int, list[LineView]]:
    found: dict[int, list[LineView]] = defaultdict(list)
    wanted = select(Line, Order.currency).join(Order).where(Line.order_id.in_(ids))
    for line, currency in await session.execute(wanted.order_by(Line.order_id, Line.position)):
        price = None if line.unit_price is None else Money(line.unit_price, currency)
        view = LineView(
            product=line.product_id,
            title=line.title,
            quantity=line.quantity,
            options=line.options,
            unit_price=price,
            plan=kept_plan(line.plan),
            tax_rate=line.tax_rate,
            tax_included=line.tax_included,
        )
        found[line.order_id].append(view)
    return found


async def _open_quotes(session: AsyncSession, orders: Sequence[Order], shop: Shop) -> dict[int, QuoteView]:
    today = shop.today(datetime.now(UTC))
    keys = [(order.id, order.open_quote) for order in orders if order.open_quote is not None]
    if not keys:
        return {}
    currencies = {order.id: order.currency for order in orders}
    found = await session.scalars(select(Quote).where(tuple_(Quote.order_id, Quote.version).in_(keys)))
    views = {quote.order_id: quote_view(quote, currencies[quote.order_id], today) for quote in found}
    return {order_id: view for order_id, view in views.items() if view.status == "sent"}


async def _approved(session: AsyncSession, order: Order, shop: Shop) -> QuoteView | None:
    if order.approved_quote is None:
        return None
    quote = await session.get_one(Quote, (order.id, order.approved_quote))
    return quote_view(quote, order.currency, shop.today(datetime.now(UTC)))


async def _emails(session: AsyncSession, orders: Sequence[Order]) -> dict[int, str]:
    ids = {order.customer_id for order in orders}
    found = await session.execute(select(Customer.id, Customer.email).where(Customer.id.in_(ids)))
    return {key: shown(email) for key, email in found}


async def _labels(session: AsyncSession, ids: list[int]) -> dict[int, list[LabelView]]:
    found: dict[int, list[LabelView]] = defaultdict(list)
    wanted = select(OrderLabel.order_id, Label).join(Label, Label.id == OrderLabel.label_id)
    for order_id, label in await session.execute(
        wanted.where(OrderLabel.order_id.in_(ids)).order_by(Label.name, Label.id)
    ):
        found[order_id].append(LabelView(label.slug, label.name, label.color))
    return found


async def _assignees(session: AsyncSession, orders: Sequence[Order]) -> dict[int, tuple[str, str]]:
    ids = {order.assignee_id for order in orders if order.assignee_id}
    if not ids:
        return {}
    found = await session.execute(select(Member.id, Member.name, Member.email).where(Member.id.in_(ids)))
    return {key: (name, email) for key, name, email in found}


async def _unread(session: AsyncSession, actor: Actor, orders: Sequence[Order]) -> dict[int, int]:
    if actor.side == "customer":
        return {order.id: order.customer_count - order.customer_read_count for order in orders}
    counters = {order.id: order.team_count for order in orders}
    wanted = select(Reading.order_id, Reading.count, Reading.marked).where(
        Reading.member_id == actor.member_id, UNREAD, Reading.order_id.in_(counters)
    )
    found = await session.execute(wanted)
    return {order_id: unread_of(counters[order_id], count, marked) for order_id, count, marked in found}


async def _for_team(session: AsyncSession, view: OrderView, order: Order, actor: Actor) -> None:
    reading = await session.get(Reading, (actor.member_id, order.id))
    view.read = order.last_seq
    if reading is not None and reading.unread:
        view.read = reading.seq
    elif reading is not None and reading.marked is not None:
        view.read = order.last_seq - 1  # so that the page says how far it was read when it is looked at
    view.peek = order.status == "pending"
    labels = select(Label).where(Label.archived_at.is_(None)).order_by(Label.name)
    view.all_labels = [
        LabelView(label.slug, label.name, label.color) for label in await session.scalars(labels)
    ]
    members = select(Member.email, Member.name).where(Member.removed_at.is_(None)).order_by(Member.name)
    view.members = [{"email": email, "name": name} for email, name in await session.execute(members)]


def _cursor(order: Order) -> str:
    plain = orjson.dumps([order.sorted_at.timestamp(), order.id])
    return base64.urlsafe_b64encode(plain).decode().rstrip("=")


def _beyond(cursor: str) -> Any:
    if not cursor:
        return None
    try:
        plain = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        moment, order_id = datetime.fromtimestamp(float(plain[0]), UTC), int(plain[1])
        if not 0 < order_id <= MOST_ID:
            raise ValueError
    except (ValueError, TypeError, IndexError, KeyError, OverflowError, OSError):
        raise invalid("cursor", "This is not a cursor of ours.") from None
    earlier = and_(Order.sorted_at == moment, Order.id < order_id)
    return and_(Order.sorted_at <= moment, or_(Order.sorted_at < moment, earlier))
