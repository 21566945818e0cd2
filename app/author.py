"""Who asks (an Actor, from a session or token) and who writes (an Author, in one order's log)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from app.entries import Side

if TYPE_CHECKING:
    from app.orders.model import Order


@dataclass(frozen=True, slots=True)
class Author:
    """One person in one order. `person` is "m3" or "c7", and "" for the clock."""

    person: str
    role: Literal["member", "customer", "system"]
    name: str
    member_id: int | None = None


CLOCK = Author(person="", role="system", name="")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking. A guest has neither id, only `grants`: the orders this browser may see and use."""

    side: Side
    ticket: str = ""
    member_id: int | None = None
    customer_id: int | None = None
    grants: frozenset[int] = frozenset()
    role: str = ""
    name: str = ""
    email: str = ""
    language: str | None = None
    scope: str = "write"
    shortcuts: bool = True

    @property
    def writes(self) -> bool:
        """Whether anything may change, or be seen by others, because of this actor."""
        return self.scope == "write"

    @property
    def known(self) -> bool:
        return bool(self.member_id or self.customer_id or self.grants)

    @property
    def key(self) -> str:
        """Equal for every tab and token of one identity."""
        if self.member_id:
            return f"m{self.member_id}"
        return f"c{self.customer_id}" if self.customer_id else f"g{self.ticket[2:14]}"

    def may_see(self, order: "Order") -> bool:
        if self.side == "team":
            return self.member_id is not None
        return order.customer_id == self.customer_id or order.id in self.grants

    def as_author(self, order: "Order") -> Author:
        if self.member_id:
            return Author(f"m{self.member_id}", "member", self.name, self.member_id)
        return Author(f"c{order.customer_id}", "customer", order.customer_name)


NOBODY = Actor(side="customer")
