"""Which of some entries are news to whom: one look for many people, in a handful of queries."""

from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import among
from app.notifications.choices import Choices, choices_of
from app.notifications.events import Channel, for_member, topic_of
from app.orders.model import EntryRow, Order
from app.team.model import Member
from app.unread.model import Reading

Position = tuple[str, int]


class News(NamedTuple):
    """The entry that somebody is to be told of, and as which event."""

    seq: int
    event: str


class Look:
    """`since`: by person the moment from which on there is news for them."""

    def __init__(
        self,
        session: AsyncSession,
        since: Mapping[str, datetime],
        entries: Sequence[EntryRow],
        channel: Channel,
    ) -> None:
        self.session = session
        self.since = since
        self.entries = entries
        self.channel: Channel = channel
        self.members = sorted({int(person[1:]) for person in since if person.startswith("m")})
        self.ids = sorted({entry.order_id for entry in entries})
        self.orders: dict[int, Order] = {}
        self._gone: set[int] = set()
        self.choices: dict[str, Choices] = {}
        self._read: dict[Position, int] = {}

    async def found(self, told: Mapping[Position, int] | None = None) -> dict[Position, News]:
        """By person and order the newest. `told`: up to where they were told already."""
        wanted = select(Order).where(among(self.session, Order.id, self.ids))
        self.orders = {order.id: order for order in await self.session.scalars(wanted)}
        self._gone = await self._removed({order.assignee_id for order in self.orders.values()})
        self.choices = await choices_of(self.session, list(self.since))
        self._read = await self._positions()
        for position, seq in (told or {}).items():
            self._read[position] = max(self._read.get(position, 0), seq)
        found: dict[Position, News] = {}
        for entry in sorted(self.entries, key=lambda entry: entry.seq):  # so that the newest stays
            for person, event in self._concerned(entry):
                if self._new(person, entry) and self.choices[person].wants(event, self.channel):
                    found[person, entry.order_id] = News(entry.seq, event)
        return found

    async def _removed(self, assignees: Set[int | None]) -> set[int]:
        """Those who are no longer of the team: what is over stays theirs, and news of it is everybody's."""
        asked = assignees - {None}
        gone = select(Member.id).where(Member.id.in_(asked), Member.removed_at.is_not(None))
        return set(await self.session.scalars(gone)) if asked else set()

    async def _positions(self) -> dict[Position, int]:
        """Up to where everybody has read."""
        mine = (Reading.member_id.in_(self.members), among(self.session, Reading.order_id, self.ids))
        wanted = select(Reading.member_id, Reading.order_id, Reading.seq).where(*mine)
        rows = await self.session.execute(wanted) if self.members else ()
        read = {(f"m{member}", order): seq for member, order, seq in rows}
        return read | {(f"c{one.customer_id}", one.id): one.customer_read for one in self.orders.values()}

    def _concerned(self, entry: EntryRow) -> list[tuple[str, str]]:
        """(person, event) of those who may see it; nobody for what they did themselves."""
        order = self.orders[entry.order_id]
        found = []
        if topic := topic_of(entry.kind, entry.role, entry.data, "team"):
            author = int(entry.person[1:]) if entry.person.startswith("m") else None
            whose = None if order.assignee_id in self._gone else order.assignee_id
            events = ((f"m{key}", for_member(topic, whose, key, author)) for key in self.members)
            found += [(person, event) for person, event in events if event]
        customer = f"c{order.customer_id}"
        if customer in self.since and entry.audience == "everyone":
            topic = topic_of(entry.kind, entry.role, entry.data, "customer")
            found += [(customer, topic)] if topic else []
        return [(person, event) for person, event in found if person != entry.person]

    def _new(self, person: str, entry: EntryRow) -> bool:
        return entry.at > self.since[person] and entry.seq > self._read.get((person, entry.order_id), 0)
