"""A product while it is being edited: what its form says, as typed.

Fields are named as validation names what is wrong: `options.0.choices.1.surcharge`. Buttons that add, remove
and sort are `step`s of the same form, so all of it works without scripts and nothing typed is lost.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.catalogue.views import ProductView
from app.money import Money, format_amount
from app.shop import Shop

TEXTS = ("title", "description", "category", "price", "tax_rate")
PLAIN = (*TEXTS, "pricing", "tax_included", "plan", "version")
LISTED = re.compile(r"(options|pictures)\.(\d{1,3})\.(\w+)")
CHOICE = re.compile(r"options\.(\d{1,3})\.choices\.(\d{1,3})\.(\w+)")
STEP = re.compile(
    r"(?:(options|pictures)|options\.(\d{1,3})\.(choices))(?:\.(\d{1,3}))?\.(add|remove|up|down)"
)
CHOOSING = ("one", "many")
MOST = {"options": 50, "choices": 100, "pictures": 12}
Item = dict[str, Any]


@dataclass(slots=True)
class Draft:
    """`options` have {id, title, kind, required, choices: [{id, title, surcharge}]}, `pictures` {id, alt}.

    `focus` is the field, or the button's step, to go on with.
    """

    plain: dict[str, str]
    options: list[Item] = field(default_factory=list)
    pictures: list[Item] = field(default_factory=list)
    focus: str = ""

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> "Draft":
        """What a form sent; of a name that came twice, the last."""
        texts = {name: value if isinstance(value, str) else value[-1] for name, value in values.items()}
        listed: dict[str, dict[int, Item]] = {"options": {}, "pictures": {}}
        choices: dict[int, dict[int, Item]] = {}
        for name, text in texts.items():
            if found := LISTED.fullmatch(name):
                listed[found[1]].setdefault(int(found[2]), {})[found[3]] = text
            elif found := CHOICE.fullmatch(name):
                choices.setdefault(int(found[1]), {}).setdefault(int(found[2]), {})[found[3]] = text
        for number in choices:
            listed["options"].setdefault(number, {})
        options = [
            _option(item, [_choice(each) for _, each in sorted(choices.get(number, {}).items())])
            for number, item in sorted(listed["options"].items())
        ]
        pictures = [
            {"id": item.get("id", ""), "alt": item.get("alt", "")}
            for _, item in sorted(listed["pictures"].items())
        ]
        return cls({name: texts.get(name, "") for name in PLAIN}, options, pictures)

    @classmethod
    def new(cls, like: ProductView | None, shop: Shop, language: str) -> "Draft":
        """An empty one, taxed like the product before it, the first one as the shop says."""
        taxed = like or shop
        plain = dict.fromkeys(PLAIN, "") | {"pricing": "fixed", "tax_rate": rate_in(taxed.tax_rate, language)}
        return cls(plain | {"tax_included": "1" if taxed.tax_included else ""})

    @classmethod
    def of(cls, product: ProductView, language: str) -> "Draft":
        """A product as it is, in the notation of who edits it."""
        plain = {
            "title": product.title,
            "description": product.description,
            "category": product.category,
            "pricing": product.pricing,
            "price": _amount(product.price, language),
            "tax_rate": rate_in(product.tax_rate, language),
            "tax_included": "1" if product.tax_included else "",
            "plan": str(product.plan.id) if product.plan else "",
            "version": str(product.version),
        }
        options = [
            {
                "id": option.id,
                "title": option.title,
                "kind": option.kind,
                "required": option.required,
                "choices": [
                    {
                        "id": choice.id,
                        "title": choice.title,
                        "surcharge": _amount(choice.surcharge, language),
                    }
                    for choice in option.choices
                ],
            }
            for option in product.options
        ]
        return cls(plain, options, [{"id": each.id, "alt": each.alt} for each in product.pictures])

    def take(self, step: str) -> None:
        """Add, remove or sort as a button said; what is no such step does nothing."""
        found = STEP.fullmatch(step)
        if found is None:
            return
        name, parent, _, place, act = found.groups()
        items = self._items(name, parent)
        base = name or f"options.{parent}.choices"
        if act == "add" and name == "pictures":
            self.focus = f"pictures.{len(items) - 1}.alt"  # they came with the form already
        elif act == "add" and len(items) < MOST[name or "choices"]:
            items.append(_option({}, []) if name else _choice({}))
            self.focus = f"{base}.{len(items) - 1}.title"
        elif act == "remove" and place is not None and int(place) < len(items):
            items.pop(int(place))
            self.focus = f"{base}.add"
        elif place is not None and int(place) < len(items):
            there = _moved(items, int(place), act)
            self.focus = f"{base}.{there}.{_next(act, there, len(items)) if name else 'title'}"

    def tidy(self) -> None:
        """Drop choices that nothing was typed for, and those of options that have none."""
        for option in self.options:
            chooses = option["kind"] in CHOOSING
            option["choices"] = [
                each for each in option["choices"] if chooses and (each["title"] or each["surcharge"])
            ]

    def values(self) -> dict[str, Any]:
        """Everything by the name of its field."""
        return dict(self._values())

    def _values(self) -> Iterator[tuple[str, Any]]:
        yield from self.plain.items()
        for kind, items in (("options", self.options), ("pictures", self.pictures)):
            for number, item in enumerate(items):
                yield from (
                    (f"{kind}.{number}.{name}", value) for name, value in item.items() if name != "choices"
                )
                for position, choice in enumerate(item.get("choices", ())):
                    start = f"{kind}.{number}.choices.{position}"
                    yield from ((f"{start}.{name}", value) for name, value in choice.items())

    def _items(self, name: str | None, parent: str | None) -> list[Item]:
        if name:
            return self.options if name == "options" else self.pictures
        number = int(parent or 0)
        return self.options[number]["choices"] if number < len(self.options) else []


def rate_in(rate: str, language: str) -> str:
    """A tax rate as people write it."""
    return rate.replace(".", ",") if language == "de" else rate


def _moved(items: list[Item], place: int, act: str) -> int:
    """One place on; where that is."""
    there = max(0, place - 1) if act == "up" else min(len(items) - 1, place + 1)
    items.insert(there, items.pop(place))
    return there


def _next(act: str, there: int, number: int) -> str:
    """The button on which the keyboard goes on: the same one, unless it leads no further."""
    if act == "up":
        return "up" if there else "down"
    return "down" if there < number - 1 else "up"


def _option(item: Mapping[str, Any], choices: list[Item]) -> Item:
    texts = {"id": item.get("id", ""), "title": item.get("title", ""), "kind": item.get("kind") or "one"}
    return texts | {"required": bool(item.get("required")), "choices": choices}


def _choice(item: Mapping[str, Any]) -> Item:
    return {name: item.get(name, "") for name in ("id", "title", "surcharge")}


def _amount(value: Money | None, language: str) -> str:
    return format_amount(value, language) if value else ""
