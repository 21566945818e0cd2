"""What the figures mean, and how each event of an order moves them. Pure; days are in the shop's zone.

- `placed`: orders by the day they were placed; `orders_<status>`: the same orders, by where they stand now.
- `confirmed`: the price (`order.total`) of orders, on the day they were confirmed; `confirmations` counts
  them. A later cancellation takes both out of that day.
- `open`: what those orders still owe of that price, on the day they were confirmed. What was paid and then
  given back is not owed again.
- `without_quote`: orders confirmed without a quote, on that day. They are in none of the figures of money:
  not in `confirmed` and `open`, and no payment of theirs is in `collected` or `recovered`.
- `collected`: payments of any kind on the day they succeeded (one that was noted by hand: on the day the
  money was received), less refunds on the day they succeeded.
- `recovered`: payments of subscriptions that succeeded after they had failed.
- `quotes_sent`, `quotes_approved`, `quotes_rejected`: on the day it happened.
- `first_reply`, `first_quote`: how long after placing a member first wrote to the customer (a message or a
  quote; not counted where the team itself had placed the order), and first sent a quote. `decision`: how
  long after a quote it was approved or rejected. On the day it happened; `key` is a bucket of
  app.analytics.histogram.
- `product`, `customer`: `confirmed`, by product and by customer (`key` is the id); `product_orders` and
  `customer_orders` count the orders.
- `subscriptions_<state>`: subscriptions by plan (`key`), `overdue`: what overdue ones owe. These are moves
  whose sum up to a day says how it stood at the end of that day.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple, Protocol

from app.analytics.histogram import bucket
from app.analytics.model import CountedOrder
from app.orders.model import STATUSES
from app.subscriptions.model import STATES

PLACED = ("placed", *(f"orders_{status}" for status in STATUSES))
MONEY = ("confirmed", "open", "collected", "recovered")
COUNTS = ("confirmations", "without_quote", "quotes_sent", "quotes_approved", "quotes_rejected")
TIMES = ("first_reply", "first_quote", "decision")
STANDING = (*(f"subscriptions_{state}" for state in STATES), "overdue")


class Move(NamedTuple):
    """`amount` counts, or is in minor units of `currency`."""

    day: date
    figure: str
    amount: int
    key: int = 0
    currency: str = ""


class Placed(Protocol):
    """What an order says of itself; `total` in minor units."""

    id: int
    customer_id: int
    created_at: datetime
    currency: str
    total: int | None


def place(order: Placed, day: date, *, by_team: bool) -> tuple[CountedOrder, list[Move]]:
    """A new order. What the team places for a customer needs no first reply."""
    counted = CountedOrder(
        order_id=order.id,
        placed_on=day,
        status="pending",
        replied_at=order.created_at if by_team else None,
        quoted_at=None,
        confirmed_on=None,
        confirmed=0,
        open=0,
        paid=0,
        out=False,
    )
    return counted, [Move(day, "placed", 1), Move(day, "orders_pending", 1)]


def reply(counted: CountedOrder, order: Placed, at: datetime, day: date) -> list[Move]:
    """A member has written to the customer."""
    if counted.replied_at is not None:
        return []
    counted.replied_at = at
    return [_lasted(day, "first_reply", order.created_at, at)]


def send_quote(counted: CountedOrder, order: Placed, at: datetime, day: date) -> list[Move]:
    moves = [Move(day, "quotes_sent", 1), *reply(counted, order, at, day)]
    if counted.quoted_at is None:
        counted.quoted_at = at
        moves.append(_lasted(day, "first_quote", order.created_at, at))
    return moves


def decide(status: str, sent_at: datetime, at: datetime, day: date) -> list[Move]:
    """A quote was approved or rejected; other ends of it are no decision."""
    if status not in ("approved", "rejected"):
        return []
    return [Move(day, f"quotes_{status}", 1), _lasted(day, "decision", sent_at, at)]


def restate(counted: CountedOrder, status: str) -> list[Move]:
    """The order stands elsewhere now."""
    on, before = counted.placed_on, counted.status
    counted.status = status
    return [Move(on, f"orders_{before}", -1), Move(on, f"orders_{status}", 1)]


def confirm(counted: CountedOrder, order: Placed, shares: Mapping[int, int], day: date) -> list[Move]:
    """`shares`: how much of the price each product has, in minor units. With `out`, it is only counted."""
    counted.confirmed_on = day
    if counted.out:
        return [Move(day, "without_quote", 1)]
    counted.confirmed = order.total or 0
    counted.open = max(0, counted.confirmed - counted.paid)
    return _confirmed(counted, order, shares, 1)


def unconfirm(counted: CountedOrder, order: Placed, shares: Mapping[int, int]) -> list[Move]:
    """It was cancelled: the day it was confirmed on holds it no longer."""
    assert counted.confirmed_on is not None
    moves = [Move(counted.confirmed_on, "without_quote", -1)]
    if not counted.out:
        moves = _confirmed(counted, order, shares, -1)
    counted.confirmed_on, counted.confirmed, counted.open = None, 0, 0
    return moves


def pay(counted: CountedOrder, order: Placed, price: int) -> list[Move]:
    """`price` came in for the order's price (minor units): it owes less."""
    counted.paid += price
    left = max(0, counted.confirmed - counted.paid)
    if counted.confirmed_on is None or left == counted.open:
        return []
    less, counted.open = left - counted.open, left
    return [Move(counted.confirmed_on, "open", less, 0, order.currency)]


def split(total: int, lines: Sequence[tuple[int, int | None]]) -> dict[int, int]:
    """An order's price by product, exactly; `lines` are (product, gross price or None) in minor units.

    Lines with a price have theirs and the others share the rest evenly. Where no others are, or no rest is,
    everything is in proportion to the prices.
    """
    rest = total - sum(price or 0 for _, price in lines)
    unpriced = sum(price is None for _, price in lines)
    if unpriced and rest > 0:
        shares = iter(_parts(rest, [1] * unpriced))
        parts = [next(shares) if price is None else price for _, price in lines]
    else:
        weights = [price or 0 for _, price in lines]
        parts = _parts(total, weights if any(weights) else [1] * len(lines))
    by_product: dict[int, int] = {}
    for (product, _), part in zip(lines, parts, strict=True):
        by_product[product] = by_product.get(product, 0) + part
    return by_product


def _parts(total: int, weights: Sequence[int]) -> list[int]:
    """`total` in proportion to the weights; rounding never loses a cent."""
    parts, given, weighed = [], 0, 0
    for weight in weights:
        weighed += weight
        upto = total * weighed // sum(weights)
        parts.append(upto - given)
        given = upto
    return parts


def _confirmed(counted: CountedOrder, order: Placed, shares: Mapping[int, int], sign: int) -> list[Move]:
    day, currency, customer = counted.confirmed_on, order.currency, order.customer_id
    assert day is not None
    moves = [Move(day, "confirmations", sign), Move(day, "customer_orders", sign, customer)]
    moves += [Move(day, "product_orders", sign, product) for product in shares]
    amounts: Iterable[tuple[str, int, int]] = (
        ("confirmed", counted.confirmed, 0),
        ("open", counted.open, 0),
        ("customer", counted.confirmed, customer),
        *(("product", share, product) for product, share in shares.items()),
    )
    return moves + [Move(day, name, sign * amount, key, currency) for name, amount, key in amounts if amount]


def _lasted(day: date, figure: str, since: datetime, until: datetime) -> Move:
    return Move(day, figure, 1, bucket((until - since).total_seconds()))
