"""What happens to a subscription, written into its order's conversation."""

from typing import Any

from app import log
from app.author import Author
from app.db import Transaction
from app.orders.model import Order
from app.subscriptions.model import Subscription


async def note(
    tx: Transaction,
    order: Order,
    subscription: Subscription,
    author: Author,
    event: str,
    *,
    answers: bool = False,
    **data: Any,
) -> int:
    """Append the entry of `event`; its seq.

    `event` is started, renewed (by credit alone), overdue, recovered, plan_changed, plan_will_change,
    will_cancel, cancelled or ended.
    """
    shown: dict[str, Any] = {"subscription": subscription.id, "event": event, "state": subscription.state}
    shown["plan"] = subscription.plan
    shown |= {name: value for name, value in data.items() if value}
    entry = await log.append(tx, order, author, "subscription", shown, answers=answers)
    return entry.seq
