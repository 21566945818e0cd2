"""What *You have new messages* costs, and that workers at the same time tell nothing twice."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import event, select

from app.mail.model import Mail, MailOrder
from app.mail.notices import notify
from tests.cast import ALICE, BOB, CAROL
from tests.rules.house import House


def soon() -> datetime:
    """Later than people have patience."""
    return datetime.now(UTC) + timedelta(minutes=3)


async def ask(house: House, messages: int, *numbers: str) -> None:
    for position in range(messages):
        for number in numbers:
            await house.do(BOB, "messages.send", number, text=f"Oak, ash or elm? ({position})")


async def mailed(house: House) -> list[Mail]:
    async with house.db.read() as session:
        wanted = select(Mail).where(Mail.kind == "new_messages").order_by(Mail.id)
        return list((await session.scalars(wanted)).all())


def asked(house: House) -> list[str]:
    """Grows by every statement."""
    said: list[str] = []
    note: Callable[..., None] = lambda _c, _k, statement, *_: said.append(statement)  # noqa: E731
    event.listen(house.db.engine.sync_engine, "before_cursor_execute", note)
    return said


async def test_a_mail_about_many_orders_asks_no_more_than_one_about_two(house: House) -> None:
    said, costs = asked(house), []
    for orders, messages in ((2, 1), (9, 4)):
        numbers = [await house.place(ALICE) for _ in range(orders)]
        await ask(house, messages, *numbers)
        said.clear()
        assert await notify(house.db, soon()) == 1
        costs.append(len(said))
    assert costs[1] == costs[0], "some query is asked for each order or message"


async def test_workers_at_the_same_time_write_one_mail(house: House) -> None:
    numbers = [await house.place(who) for who in (ALICE, CAROL)]
    await ask(house, 2, *numbers)
    await asyncio.gather(*(notify(house.db, soon()) for _ in range(4)))
    assert sorted(mail.recipient for mail in await mailed(house)) == [ALICE.email, CAROL.email]


async def test_what_another_worker_told_meanwhile_is_left_out_and_the_rest_is_told(house: House) -> None:
    """They look at the same time, but the other one did not know of the second order yet."""
    first, second = [await house.place(ALICE) for _ in range(2)]
    await ask(house, 1, first)
    early = datetime.now(UTC)
    await ask(house, 1, second)
    await asyncio.gather(notify(house.db, early + timedelta(minutes=2)), notify(house.db, soon()))
    await notify(house.db, soon())
    mails = await mailed(house)
    for number in (first, second):
        assert sum(f"#{number}" in mail.text or f"Order {number}" in mail.text for mail in mails) == 1


async def test_a_mail_about_very_many_orders_quotes_a_little_of_each(house: House) -> None:
    numbers = [await house.place(ALICE) for _ in range(21)]
    await ask(house, 6, *numbers)
    await notify(house.db, soon())
    (mail,) = await mailed(house)
    assert mail.text.count("Oak, ash or elm? (3)") == 21 and "Oak, ash or elm? (4)" not in mail.text
    assert mail.text.count("… and 2 more") == 21
    async with house.db.read() as session:
        assert len((await session.scalars(select(MailOrder.order_id))).all()) == 21
