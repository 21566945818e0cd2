"""The figures as CSV for a spreadsheet: one table, whose first column says what a row is about.

UTF-8 with a byte order mark, because spreadsheets take the file for something else without it. In German,
fields are parted by semicolons and decimals by commas, as spreadsheets there expect. Text that a spreadsheet
would take for a formula gets an apostrophe in front.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from decimal import Decimal

from babel.numbers import get_currency_precision

from app import i18n
from app.analytics.ranges import Range
from app.analytics.views import Analytics, Day, Figures
from app.i18n import gettext as _
from app.money import Money

FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
EMPTY = ""


def as_csv(found: Analytics, days: Sequence[Day]) -> bytes:
    """In the language that is being spoken."""
    german = i18n.language() == "de"
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";" if german else ",", lineterminator="\r\n")
    for row in _rows(found, days):
        writer.writerow([_field(value, decimal="," if german else ".") for value in row])
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def _rows(found: Analytics, days: Sequence[Day]) -> Iterator[list[str | int | Money | None]]:
    yield [_("Part"), _("Name"), *_headings(), _("Currency")]
    for part, over, figures in (
        (_("Range"), found.range, found.now),
        (_("Range before"), found.range.before, found.before),
    ):
        yield [part, _span(over), *_figures(figures), found.currency]
    for day in days:
        values = [day.placed, None, None, day.confirmed, None, day.collected]
        yield [_("Day"), day.first.isoformat(), *_filled(values), found.currency]
    for product in found.products:
        values = [None, product.orders, None, product.confirmed]
        yield [_("Product"), product.title, *_filled(values), found.currency]
    for customer in found.customers:
        name = f"{customer.name} <{customer.email}>" if customer.name else customer.email
        yield [
            _("Customer"),
            name,
            *_filled([None, customer.orders, None, customer.confirmed]),
            found.currency,
        ]


def _headings() -> list[str]:
    return [
        _("Orders placed"),
        _("Orders confirmed"),
        _("Confirmed without a quote"),
        _("Confirmed"),
        _("Open"),
        _("Collected"),
        _("Recovered"),
        _("Monthly recurring revenue"),
        _("Overdue"),
        _("Quotes sent"),
        _("Quotes approved"),
        _("Quotes rejected"),
        _("Seconds to first reply"),
        _("Seconds to quote"),
        _("Seconds to decision"),
    ]


def _figures(figures: Figures) -> list[str | int | Money | None]:
    money = (figures.confirmed, figures.open, figures.collected, figures.recovered, figures.monthly)
    counts = (figures.placed, figures.confirmations, figures.without_quote)
    return [*counts, *money, figures.overdue, *figures.quotes.values(), *figures.median_seconds.values()]


def _filled(values: Sequence[int | Money | None]) -> list[int | Money | None]:
    return [*values, *[None] * (len(_headings()) - len(values))]


def _span(days: Range) -> str:
    return f"{days.first.isoformat()} – {days.last.isoformat()}"


def _field(value: str | int | Money | None, *, decimal: str) -> str:
    if isinstance(value, Money):
        digits = get_currency_precision(value.currency)
        return f"{Decimal(value.amount).scaleb(-digits):f}".replace(".", decimal)
    if isinstance(value, str):
        return f"'{value}" if value.lstrip(" ").startswith(FORMULA) else value
    return EMPTY if value is None else str(value)
