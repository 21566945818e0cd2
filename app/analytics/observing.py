"""Every entry of every log passes by here, and moves the tallies in the transaction that writes it."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from sqlalchemy import func, insert, select

from app.analytics import tallies
from app.analytics.model import CountedOrder, CountedSubscription, TallyMove
from app.analytics.money import all_collected, price_part, received, returned
from app.analytics.tallies import Move
from app.db import Transaction
from app.entries import Entry
from app.orders.model import Line, Order
from app.payments.model import Payment
from app.quotes.model import Quote
from app.subscriptions.model import Subscription
from app.tax import gross

OWED = ("due", "pending", "failed")
Watch = Callable[[Transaction, Order, Entry], Awaitable[list[Move]]]


async def observe(tx: Transaction, order: Order, entry: Entry) -> None:
    """Move the tallies by an entry that was just appended to a locked order."""
    watch = WATCHES.get(entry.kind)
    if watch is None:
        return
    with tx.session.no_autoflush:  # what is asked here is stored already; the order is written once
        move(tx, await watch(tx, order, entry))


async def count_subscription(tx: Transaction, subscription: Subscription) -> None:
    """Bring the tallies to how a subscription of a locked order stands now."""
    held = await tx.session.get(CountedSubscription, subscription.id)
    owed = await _owed(tx, subscription) if subscription.state == "overdue" else 0
    now = (subscription.state, subscription.plan["id"], owed)
    if held is None:
        before = None
        held = CountedSubscription(subscription_id=subscription.id, state=now[0], plan_id=now[1], owed=owed)
        tx.session.add(held)
        await tx.session.flush()
    else:
        before = (held.state, held.plan_id, held.owed)
    held.state, held.plan_id, held.owed = now
    day, currency = tx.shop.today(tx.now), subscription.plan["currency"]
    moves = [(f"subscriptions_{now[0]}", 1, now[1], ""), ("overdue", owed, 0, currency)]
    if before is not None:
        moves += [(f"subscriptions_{before[0]}", -1, before[1], ""), ("overdue", -before[2], 0, currency)]
    move(tx, [] if now == before else [Move(day, *rest) for rest in moves])


def move(tx: Transaction, moves: Sequence[Move]) -> None:
    """Write moves at the end of the transaction."""
    rows = [
        {"day": day.toordinal(), "figure": figure, "amount": amount, "key": key, "currency": currency}
        for day, figure, amount, key, currency in moves
        if amount
    ]
    if rows:
        tx.finish.append(partial(_write, tx, rows))


async def _write(tx: Transaction, rows: list[dict[str, Any]]) -> None:
    await tx.session.execute(insert(TallyMove), rows)


async def _placed(tx: Transaction, order: Order, entry: Entry) -> list[Move]:
    by_team = entry.role == "member"
    counted, moves = tallies.place(order, tx.shop.today(entry.at), by_team=by_team)
    tx.session.add(counted)
    await tx.session.flush()
    return moves


async def _message(tx: Transaction, order: Order, entry: Entry) -> list[Move]:
    counted = await _counted(tx, order) if entry.role == "member" else None
    return tallies.reply(counted, order, entry.at, tx.shop.today(entry.at)) if counted else []


async def _quote(tx: Transaction, order: Order, entry: Entry) -> list[Move]:
    counted = await _counted(tx, order)
    return tallies.send_quote(counted, order, entry.at, tx.shop.today(entry.at)) if counted else []


async def _decision(tx: Transaction, order: Order, entry: Entry) -> list[Move]:
    quote = await tx.session.get_one(Quote, (order.id, entry.data["version"]))
    return tallies.decide(entry.data["status"], quote.sent_at, entry.at, tx.shop.today(entry.at))


async def _status(tx: Transaction, order: Order, entry: Entry) -> list[Move]:
    counted, status = await _counted(tx, order), entry.data["status"]
    if counted is None or counted.status == status:
        return []
    moves: list[Move] = []
    if counted.status == "confirmed":
        moves += tallies.unconfirm(counted, order, await _shares(tx, order))
    moves += tallies.restate(counted, status)
    if status == "confirmed":
        moves += await _take_out(tx, order, counted, entry)
        moves += tallies.confirm(counted, order, await _shares(tx, order), tx.shop.today(entry.at))
    return moves


async def _take_out(tx: Transaction, order: Order, counted: CountedOrder, entry: Entry) -> list[Move]:
    """What had come in of an order that is confirmed without a quote leaves the figures, or comes back."""
    out = bool(entry.data.get("without_quote"))
    if out == counted.out:
        return []
    counted.out = out
    moves = await all_collected(tx.session, order.id, tx.shop)
    return [move._replace(amount=-move.amount) for move in moves] if out else moves


async def _payment(tx: Transaction, order: Order, entry: Entry) -> list[Move]:
    payment = await tx.session.get_one(Payment, entry.data["payment"])
    if payment.subscription_id is not None:
        await count_subscription(tx, await tx.session.get_one(Subscription, payment.subscription_id))
    counted, status = await _counted(tx, order), entry.data["status"]
    if counted is None or status not in ("succeeded", "refunded"):
        return []
    if status == "refunded":
        back = returned(entry.data["amount"]["amount"], payment.currency, tx.shop.today(entry.at))
        return [] if counted.out else back
    moves = [] if counted.out else await received(tx.session, payment, tx.shop)
    return moves + tallies.pay(counted, order, price_part(payment))


async def _subscription(tx: Transaction, order: Order, entry: Entry) -> list[Move]:
    await count_subscription(tx, await tx.session.get_one(Subscription, entry.data["subscription"]))
    return []


WATCHES: dict[str, Watch] = {
    "placed": _placed,
    "message": _message,
    "quote": _quote,
    "quote_decision": _decision,
    "status": _status,
    "payment": _payment,
    "subscription": _subscription,
}


async def _counted(tx: Transaction, order: Order) -> CountedOrder | None:
    return await tx.session.get(CountedOrder, order.id)


async def _shares(tx: Transaction, order: Order) -> dict[int, int]:
    wanted = select(Line).where(Line.order_id == order.id).order_by(Line.position)
    lines = [(line.product_id, _price(line)) for line in await tx.session.scalars(wanted)]
    return tallies.split(order.total or 0, lines)


def _price(line: Line) -> int | None:
    if line.unit_price is None:
        return None
    return gross(line.unit_price * line.quantity, line.tax_rate, included=line.tax_included)


async def _owed(tx: Transaction, subscription: Subscription) -> int:
    wanted = select(func.coalesce(func.sum(Payment.amount), 0))
    mine = (Payment.subscription_id == subscription.id, Payment.status.in_(OWED))
    return int(await tx.session.scalar(wanted.where(*mine)) or 0)
