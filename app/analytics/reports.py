"""Putting a range's figures together from the tallies."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.analytics.histogram import median
from app.analytics.queries import ALWAYS, Rank, by_day, leaders, plan_afresh, sums, with_figure
from app.analytics.ranges import Range
from app.analytics.tallies import COUNTS, MONEY, PLACED, STANDING, TIMES
from app.analytics.views import Analytics, CustomerShare, Day, Figures, ProductShare
from app.catalogue.model import Plan, Product
from app.customers.model import Customer
from app.money import Money
from app.orders.model import STATUSES
from app.subscriptions.calendar import Interval, monthly_value
from app.subscriptions.model import STATES

SHOWN = 10
RECURS = ("active", "overdue")
MEDIANS = {"first_reply": "first_reply", "quote": "first_quote", "decision": "decision"}
Found = Mapping[tuple[str, int], int]


async def report(session: AsyncSession, days: Range, currency: str) -> Analytics:
    """Everything about a range; a dozen queries, whatever the number of orders."""
    await plan_afresh(session)
    ranges = {"now": _ordinals(days), "before": _ordinals(days.before)}
    found = await sums(session, (*PLACED, *MONEY, *COUNTS, *TIMES), ranges, currency)
    until = {"now": (0, ALWAYS), "before": (0, days.before.last.toordinal())}
    stands = await sums(session, STANDING, until, currency)
    prices = await _monthly_values(session, currency)
    products, _ = await leaders(session, "product", days, currency, SHOWN)
    customers, certain = await leaders(session, "customer", days, currency, SHOWN)
    return Analytics(
        range=days,
        currency=currency,
        now=_figures(found["now"], stands["now"], prices, currency),
        before=_figures(found["before"], stands["before"], prices, currency),
        products=await _products(session, products, currency),
        customers=await _customers(session, customers, currency),
        certain=certain,
    )


async def subscription_counts(session: AsyncSession) -> Counter[str]:
    """How many subscriptions are in each state, without counting them."""
    found = (await sums(session, STANDING, {"now": (0, ALWAYS)}, ""))["now"]
    states: Counter[str] = Counter()
    for state in STATES:
        states[state] = sum(number for _, number in with_figure(found, f"subscriptions_{state}"))
    return states


async def day_rows(session: AsyncSession, days: Range, currency: str) -> list[Day]:
    """Every day of the range, those without anything too."""
    found = await by_day(session, ("placed", "confirmed", "collected"), days, currency)
    return [
        Day(
            first=day,
            last=day,
            placed=found[day]["placed"],
            confirmed=Money(found[day]["confirmed"], currency),
            collected=Money(found[day]["collected"], currency),
        )
        for day in (days.first + timedelta(days=number) for number in range(days.days))
    ]


def _figures(found: Found, stands: Found, prices: Mapping[int, Fraction], currency: str) -> Figures:
    money = {name: Money(found[name, 0], currency) for name in MONEY}
    live = [pair for state in RECURS for pair in with_figure(stands, f"subscriptions_{state}")]
    recurring = sum((count * prices.get(plan, Fraction(0)) for plan, count in live), Fraction(0))
    return Figures(
        **money,
        confirmations=found["confirmations", 0],
        without_quote=found["without_quote", 0],
        placed=found["placed", 0],
        orders={status: found[f"orders_{status}", 0] for status in STATUSES},
        quotes={name: found[f"quotes_{name}", 0] for name in ("sent", "approved", "rejected")},
        median_seconds={name: median(dict(with_figure(found, of))) for name, of in MEDIANS.items()},
        monthly=Money(round(recurring), currency),
        overdue=Money(stands["overdue", 0], currency),
        overdue_count=sum(count for _, count in with_figure(stands, "subscriptions_overdue")),
    )


async def _monthly_values(session: AsyncSession, currency: str) -> dict[int, Fraction]:
    """What each plan brings in a month, in minor units; a plan in use is never edited."""
    wanted = select(Plan.id, Plan.price, Plan.every, Plan.unit).where(Plan.currency == currency)
    found: Any = await session.execute(wanted)
    return {key: monthly_value(price, Interval(every, unit)) for key, price, every, unit in found}


async def _products(session: AsyncSession, ranks: list[Rank], currency: str) -> list[ProductShare]:
    wanted = select(Product.id, Product.title).where(Product.id.in_([rank.key for rank in ranks]))
    found: Any = await session.execute(wanted)
    titles = {key: title for key, title in found}  # noqa: C416 - rows are not tuples to mypy
    return [
        ProductShare(rank.key, titles.get(rank.key, ""), rank.orders, Money(rank.amount, currency))
        for rank in ranks
    ]


async def _customers(session: AsyncSession, ranks: list[Rank], currency: str) -> list[CustomerShare]:
    wanted = select(Customer.id, Customer.name, Customer.email)
    found: Any = await session.execute(wanted.where(Customer.id.in_([rank.key for rank in ranks])))
    known = {key: (name, email) for key, name, email in found}
    return [
        CustomerShare(*known[rank.key], rank.orders, Money(rank.amount, currency))
        for rank in ranks
        if rank.key in known
    ]


def _ordinals(days: Range) -> tuple[int, int]:
    return days.first.toordinal(), days.last.toordinal()
