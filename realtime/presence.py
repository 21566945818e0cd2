"""Who holds an order, and who types: best effort, never stored, each with its audience."""

import asyncio
import logging
from collections.abc import Iterable
from typing import Any, NamedTuple

import orjson

from app.entries import Side
from realtime import frames
from realtime.bus import EPHEMERAL, Bus
from realtime.connection import Connection
from realtime.hub import Hub
from realtime.pace import Pace
from realtime.ports import Reader

logger = logging.getLogger(__name__)


class Person(NamedTuple):
    """Somebody at an order. `hidden`: a member who only peeks; the customer must not know."""

    key: str
    role: str
    name: str
    hidden: bool

    def visible_to(self, side: Side) -> bool:
        return side == "team" or not self.hidden


class Remote(NamedTuple):
    """What another process said, and until when it holds."""

    people: list[Person]
    until: float


class Presence:
    """Each process says who holds what through it; a person in several places is one."""

    def __init__(self, hub: Hub, bus: Bus, pace: Pace) -> None:
        self._hub = hub
        self._bus = bus
        self._pace = pace
        self._here: dict[int, list[Person]] = {}
        self._peeked: set[int] = set()
        self._elsewhere: dict[int, dict[str, Remote]] = {}
        self._dirty: set[int] = set()
        self._typed: dict[tuple[str, int], float] = {}
        self._refreshed = 0.0

    # Who is here

    def touch(self, orders: Iterable[int]) -> bool:
        """Somebody came, went, or may no longer be only peeking. Whether there is something to do."""
        before = len(self._dirty)
        self._dirty.update(orders)
        return len(self._dirty) > before

    def moved(self, orders: Iterable[int]) -> bool:
        """These orders went on: a peek may have ended. Whether there is something to do."""
        return bool(self._peeked) and self.touch(self._peeked.intersection(orders))

    async def step(self) -> None:
        """Say what changed, here and to the other processes; now and then all of it."""
        now = asyncio.get_running_loop().time()
        changed, self._dirty = self._dirty, set()
        try:
            peeking = await self._hub.source.peeking(changed) if changed else set()
        except BaseException:
            self._dirty |= changed
            raise
        for order in changed:
            self._count(order, order in peeking)
        announced = set(changed)
        if now - self._refreshed >= self._pace.presence_refresh:
            self._refreshed = now
            announced |= self._here.keys()
            changed |= self._expire(now)
        if announced:
            self._announce(announced)
        for order in changed:
            self._show(order)

    def gone(self) -> None:
        """This process ends."""
        self._bus.tell(EPHEMERAL, _line("gone", self._bus.id))

    def _count(self, order: int, peeking: bool) -> None:
        followers = (connection.reader for connection in self._hub.followers(order))
        readers = {reader.person: reader for reader in followers if reader.writes}
        people = [_person(reader, peeking) for reader in readers.values()]
        if people:
            self._here[order] = people
        else:
            self._here.pop(order, None)
        if any(person.hidden for person in people):
            self._peeked.add(order)
        else:
            self._peeked.discard(order)

    def _expire(self, now: float) -> set[int]:
        """Forget processes that went silent."""
        stale = [(o, p) for o, said in self._elsewhere.items() for p, r in said.items() if r.until < now]
        for order, process in stale:
            self._forget(order, process)
        return {order for order, _ in stale}

    def _forget(self, order: int, process: str) -> None:
        said = self._elsewhere.get(order, {})
        said.pop(process, None)
        if not said:
            self._elsewhere.pop(order, None)

    def _announce(self, orders: Iterable[int]) -> None:
        here = [[order, [list(person) for person in self._here.get(order, ())]] for order in orders]
        self._bus.tell(EPHEMERAL, _line("presence", [self._bus.id, here]))

    def _show(self, order: int) -> None:
        people = self._people(order)
        number = self._hub.source.number(order)
        for connection in self._hub.followers(order):
            reader = connection.reader
            others = [_shown(p) for p in people if p.key != reader.person and p.visible_to(reader.side)]
            frame = frames.presence(number, others)
            if frame != connection.present.get(order, frames.presence(number, [])):
                connection.present[order] = frame
                connection.mention(frame, ("presence", order))

    def _people(self, order: int) -> list[Person]:
        people: dict[str, Person] = {}
        elsewhere = (person for remote in self._elsewhere.get(order, {}).values() for person in remote.people)
        for person in (*self._here.get(order, ()), *elsewhere):
            if person.key not in people or people[person.key].hidden:
                people[person.key] = person
        return sorted(people.values())

    # Who types

    def typed(self, connection: Connection, order: int, note: bool) -> None:
        """Tell the others; more than one in three seconds is silently dropped."""
        reader = connection.reader
        now = asyncio.get_running_loop().time()
        if now - self._typed.get((reader.person, order), -self._pace.typing) < self._pace.typing:
            return
        if len(self._typed) > 1000:
            self._typed = {k: at for k, at in self._typed.items() if now - at < self._pace.typing}
        self._typed[reader.person, order] = now
        said = [order, reader.person, reader.role, reader.name, note, note or self._unseen(reader, order)]
        self._typing(said)
        self._bus.tell(EPHEMERAL, _line("typing", said))

    def _unseen(self, reader: Reader, order: int) -> bool:
        """Whether the customer must not know of this member, or it is not known yet."""
        here = (person for person in self._here.get(order, ()) if person.key == reader.person)
        return reader.side == "team" and all(person.hidden for person in here)

    def _typing(self, said: list[Any]) -> None:
        order, key, role, name, note, team_only = said
        frame = frames.typing(self._hub.source.number(order), role, name, key, note)
        for connection in self._hub.followers(order):
            reader = connection.reader
            if reader.person != key and (reader.side == "team" or not team_only):
                connection.mention(frame, ("typing", order, key))

    # What other processes say

    def hear(self, line: str) -> None:
        """A line of the ephemeral channel."""
        kind, said = orjson.loads(line)
        if kind == "typing":
            self._typing(said)
        elif kind == "presence":
            self._hear_people(said[0], said[1])
        elif kind == "gone":
            for order in [o for o, processes in self._elsewhere.items() if said in processes]:
                self._forget(order, said)
                self._show(order)

    def _hear_people(self, process: str, orders: Iterable[tuple[int, list[Any]]]) -> None:
        until = asyncio.get_running_loop().time() + self._pace.presence_ttl
        for order, people in orders:
            self._forget(order, process)
            if people:
                said = self._elsewhere.setdefault(order, {})
                said[process] = Remote([Person(*person) for person in people], until)
            self._show(order)


def _line(kind: str, said: Any) -> str:
    return orjson.dumps([kind, said], default=tuple).decode()


def _person(reader: Reader, peeking: bool) -> Person:
    return Person(reader.person, reader.role, reader.name, peeking and reader.side == "team")


def _shown(person: Person) -> dict[str, str]:
    return {"role": person.role, "name": person.name, "person": person.key}
