"""The lines of a quote as they are kept, and what those of them that count add up to."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.quotes.sums import Sums, add_up, line_amount


@dataclass(frozen=True, slots=True)
class Priced:
    """A kept line as something that adds up; `id` is its place among the lines, from 1."""

    id: int
    title: str
    amount: int
    tax_rate: str
    optional: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """`amount`: what is paid when no optional line is ticked. `lines` as they are kept."""

    amount: int
    lines: list[dict[str, Any]]
    tax_rate: str
    tax_included: bool


@dataclass(frozen=True, slots=True)
class Terms:
    """What a quote's prices mean unless it says otherwise: as the order's products have it."""

    tax_rate: str = "0"
    tax_included: bool = True


def terms_among(found: Sequence[tuple[str, bool]]) -> Terms:
    """Of what was ordered the highest rate, as in app.payments.billing, and whether prices include it."""
    if not found:
        return Terms()
    rate, included = max(found, key=lambda line: Decimal(line[0]))
    return Terms(plain_rate(rate), included)


def plain_rate(rate: str) -> str:
    """One way to write each rate, so that equal ones are one line of the sums."""
    return format(Decimal(rate).normalize(), "f")


def priced(lines: Sequence[dict[str, Any]]) -> list[Priced]:
    """Kept lines; those of quotes from before lines had a tax rate have none."""
    return [
        Priced(
            id=number,
            title=line["title"],
            amount=line_amount(line["quantity"], line["unit_price"]),
            tax_rate=line.get("tax_rate", "0"),
            optional=line.get("optional", False),
        )
        for number, line in enumerate(lines, start=1)
    ]


def counted(lines: Sequence[dict[str, Any]], ticked: Collection[int]) -> list[Priced]:
    """Without the optional lines that were not ticked."""
    return [line for line in priced(lines) if not line.optional or line.id in ticked]


def sums_of(lines: Sequence[dict[str, Any]], ticked: Collection[int], *, included: bool) -> Sums:
    """With these optional lines, named by their ids."""
    return add_up(counted(lines, ticked), included=included)


def quoted_title(line: dict[str, Any]) -> str:
    """ "2 × Oak board"; one of something is called by its title alone."""
    title: str = line["title"]
    return title if line["quantity"] == 1 else f"{line['quantity']} × {title}"
