"""What is left of an entry of a deleted customer's order: that it was there, when, and what it did."""

from datetime import datetime
from typing import Any

from app.entries import words_now

OURS = frozenset({"label", "assigned", "payment_method", "subscription"})  # nothing in them was typed
CODES = frozenset({"status", "verb", "method", "event", "action", "decision"})


def erased(kind: str, data: dict[str, Any], at: datetime) -> dict[str, Any]:
    """The data of such an entry. Words read like withdrawn ones, and say that they were erased.

    Of everything else no text stays but the codes that are ours: what is typed one day under a new name
    is erased from the first day on.
    """
    if kind in ("message", "note") or (kind == "edit" and "text" in data):
        kept = {name: data[name] for name in ("seq", "action") if name in data}
        return kept | words_now(None, at) | {"erased": True}
    if kind in OURS:
        return data
    return {
        name: _lines(value) if name == "lines" else value
        for name, value in data.items()
        if _stays(data, name)
    }


def without_answers(options: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Options that were chosen from what the shop offers; those that were typed are gone."""
    return [option for option in options if option.get("kind") in ("one", "many")]


def _stays(data: dict[str, Any], name: str) -> bool:
    if isinstance(data[name], str):
        return name in CODES or (name == "reason" and data.get("status") == "failed" and "payment" in data)
    return name == "lines" or not isinstance(data[name], list)


def _lines(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line | {"options": without_answers(line.get("options", []))} for line in lines]
