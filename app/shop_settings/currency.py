"""Changing the currency, which works until the first order: amounts are kept in its minor units.

What the catalogue says stays as it reads: 49.00 euros become 49.00 dollars, and 49 yen.
"""

from typing import Any

from babel.numbers import get_currency_precision
from sqlalchemy import select

from app.catalogue.model import Plan, Product
from app.db import Transaction
from app.errors import invalid
from app.orders.model import Order
from app.payments.stripe_units import counts_alike
from app.quotes.model import QuoteTemplate
from app.shop import Fact, Shop


async def is_fixed(session: Any) -> bool:
    return await session.scalar(select(Order.id).limit(1)) is not None


async def change_currency(tx: Transaction, currency: str) -> None:
    """Raises 422 once there are orders. Whoever places the first one waits for this, or this for them."""
    fact = await tx.session.get_one(Fact, "currency", with_for_update=True, populate_existing=True)
    if fact.value == currency:
        return
    if await is_fixed(tx.session):
        why = "There are orders in this currency already; their amounts would change their meaning."
        raise invalid("currency", why, "fixed")
    check_gateway(tx.shop, currency)
    places = get_currency_precision(currency) - get_currency_precision(fact.value)
    for product in await tx.session.scalars(select(Product)):
        product.currency = currency
        product.price = product.price and _moved(product.price, places)
        product.options = [_option(option, places) for option in product.options]
    for plan in await tx.session.scalars(select(Plan)):
        plan.currency = currency
        plan.price = _moved(plan.price, places)
        plan.upfront_fee = plan.upfront_fee and _moved(plan.upfront_fee, places)
    for template in await tx.session.scalars(select(QuoteTemplate)):
        template.lines = [
            line | {"unit_price": _moved(line["unit_price"], places)} for line in template.lines
        ]


def check_gateway(shop: Shop, currency: str) -> None:
    """Raises 422 for a currency whose amounts mean something else to the gateway."""
    if shop.gateway == "stripe" and not counts_alike(currency):
        raise invalid("currency", "Stripe cannot charge cards in this currency.", "gateway")


def _option(option: dict[str, Any], places: int) -> dict[str, Any]:
    choices = [
        choice | {"surcharge": _moved(choice["surcharge"], places)} if choice.get("surcharge") else choice
        for choice in option["choices"]
    ]
    return option | {"choices": choices}


def _moved(amount: int, places: int) -> int:
    """Halves round up; nothing that costs something becomes free."""
    if places >= 0:
        return int(amount * 10**places)
    unit = int(10**-places)
    return max(1, (amount + unit // 2) // unit)
