"""What an owner may say of the shop, checked."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from app import i18n
from app.audit.recording import record
from app.author import Actor
from app.branding.colors import HEX
from app.db import Transaction
from app.errors import FieldError, Problem
from app.mail.outbox import CONTROLS, TURNS
from app.shop import put
from app.shop_settings.choices import currencies, zones
from app.shop_settings.currency import change_currency

MOST_NAME: Final = 100
RATE: Final = re.compile(r"\d{1,2}(\.\d{1,3})?")


async def save(tx: Transaction, actor: Actor, values: dict[str, str]) -> None:
    """Write settings that `checked` has seen. Raises 422 for a currency that is fixed."""
    if "currency" in values:
        await change_currency(tx, values["currency"])
    changed = await put(tx.session, values)
    if changed:
        record(tx, actor, "shop_settings", fields=[_said(name) for name in changed])


def checked(values: Mapping[str, Any]) -> dict[str, str]:
    """Facts from what was typed into a form. Raises 422 that names every wrong field."""
    facts, errors = {}, []
    for name, check in CHECKS.items():
        if name not in values:
            continue
        try:
            facts[name] = check(str(values[name]))
        except Problem as problem:
            errors.append(FieldError(name, problem.errors[0].code, problem.errors[0].detail))
    if errors:
        raise Problem("invalid", errors[0].detail, errors=errors)
    return facts


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name:
        raise _wrong("missing", "Please fill this in.")
    if len(name) > MOST_NAME:
        raise _wrong("string_too_long", "This is too long.")
    if CONTROLS.search(name) or TURNS.search(name):
        raise _wrong("characters", "This holds characters that cannot be shown.")
    return name


def _chosen(known: Callable[[], frozenset[str]]) -> Callable[[str], str]:
    def check(text: str) -> str:
        if text not in known():
            raise _wrong("literal_error", "This choice is not offered.")
        return text

    return check


def _rate(text: str) -> str:
    """ "7,70" is "7.7"."""
    rate = text.strip().removesuffix("%").strip().replace(",", ".")
    if not rate.isascii() or not RATE.fullmatch(rate):
        raise _wrong("rate", "Please give a percentage, like 19 or 7.7.")
    whole, dot, rest = rate.partition(".")
    rest = rest.rstrip("0")
    return str(int(whole)) + (dot + rest if rest else "")


def _included(text: str) -> str:
    return "yes" if text in ("yes", "true", "on") else "no"


def _color(text: str) -> str:
    color = text.strip().lower()
    if color and not HEX.fullmatch(color):
        raise _wrong("color", "Please give a colour, like #0057b7.")
    return color


def _wrong(code: str, detail: str) -> Problem:
    return Problem("invalid", detail, errors=[FieldError("", code, detail)])


def _said(name: str) -> str:
    """What the audit log calls it."""
    return {"name": "shop_name"}.get(name, name)


CHECKS: Final[dict[str, Callable[[str], str]]] = {
    "name": _name,
    "currency": _chosen(currencies),
    "timezone": _chosen(zones),
    "language": _chosen(lambda: frozenset(i18n.LANGUAGES)),
    "tax_rate": _rate,
    "tax_included": _included,
    "color": _color,
}
