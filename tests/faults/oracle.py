"""What must hold after any fault, and the figures of it."""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from tests.faults.client import StrictClient
from tests.faults.outbox import Said
from tests.faults.world import World

# What a web process may gain while a handful of people chat: a leak or an unbounded queue gains more.
ROOM = 60 * 2**20


class Row(NamedTuple):
    order: str
    seq: int
    kind: str
    audience: str
    cid: str | None
    data: Any

    def seen_by(self, client: StrictClient) -> bool:
        return client.person.side == "team" or self.audience == "everyone"


@dataclass(frozen=True)
class Figures:
    """What a scenario amounted to."""

    faults: int
    checked: int
    acknowledged: int
    silence: float
    slowest: float
    latest: float
    memory: float
    counts: Counter[str]

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {name}" for name, count in sorted(self.counts.items()))
        return (
            f"{self.faults} faults, {self.checked} entries checked, {self.acknowledged} acknowledged; longest"
            f" without any acknowledgement {self.silence:.2f} s, slowest one {self.slowest:.2f} s, latest"
            f" delivery {self.latest:.2f} s; memory +{self.memory:.0f} MB; {counts}"
        )


async def verify(world: World) -> Figures:
    """Fails with everything that is missing, double, out of order or not for its reader."""
    log = await _log(world)
    wrong = [f"{client.name}: {complaint}" for client in world.clients for complaint in client.complaints]
    wrong += _chains(log)
    wrong += [complaint for client in world.clients for complaint in _stored(client, log)]
    checked = 0
    for client in world.clients:
        for order in client.orders:
            wrong += _view(client, order, log[order])
            checked += len(client.received[order])
    wrong += _memory(world)
    assert not wrong, "\n".join([*wrong[:40], f"({len(wrong)} in all)", *faults(world)])
    return _figures(world, checked)


def faults(world: World) -> list[str]:
    """The log of faults, for whoever must find out."""
    return [f"{at - world.began:8.3f} s  {fault}" for at, fault in world.faults]


async def _log(world: World) -> dict[str, list[Row]]:
    rows = await world.rows(
        "SELECT order_id, seq, kind, audience, cid, data FROM entries ORDER BY order_id, seq"
    )
    log: dict[str, list[Row]] = defaultdict(list)
    for order, *columns, data in rows:
        number = str(1000 + order)
        seq, kind, audience, cid = columns
        plain = json.loads(data) if isinstance(data, str) else data
        log[number].append(Row(number, seq, kind, audience, cid, plain))
    return log


def _chains(log: dict[str, list[Row]]) -> list[str]:
    """Each order's log is 1, 2, 3 …, and no cid is there twice."""
    wrong = []
    for order, rows in log.items():
        if [row.seq for row in rows] != list(range(1, len(rows) + 1)):
            wrong.append(f"the log of {order} has holes: {[row.seq for row in rows]}")
    cids = Counter(row.cid for rows in log.values() for row in rows if row.cid)
    return wrong + [f"{cid} is stored {count} times" for cid, count in cids.items() if count > 1]


def _stored(client: StrictClient, log: dict[str, list[Row]]) -> list[str]:
    """Acknowledged is stored, at its place; refused is not; in the order in which it was written."""
    wrong: list[str] = []
    last: dict[str, int] = defaultdict(int)
    places = {row.cid: row for order in client.orders for row in log[order] if row.cid}
    for said in client.outbox.said.values():
        row = places.get(said.cid)
        if said.acked is not None and (row is None or row.seq != said.seq):
            wrong.append(f"{client.name}: {said} was acknowledged and the log has {row}")
        if said.refused is not None and row is not None:
            wrong.append(f"{client.name}: {said} was refused and is stored: {row}")
        if row is not None and row.data != {"text": said.text}:
            wrong.append(f"{client.name}: {said} is stored as {row}")
        if row is not None and row.seq <= last[said.order]:
            wrong.append(f"{client.name}: {said} is stored before what was written before it")
        last[said.order] = row.seq if row else last[said.order]
    return wrong


def _view(client: StrictClient, order: str, rows: list[Row]) -> list[str]:
    """Exactly what one may see, once, in order, the same in content; up to its end for who is put out."""
    visible = [row for row in rows if row.seen_by(client)]
    if client.over is not None:
        visible = visible[: len(client.received[order])]
    expected = [(row.seq, row.kind, row.cid, row.data) for row in visible]
    got = [(frame["seq"], frame["kind"], frame["cid"], frame["data"]) for frame in client.received[order]]
    if expected == got:
        return []
    missing = [entry for entry in expected if entry not in got]
    extra = [entry for entry in got if entry not in expected]
    what = f"missing {missing[:5]}, too much {extra[:5]}; {len(got)} of {len(expected)}"
    return [f"{client.name} in {order}: {what}"]


def not_after(client: StrictClient, taken: float, world: World) -> list[Said]:
    """What was written after `taken` and reached a client whose access had ended by then."""
    late = {cid: said for c in world.clients for cid, said in c.outbox.said.items() if said.at > taken}
    return [
        late[frame["cid"]] for frames in client.received.values() for frame in frames if frame["cid"] in late
    ]


def _memory(world: World) -> list[str]:
    grown = {name: max(used) - used[0] for name, used in world.memory.items()}
    return [f"{name} grew by {by / 2**20:.0f} MB" for name, by in grown.items() if by > ROOM]


def _figures(world: World, checked: int) -> Figures:
    everything = [said for client in world.clients for said in client.outbox.said.values()]
    acked = sorted(said.acked for said in everything if said.acked is not None)
    silences = [later - earlier for earlier, later in pairwise(acked)]
    counts: Counter[str] = Counter()
    for client in world.clients:
        counts += client.counts
    grown = [max(used) - used[0] for used in world.memory.values()]
    return Figures(
        faults=len(world.faults),
        checked=checked,
        acknowledged=len(acked),
        silence=max(silences, default=0.0),
        slowest=max((said.acked - said.sent for said in everything if said.acked and said.sent), default=0.0),
        latest=max(_deliveries(world), default=0.0),
        memory=max(grown, default=0) / 2**20,
        counts=counts,
    )


def _deliveries(world: World) -> list[float]:
    """From each acknowledgement to each arrival at somebody who was connected, and reads."""
    acked = {
        (s.order, s.seq): s.acked
        for c in world.clients
        for s in c.outbox.said.values()
        if s.acked is not None
    }
    return [
        max(0.0, at - moment)
        for client in world.clients
        if not client.lazy
        for place, (at, since) in client.arrived.items()
        if (moment := acked.get(place)) is not None and since < moment
    ]
