"""What a look at the log costs: that of those it concerns, however many else may be woken."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import event, insert, select

from app.push.deriving import derive
from app.push.model import PushSubscription
from tests.cast import ALICE, BOB, CAROL, OLGA
from tests.push.conftest import Asked, later
from tests.rules.house import House

MANY = 300
ROUND = timedelta(seconds=15)


@contextmanager
def loaded() -> Iterator[list[str]]:
    """Whose browsers are read meanwhile."""
    persons: list[str] = []

    def read(one: PushSubscription, _: Any) -> None:
        persons.append(one.person)

    event.listen(PushSubscription, "load", read)
    try:
        yield persons
    finally:
        event.remove(PushSubscription, "load", read)


async def crowd(house: House, many: int = MANY) -> None:
    """Customers of other orders, each with a browser that may be woken."""
    async with house.db.transaction() as tx:
        one = (await tx.session.execute(select(PushSubscription.__table__).limit(1))).mappings().one()
        plain = {name: value for name, value in one.items() if name != "id"} | {"side": "customer"}
        rows = [plain | {"person": f"c{n}", "endpoint": f"https://push.example/{n}"}
                for n in range(100_000, 100_000 + many)]  # fmt: skip
        await tx.session.execute(insert(PushSubscription), rows)


async def test_a_look_reads_the_browsers_of_those_it_concerns_alone(house: House, asked: Asked) -> None:
    alice, _ = await asked(ALICE), await asked(CAROL)
    bob, phone = await asked(BOB), await asked(BOB, "phone")
    await crowd(house)
    number = await house.place(ALICE)
    await house.do(BOB, "messages.send", number, text="Dear Alice")
    with loaded() as persons:
        await derive(house.db, datetime.now(UTC) + ROUND)
    assert sorted(set(persons)) == sorted(house.actor(who).key for who in (ALICE, BOB))
    await later(house)
    assert [len(one.told) for one in (alice, bob, phone)] == [1, 1, 1]


async def test_while_nothing_is_new_no_browser_is_read(house: House, asked: Asked) -> None:
    await asked(OLGA)
    await crowd(house)
    with house.at(seconds=30):
        await house.place(ALICE)
    assert await derive(house.db, datetime.now(UTC)) == 1
    with loaded() as persons:
        assert await derive(house.db, datetime.now(UTC)) == 0
    assert persons == []


async def test_what_concerns_nobody_who_may_be_woken_is_looked_at_once(house: House, asked: Asked) -> None:
    await asked(CAROL)
    with house.at(seconds=30):
        await house.place(ALICE)
    assert await derive(house.db, datetime.now(UTC)) == 0
    await asked(OLGA)
    with loaded() as persons:
        assert await derive(house.db, datetime.now(UTC)) == 0
    assert persons == []
