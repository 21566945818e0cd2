"""What may stand in braces in a canned reply, and what it becomes in one order."""

import re
from collections.abc import Mapping

from app.author import Actor
from app.errors import invalid
from app.i18n import gettext, speaking
from app.money import Money, format_money
from app.orders.model import Order
from app.shop import Shop

NAMES = ("customer", "number", "total", "link", "me")
BRACED = re.compile(r"\{(\w{1,40})\}")


def check(text: str) -> str:
    """The text, if everything in braces is known. Raises 422 that names what is not."""
    unknown = [name for name in BRACED.findall(text) if name not in NAMES]
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in NAMES)
        said = gettext("There is no %(unknown)s. Known are %(known)s.")
        raise invalid("text", said % {"unknown": f"{{{unknown[0]}}}", "known": known}, "unknown_placeholder")
    return text


def values_for(order: Order, actor: Actor, shop: Shop) -> dict[str, str]:
    """What the placeholders say in this order, in its customer's language.

    The link is the order's address, not one that opens it for whoever has it: members read it, too.
    """
    with speaking(order.language):
        by_quote = gettext("By quote")
    total = by_quote
    if order.total is not None:
        total = format_money(Money(order.total, order.currency), order.language)
    return {
        "customer": order.customer_name,
        "number": order.number,
        "total": total,
        "link": f"{shop.public_url}/orders/{order.number}",
        "me": actor.name or actor.email,
    }


def filled(text: str, values: Mapping[str, str]) -> str:
    """Each placeholder once: what a name holds in braces is text."""
    return BRACED.sub(lambda found: values.get(found[1], found[0]), text)
