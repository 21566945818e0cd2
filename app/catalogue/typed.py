"""A product's draft as the data of its verbs, and what is wrong with it, field by field."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.catalogue.draft import CHOOSING, Draft
from app.catalogue.schemas import ProductIn
from app.errors import FieldError, Problem
from app.forms import Form, amount_of, sentence, whole
from app.i18n import gettext
from app.orders.words import words
from app.verb import validate

NOTHING = frozenset("0.,' ")


@dataclass(slots=True)
class Reading:
    """Reads one draft and collects what cannot be read."""

    currency: str
    language: str
    errors: list[FieldError] = field(default_factory=list)

    def data(self, draft: Draft) -> dict[str, Any]:
        """Raises 422 that names every field that cannot be read."""
        plain = draft.plain
        data: dict[str, Any] = {name: plain[name] for name in ("title", "description", "category", "pricing")}
        data["tax_rate"] = plain["tax_rate"].strip().removesuffix("%").strip().replace(",", ".") or "0"
        data["tax_included"] = bool(plain["tax_included"])
        data["plan"] = whole(plain["plan"]) if plain["plan"] else None
        if plain["pricing"] == "fixed":
            data["price"] = self._amount(plain["price"], "price")
        taken: set[str] = set()
        data["options"] = [self._option(f"options.{n}", each, taken) for n, each in enumerate(draft.options)]
        data["pictures"] = draft.pictures
        if self.errors:
            raise Problem("invalid", self.errors[0].detail, errors=[*self.errors, *_also_wrong(data)])
        return data

    def _option(self, where: str, option: dict[str, Any], taken: set[str]) -> dict[str, Any]:
        data = {name: option[name] for name in ("title", "kind", "required")}
        data["id"] = option["id"] or _id_for(option["title"], "option", taken)
        taken.add(data["id"])
        known: set[str] = set()
        choices = [
            self._choice(f"{where}.choices.{n}", each, known) for n, each in enumerate(option["choices"])
        ]
        if option["kind"] in CHOOSING and not choices:
            self.errors.append(FieldError(f"{where}.choices", "missing", "Add at least one choice."))
        return data | {"choices": choices}

    def _choice(self, where: str, choice: dict[str, Any], taken: set[str]) -> dict[str, Any]:
        key = choice["id"] or _id_for(choice["title"], "choice", taken)
        taken.add(key)
        typed = choice["surcharge"].strip()
        surcharge = 0 if set(typed) <= NOTHING else self._amount(typed, f"{where}.surcharge")
        return {"id": key, "title": choice["title"], "surcharge": surcharge}

    def _amount(self, text: str, where: str) -> int:
        try:
            return amount_of(text, self.currency, self.language, where)
        except Problem as problem:
            self.errors += problem.errors
            return 1


def _also_wrong(data: dict[str, Any]) -> Sequence[FieldError]:
    """Who has to look at the form again sees all at once."""
    try:
        validate(ProductIn, data)
    except Problem as problem:
        return [error for error in problem.errors if not re.fullmatch(r"options\.\d+", error.field)]
    return []


def refused_draft(draft: Draft, problem: Problem, shown: Collection[str]) -> Form:
    """The form as it is shown after a refusal, in the language that is being spoken."""
    form = Form(draft.values())
    for error in problem.errors:
        form.errors.setdefault(error.field, []).append(_sentence(error))
    if not form.errors or not form.errors.keys() <= set(shown):
        form.message = gettext(problem.detail)
    return form


def _sentence(error: FieldError) -> str:
    if error.field == "tax_rate":
        return gettext("Please write a percentage below 100, like 19 or 7.5.")
    if error.code == "missing" and error.field.endswith(".choices"):
        return gettext(error.detail)
    return sentence(error)


def _id_for(title: str, kind: str, taken: set[str]) -> str:
    """An id that programs can use, of the first words; it stays when the title changes."""
    plain = "-".join(word for word in words(title) if word.isascii())[:50].strip("-") or kind
    number = 1
    while (found := plain if number == 1 else f"{plain}-{number}") in taken:
        number += 1
    return found
