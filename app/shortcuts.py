"""The desk's shortcuts: the one table that the overview shows and static/live/keys.js obeys."""

from typing import NamedTuple

from app.i18n import gettext


class Shortcut(NamedTuple):
    """`keys` as they are pressed, a blank between two that follow one another; `act`: its name in keys.js."""

    keys: str
    act: str
    words: str


def shortcuts() -> dict[str, list[Shortcut]]:
    """By heading, in the language that is being spoken."""
    return {
        gettext("In the list"): [
            Shortcut("j", "next", gettext("Next order")),
            Shortcut("k", "previous", gettext("Previous order")),
            Shortcut("x", "choose", gettext("Choose, or not")),
            Shortcut("/", "search", gettext("Search")),
            Shortcut("f", "filter", gettext("Filter")),
        ],
        gettext("With the order, or all that are chosen"): [
            Shortcut("e", "done", gettext("Done")),
            Shortcut("a", "assign", gettext("Assign to me")),
            Shortcut("l", "label", gettext("Action label")),
            Shortcut("s", "snooze", gettext("Snooze")),
            Shortcut("u", "unread", gettext("Mark unread")),
        ],
        gettext("In the order"): [
            Shortcut("r", "reply", gettext("Write a message")),
            Shortcut("n", "note", gettext("Write an internal note")),
        ],
        gettext("Go to"): [
            Shortcut("g i", "inbox", gettext("Inbox")),
            Shortcut("g z", "snoozed", gettext("Snoozed")),
            Shortcut("g p", "pending", gettext("Pending")),
            Shortcut("g o", "processing", gettext("Processing")),
            Shortcut("g a", "all", gettext("All orders")),
            Shortcut("?", "overview", gettext("This overview")),
        ],
    }


def acts() -> dict[str, str]:
    """Keys → act, as the page tells its script."""
    return {each.keys: each.act for group in shortcuts().values() for each in group}
