"""The door of HTML forms: what a form says becomes a verb's data, and a refusal becomes the form again."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import FormData

from app.errors import FieldError, Problem
from app.i18n import gettext, ngettext
from app.money import parse_money
from app.verb import Data

FLAGS = frozenset({"on_behalf", "without_quote"})
TICKED = frozenset({"optional"})
FIRST = frozenset({"until"})  # a button says it, else the field beside it
WHOLE = frozenset({"seq", "version", "payment", "id", "plan"})
AMOUNT = {
    "not_a_number": "Please write an amount, like 1,234.50.",
    "too_many_decimals": "This currency does not have that many decimals.",
    "not_positive": "The amount must be more than nothing.",
    "too_large": "This amount is too large.",
}


@dataclass(slots=True)
class Form:
    """A form that is shown again: what was typed, what is wrong with it, and why it was refused."""

    values: dict[str, Any]
    errors: dict[str, list[str]] = field(default_factory=dict)
    message: str | None = None
    open: bool = True
    preview: Any = None
    rows: list[dict[str, Any]] = field(default_factory=list)


def values_of(form: FormData) -> dict[str, Any]:
    """What was typed; a name that came more than once is a list."""
    values: dict[str, Any] = {}
    for name, value in form.multi_items():
        if not isinstance(value, str):
            continue
        # a browser counts a line break as one character and sends two
        value = value.replace("\r\n", "\n")
        if name in values:
            before = values[name]
            values[name] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            values[name] = [value] if name in TICKED else value
    return values


def data_of(schema: type[Data], values: Mapping[str, Any], currency: str, language: str) -> dict[str, Any]:
    """Data for a verb from a form's texts. Raises 422 that names the field."""
    data: dict[str, Any] = {}
    for name in schema.model_fields:
        value = values.get(name)
        if name in FIRST and isinstance(value, list):
            value = next((each for each in value if each), None)
        if name in FLAGS:
            data[name] = value in ("true", "on", "1")
        elif name in TICKED:
            data[name] = [whole(text) for text in (value if isinstance(value, list) else [value]) if text]
        elif name in WHOLE and value is not None:
            data[name] = whole(value)
        elif name == "attachments":
            if value not in (None, "", []):
                data[name] = [whole(each) for each in (value if isinstance(value, list) else [value])]
        elif name == "amount" and value is not None:
            data[name] = amount_of(str(value), currency, language)
        elif value not in (None, "") or name in ("text", "label", "member"):
            data[name] = value or (None if name == "member" else "")
    return data


def whole(text: Any) -> Any:
    """The number that a text spells; what spells none stays as it is, for validation to name."""
    plain = isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 19
    return int(text) if plain else text


def amount_of(text: str, currency: str, language: str, name: str = "amount") -> int:
    """Minor units of what was typed in the reader's notation. Raises 422."""
    try:
        return parse_money(text, currency, language).amount
    except ValueError as error:
        code = str(error)
        raise Problem("invalid", AMOUNT[code], errors=[FieldError(name, code, AMOUNT[code])]) from None


def refused(values: dict[str, Any], problem: Problem) -> Form:
    """The form as it is shown after a refusal, in the language that is being spoken."""
    errors: dict[str, list[str]] = defaultdict(list)
    for error in problem.errors:
        errors[_field(error.field)].append(sentence(error))
    message = None if errors else gettext(problem.detail)
    if problem.retry_after is not None and problem.status == 429:
        seconds = max(1, round(problem.retry_after))
        message = ngettext("Please try again in a second.", "Please try again in %(num)s seconds.", seconds)
        message %= {"num": seconds}
    return Form(values, dict(errors), message)


def sentence(error: FieldError) -> str:
    """One error in the language that is being spoken; validation's own codes have sentences here."""
    texts = {
        "missing": gettext("Please fill this in."),
        "string_too_long": gettext("This is too long."),
        "string_type": gettext("Please fill this in."),
        "too_long": gettext("This is too long."),
        "int_type": gettext("Please give a whole number."),
        "int_parsing": gettext("Please give a whole number."),
        "greater_than_equal": gettext("This number is too small."),
        "less_than_equal": gettext("This number is too large."),
        "literal_error": gettext("This choice is not offered."),
        "date_from_datetime_parsing": gettext("Please give a date."),
        "date_parsing": gettext("Please give a date."),
        "date_type": gettext("Please give a date."),
        "not_a_number": gettext("Please write an amount, like 1,234.50."),
        "too_many_decimals": gettext("This currency does not have that many decimals."),
        "not_positive": gettext("The amount must be more than nothing."),
        "too_large": gettext("This amount is too large."),
    }
    if error.field.endswith("email"):
        return gettext("This is not a mail address.")
    if error.code == "value_error":
        return gettext("Please fill this in.")
    return texts.get(error.code) or gettext(error.detail)


def _field(path: str) -> str:
    """The form's name of a field: "lines.0.options.size" is "option-size" there."""
    parts = path.split(".")
    if "options" in parts:
        return "option-" + parts[-1]
    if parts[0] in TICKED:
        return parts[0]
    return parts[-1]
