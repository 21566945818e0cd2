"""The mock's markup: macros of page.html beside the product's own texts."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

ROOT = Path(__file__).parents[2]


def _untranslated(message: str, **values: str) -> Markup:
    return Markup(message) % values


_environment = Environment(
    loader=FileSystemLoader([Path(__file__).parent, ROOT / "templates"]), autoescape=True
)
_environment.globals["_"] = _untranslated
_macros = _environment.get_template("page.html").module


def draw(macro: str, *arguments: Any, **named: Any) -> Markup:
    """`draw("row", "1042", "2026-…")`: what that macro of page.html makes of it."""
    return Markup(getattr(_macros, macro)(*arguments, **named))
