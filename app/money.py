"""Money: an integer in minor units and an ISO 4217 code; read and written in a person's notation."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from babel.numbers import (
    NumberFormatError,
    format_currency,
    format_decimal,
    get_currency_precision,
    get_currency_symbol,
    parse_decimal,
)

MOST = 10**12
UNSPACED = re.compile(r"(?<=[^\W\d_])(?=[-\d])")  # "CHF49.00": Babel leaves out what CLDR puts between
PLAIN = set("0123456789.,' -+\N{RIGHT SINGLE QUOTATION MARK}")


@dataclass(frozen=True, slots=True)
class Money:
    """`amount` in minor units of `currency`."""

    amount: int
    currency: str

    @property
    def digits(self) -> int:
        """How many digits of the amount stand behind the decimal point."""
        return int(get_currency_precision(self.currency))

    def as_dict(self) -> dict[str, Any]:
        return {"amount": self.amount, "currency": self.currency}


def format_money(money: Money, language: str) -> str:
    """As people write it: €1,234.50 in English, 1.234,50 € in German."""
    written = format_currency(_major(money), money.currency, locale=language)
    return UNSPACED.sub("\N{NO-BREAK SPACE}", written)


def format_amount(money: Money, language: str) -> str:
    """The bare number in a person's notation, as a form field takes it."""
    digits = get_currency_precision(money.currency)
    pattern = "#,##0." + "0" * digits if digits else "#,##0"
    return str(format_decimal(_major(money), format=pattern, locale=language))


def parse_money(text: str, currency: str, language: str, *, least: int = 1) -> Money:
    """What a person typed, in their notation ("1.234,50" in German). Raises ValueError(code)."""
    cleaned = text.strip().replace("\N{NO-BREAK SPACE}", " ").removesuffix(_symbol(currency, language))
    cleaned = cleaned.removeprefix(_symbol(currency, language)).strip()
    if len(cleaned) > 40 or not set(cleaned) <= PLAIN:
        raise ValueError("not_a_number")
    try:
        number = parse_decimal(cleaned, locale=language, strict=True)
    except (NumberFormatError, ValueError):
        raise ValueError("not_a_number") from None
    return Money(_minor(number, currency, least), currency)


def _minor(number: Decimal, currency: str, least: int) -> int:
    if not number.is_finite():
        raise ValueError("not_a_number")
    minor = number.scaleb(get_currency_precision(currency))
    if minor != minor.to_integral_value():
        raise ValueError("too_many_decimals")
    if minor < least:
        raise ValueError("not_positive")
    if minor > MOST:
        raise ValueError("too_large")
    return int(minor)


def _major(money: Money) -> Decimal:
    return Decimal(money.amount).scaleb(-get_currency_precision(money.currency))


def _symbol(currency: str, language: str) -> str:
    return get_currency_symbol(currency, locale=language)
