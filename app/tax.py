"""Tax: rates are percentages as texts ("19", "7.7"), amounts are minor units, halves round up."""

from decimal import ROUND_HALF_UP, Decimal


def gross(amount: int, rate: str, *, included: bool) -> int:
    """What is to be paid for `amount`."""
    return amount if included else amount + _rounded(amount * Decimal(rate) / 100)


def tax_in(amount: int, rate: str) -> int:
    """The tax that is in a gross amount."""
    return _rounded(amount * Decimal(rate) / (100 + Decimal(rate)))


def _rounded(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))
