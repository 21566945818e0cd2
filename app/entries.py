"""What everybody calls an entry: one row of an order's append-only log, and who may see it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

Audience = Literal["everyone", "team"]
Side = Literal["team", "customer"]


class Head(NamedTuple):
    """The newest entry of an order, as each side may know it (seq; 0 when there is none)."""

    team: int
    customer: int

    def of(self, side: Side) -> int:
        return self.team if side == "team" else self.customer

    def beyond(self, other: "Head | None") -> "Head":
        """Of both the newer ones."""
        if other is None:
            return self
        return Head(max(self.team, other.team), max(self.customer, other.customer))


@dataclass(frozen=True, slots=True)
class Standing:
    """How an order stands after a message; `turned`: it is another's turn than before."""

    turned: bool
    turn: str
    waiting_since: datetime | None
    status: str
    payment_method: str
    payment_status: str


WORDS = ("text", "edited_at", "withdrawn_at")


def words_now(text: str | None, at: datetime) -> dict[str, str]:
    """What is left of words that were corrected, or (None) withdrawn."""
    moment = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return {"text": "", "withdrawn_at": moment} if text is None else {"text": text, "edited_at": moment}


def reworded(data: dict[str, Any], words: dict[str, Any]) -> dict[str, Any]:
    """An entry's data with other `words`. What was withdrawn has no attachments either."""
    gone = (*WORDS, "attachments") if "withdrawn_at" in words else WORDS
    return {name: value for name, value in data.items() if name not in gone} | words


class Entry(NamedTuple):
    """One entry. `prev_everyone` is the entry for everyone before it; the team's is always `seq - 1`.

    The process that stored a message may know the order's `standing` after it, and need not read it again.
    """

    order: int
    seq: int
    prev_everyone: int
    kind: str
    audience: Audience
    at: datetime
    role: str
    name: str
    person: str
    cid: str | None
    data: dict[str, Any]
    standing: Standing | None = None

    @property
    def about(self) -> int:
        """The entry whose words these are: itself, or the one that this `edit` corrects or withdraws."""
        about: int = self.data["seq"] if self.kind == "edit" else self.seq
        return about

    @property
    def amended(self) -> bool:
        """Whether these are other words than were first written."""
        return "edited_at" in self.data or "withdrawn_at" in self.data

    @property
    def erases(self) -> bool:
        """Whether what was said in this order before is gone: its customer was deleted."""
        return self.kind == "edit" and self.data.get("action") == "erase"

    def with_words_of(self, edit: "Entry") -> "Entry":
        """The same entry with what a later `edit` left of its words."""
        words = {name: edit.data[name] for name in WORDS if name in edit.data}
        return self._replace(data=reworded(self.data, words))

    def visible_to(self, side: Side) -> bool:
        return side == "team" or self.audience == "everyone"

    def prev(self, side: Side) -> int:
        return self.seq - 1 if side == "team" else self.prev_everyone
