"""Whose turn it is reaches every open page, also one that was away for long."""

from app.db import Changes
from app.source import DatabaseSource
from realtime.stream import Stream
from tests.cast import ALICE, BOB
from tests.rules.house import House


class Page:
    """A follower that asks by itself."""

    def anew(self, order: int) -> None:
        """Nothing is deleted here."""

    def stale(self, order: int, unhurried: bool = False) -> None:
        pass


async def test_a_page_that_comes_back_after_many_messages_is_told_the_turn(house: House) -> None:
    number = await house.place(ALICE)
    await house.do(BOB, "messages.send", number, text="Hello")
    source = DatabaseSource(house.context)
    order = source.order_id(number)
    assert order is not None
    head = (await source.heads([order]))[order].team
    stream = Stream(source, order, "team", lambda _: None)
    stream.followers.add(Page())
    stream.start(head, head)

    def committed(changes: Changes) -> None:
        for entry in changes.entries:
            stream.offer(entry)

    house.db.committed.append(committed)
    live = head
    for n in range(40):
        await house.do(ALICE, "messages.send", number, text=str(n))
        while live < head + n + 1:
            live = [seq for seq, _ in await stream.after(live, "en")][-1]
    away, told, pages = head, b"", 0
    while away < stream.head:
        page = await stream.after(away, "en")
        pages += 1
        told, away = told + b"".join(frame for _, frame in page), page[-1][0]
    assert told.count(f'id=\\"turn-{number}\\"'.encode()) == pages
    await source.close()
