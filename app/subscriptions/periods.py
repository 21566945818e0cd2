"""A subscription's periods in the shop's calendar: what the next one costs and when it is due."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.payments.billing import bill_line
from app.subscriptions.calendar import Interval, moment_of, period_start
from app.subscriptions.model import Subscription


def interval_of(plan: dict[str, Any]) -> Interval:
    """The interval of a plan's snapshot."""
    return Interval(plan["every"], plan["unit"])


def start_of(subscription: Subscription, period: int) -> date:
    return period_start(subscription.anchor, interval_of(subscription.plan), period)


def due_at(subscription: Subscription, period: int, zone: ZoneInfo) -> datetime:
    """When this period is charged: as its first day begins in the shop's zone."""
    return moment_of(start_of(subscription, period), zone)


def period_line(subscription: Subscription) -> dict[str, Any]:
    """The next period as a line of a payment; `from` and `to` are its first and last day."""
    first = start_of(subscription, subscription.period)
    last = start_of(subscription, subscription.period + 1) - timedelta(days=1)
    plan = subscription.plan
    line = bill_line(plan["name"], plan["price"], subscription.tax_rate, "period")
    return line | {"from": first.isoformat(), "to": last.isoformat()}


def fee_line(subscription: Subscription) -> dict[str, Any]:
    """The up-front fee as a line."""
    plan = subscription.plan
    return bill_line(plan["name"], plan["upfront_fee"], subscription.tax_rate, "fee")


def less_credit(subscription: Subscription, lines: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], int]:
    """The lines with the credit taken off, and how much of it that uses (minor units)."""
    owed = sum(line["amount"] for line in lines)
    used = min(subscription.credit, owed)
    if not used:
        return lines, 0
    credit = bill_line(subscription.plan["name"], -used, subscription.tax_rate, "credit")
    return [*lines, credit], used


def cycles_over(subscription: Subscription) -> bool:
    """Whether all cycles of the plan were charged."""
    cycles = subscription.plan["cycles"]
    return cycles is not None and subscription.plan_cycle >= cycles
