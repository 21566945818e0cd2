"""The shop's settings about money, kept as facts (app.shop) and read where they are needed."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import FieldError, Problem
from app.shop import Fact

DEFAULTS = {
    "retry_days": "1,3,5,7",
    "customers_may_cancel": "yes",
    "bank_details": "",
    "tax_number": "",
    "address": "",
}
MOST_DAYS = 60


@dataclass(frozen=True, slots=True)
class MoneySettings:
    """`retry_days`: days after the first failure; `bank_details` and `address` are texts of some lines."""

    retry_days: tuple[int, ...]
    customers_may_cancel: bool
    bank_details: str
    tax_number: str
    address: str


async def money_settings(session: AsyncSession) -> MoneySettings:
    rows = (await session.execute(select(Fact.name, Fact.value).where(Fact.name.in_(DEFAULTS)))).all()
    known = DEFAULTS | {name: value for name, value in rows}  # noqa: C416 - rows are not tuples to mypy
    return MoneySettings(
        retry_days=parse_days(known["retry_days"]),
        customers_may_cancel=known["customers_may_cancel"] == "yes",
        bank_details=known["bank_details"],
        tax_number=known["tax_number"],
        address=known["address"],
    )


async def retry_days(session: AsyncSession) -> tuple[int, ...]:
    return (await money_settings(session)).retry_days


def parse_days(text: str) -> tuple[int, ...]:
    """ "1, 3, 5, 7" as rising days; empty for no retries. Raises 422."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    days = [int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 4]
    if len(days) != len(parts) or sorted(set(days)) != days or any(not 0 < day <= MOST_DAYS for day in days):
        detail = "Please give rising numbers of days, like 1, 3, 5, 7."
        raise Problem("invalid", detail, errors=[FieldError("retry_days", "days", detail)])
    return tuple(days)


async def save(session: AsyncSession, values: dict[str, str]) -> list[str]:
    """Write settings; the names are those of DEFAULTS. Answers those that changed."""
    parse_days(values.get("retry_days", ""))
    changed = []
    for name in sorted(DEFAULTS.keys() & values.keys()):
        fact = await session.get(Fact, name)
        if values[name] != (fact.value if fact else DEFAULTS[name]):
            changed.append(name)
        if fact is None:
            session.add(Fact(name=name, value=values[name]))
        else:
            fact.value = values[name]
    return changed
