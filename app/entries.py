"""What everybody calls an entry: one row of an order's append-only log, and who may see it."""

from dataclasses import dataclass
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
class Entry:
    """One entry. `prev_everyone` is the entry for everyone before it; the team's is always `seq - 1`."""

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

    def visible_to(self, side: Side) -> bool:
        return side == "team" or self.audience == "everyone"

    def prev(self, side: Side) -> int:
        return self.seq - 1 if side == "team" else self.prev_everyone
