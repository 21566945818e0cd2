"""Which orders are snoozed at a moment, worker or not (see app.orders.snooze)."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_

from app.orders.model import Order


def is_snoozed(order: Order, now: datetime) -> bool:
    return order.snoozed_at is not None and (order.snoozed_until is None or order.snoozed_until > now)


def snoozed(now: datetime) -> ColumnElement[bool]:
    """The condition of orders that are snoozed at this moment."""
    later = or_(Order.snoozed_until.is_(None), Order.snoozed_until > now)
    return and_(Order.snoozed_at.is_not(None), later)


def due(now: datetime) -> ColumnElement[bool]:
    """Of orders whose time has come and is not yet written down; hardly ever any."""
    return and_(Order.snoozed_until.is_not(None), Order.snoozed_until <= now)
