"""Currencies that Stripe counts in other units than we do: 100 would be a hundredfold, or a hundredth.

We follow the Unicode CLDR, as people write prices (dinars of Serbia without coins); Stripe has its own list.
"""

from typing import Final

from babel.numbers import get_currency_precision

WHOLE: Final = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF")
)
THOUSANDTHS: Final = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])


def counts_alike(currency: str) -> bool:
    """Whether an amount of ours means the same to Stripe."""
    theirs = 0 if currency in WHOLE else 3 if currency in THOUSANDTHS else 2
    return bool(get_currency_precision(currency) == theirs)
