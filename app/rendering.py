"""Templates: pages, and the fragments that pages, frames and catching up share."""

import hashlib
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent, get_currency_precision
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.filters import do_urlize
from jinja2.nodes import EvalContext
from markupsafe import Markup, escape

from app import i18n
from app.attachments.sizes import filesize
from app.attachments.types import ACCEPTED
from app.catalogue.views import kept_plan
from app.money import Money, format_amount, format_money
from app.payments.reasons import reason
from app.shortcuts import acts, shortcuts

ROOT = Path(__file__).parent.parent
STATIC = ROOT / "static"
LINKISH = re.compile(r"[.:@]")


def render(name: str, **context: Any) -> str:
    """A template in the language that is being spoken (see app.i18n.speaking)."""
    return environment().get_template(name).render(context)


def prepare() -> None:
    """Compile every template and catalog now: the first to come would wait for it, and all others too."""
    i18n.prepare()
    for name in environment().list_templates():
        environment().get_template(name)


@cache
def environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(ROOT / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    env.install_gettext_callables(i18n.gettext, i18n.ngettext, newstyle=True)  # type: ignore[attr-defined]
    env.policies["ext.i18n.trimmed"] = True
    env.globals |= {
        "accepted": ACCEPTED,
        "digits_of": get_currency_precision,
        "static": static,
        "modules": modules,
        "icon": icon,
        "new_cid": lambda: str(uuid4()),
    }
    env.globals |= {"shortcuts": shortcuts, "shortcut_acts": acts}
    env.filters |= {
        "money": money,
        "amount": amount,
        "kept_plan": kept_plan,
        "reason": reason,
        "percent": percent,
        "quantity": quantity,
        "receipt": receipt,
        "when": when,
        "day": day,
        "chosen": chosen,
        "linkify": linkify,
        "interval": interval,
        "filesize": filesize,
        "quote": lambda text: "\n".join(f"> {line}" for line in text.splitlines()),
    }
    return env


def static(path: str) -> str:
    """The address of a static file. The version stands before the path, so modules import each other's."""
    return f"/static/{version()}/{path}"


@cache
def version() -> str:
    """One for all static files; it changes with any of them, so that browsers may keep them for good."""
    found = hashlib.sha256()
    for file in sorted(STATIC.rglob("*")):
        if file.is_file():
            found.update(file.read_bytes())
    return found.hexdigest()[:10]


@cache
def modules() -> list[str]:
    """What live.js imports, for the browser to fetch at once."""
    return [static(f"live/{file.name}") for file in sorted((STATIC / "live").glob("*.js"))]


def icon(name: str) -> Markup:
    return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>').format(
        static("icons.svg"), name
    )


def money(value: Money | dict[str, Any] | None) -> str:
    """An amount with its currency, also as an entry keeps it."""
    if isinstance(value, dict):
        value = Money(value["amount"], value["currency"])
    return "" if value is None else format_money(value, i18n.language())


def amount(value: Money | None) -> str:
    return "" if value is None else format_amount(value, i18n.language())


def percent(rate: str) -> str:
    """A tax rate in the reader's notation: "19%", "7,7 %"."""
    return str(format_percent(Decimal(rate) / 100, locale=i18n.language(), decimal_quantization=False))


def quantity(number: int | str) -> str:
    """How many, in the reader's notation: "3", "1,5"."""
    return str(format_decimal(Decimal(number), locale=i18n.language(), decimal_quantization=False))


def receipt(number: int) -> str:
    """What a receipt is called: "R-000001"."""
    return f"R-{number:06}"


def when(moment: datetime | str, style: str = "datetime") -> Markup:
    """A time that live.js puts into the reader's zone; without it, UTC. An entry keeps it as text."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    iso = moment.isoformat()
    return Markup('<time datetime="{}" data-format="{}">{}</time>').format(
        iso, style, utc(moment, i18n.language())
    )


def utc(moment: datetime, language: str) -> str:
    """A time for who has no scripts."""
    return _utc(int(moment.timestamp()) // 60, language)


@lru_cache(4096)
def _utc(minute: int, language: str) -> str:
    return format_datetime(datetime.fromtimestamp(minute * 60, UTC), "short", locale=language) + " UTC"


def day(value: date | None) -> str:
    return "" if value is None else format_date(value, "long", locale=i18n.language())


def chosen(option: dict[str, Any]) -> str:
    """What was answered to a product's option, in the reader's notation."""
    value = str(option["value"])
    if option.get("kind") == "date":
        return day(date.fromisoformat(value))
    if option.get("kind") == "number":
        number = Decimal(value.replace(",", "."))
        return str(format_decimal(number, locale=i18n.language(), decimal_quantization=False))
    return value


def linkify(text: str) -> Markup:
    """Text with its addresses as links; everything else in it stays text."""
    if not LINKISH.search(text):
        return escape(text)
    context = EvalContext(environment())
    linked = do_urlize(context, text, target="_blank", rel="noopener noreferrer nofollow")
    return Markup(linked)  # noqa: S704 - urlize escapes all but the links it makes


def interval(plan: Any) -> str:
    """How often a plan recurs: "every month", "every 2 weeks"."""
    number = plan.every
    texts = {
        "day": i18n.ngettext("every day", "every %(num)s days", number),
        "week": i18n.ngettext("every week", "every %(num)s weeks", number),
        "month": i18n.ngettext("every month", "every %(num)s months", number),
        "year": i18n.ngettext("every year", "every %(num)s years", number),
    }
    return texts[plan.unit] % {"num": number}
