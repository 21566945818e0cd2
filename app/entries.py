"""What everybody calls an entry: one row of an order's append-only log, and who may see it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

Audience = Literal["everyone", "team"]
Side = Literal["team", "customer"]


class Head(NamedTuple):
    """The newest entry of an order, as each side may know it (seq; 0 when there is none)."""

    team: int
    customer: int

    def of(self, side: Side) -> int:
        return self.team if side == "team" else self.customer


@dataclass(frozen=True, slots=True)
class Standing:
    """How an order stands after a message; `turned`: it is another's turn than before."""

    turned: bool
    turn: str
    waiting_since: datetime | None
    status: str
    payment_method: str
    payment_status: str


@dataclass(frozen=True, slots=True)
class Entry:
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
    standing: Standing | None = field(default=None, compare=False)

    def visible_to(self, side: Side) -> bool:
        return side == "team" or self.audience == "everyone"

    def prev(self, side: Side) -> int:
        return self.seq - 1 if side == "team" else self.prev_everyone
