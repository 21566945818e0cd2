"""What is read of an order's log is read once for both of its sides."""

import asyncio
from collections.abc import Mapping

from app.entries import Entry, Side
from realtime.advance import Advance
from realtime.stream import Stream
from tests.processes import eventually
from tests.realtime.source import Shop

ORDER = 1042


class SlowShop(Shop):
    """Answers with the tails of the moment it was asked, once it may."""

    def __init__(self) -> None:
        super().__init__()
        self.answer = asyncio.Event()
        self.asked: list[dict[int, int]] = []

    def number(self, order: int) -> str:
        return str(order)

    async def tail(self, positions: Mapping[int, int], most: int) -> dict[int, list[Entry]]:
        self.asked.append(dict(positions))
        found = await super().tail(positions, most)
        await self.answer.wait()
        return found


class Somebody:
    def anew(self, order: int) -> None: ...

    def stale(self, order: int, unhurried: bool = False) -> None:
        """Not asked here."""


def stream(shop: Shop, advance: Advance, side: Side, position: int) -> Stream:
    made = Stream(shop, ORDER, side, advance.want)
    made.followers.add(Somebody())
    made.start(3, position)
    return made


async def test_a_side_that_comes_while_the_other_is_read_for_takes_the_same_answer() -> None:
    shop = SlowShop()
    for text in ("one", "two", "three"):
        shop.log.append(ORDER, text)
    advance = Advance(shop)
    customer = stream(shop, advance, "customer", 0)
    await eventually(lambda: len(shop.asked) == 1)
    team = stream(shop, advance, "team", 1)
    shop.answer.set()
    await eventually(lambda: customer.head == 3 and team.head == 3)
    await advance.stop()
    assert shop.asked == [{ORDER: 0}]
    assert [seq for seq, _ in await team.after(1, None)] == [2, 3]


async def test_a_side_that_stands_before_what_is_read_is_read_for_itself() -> None:
    shop = SlowShop()
    for text in ("one", "two", "three"):
        shop.log.append(ORDER, text)
    advance = Advance(shop)
    customer = stream(shop, advance, "customer", 2)
    await eventually(lambda: len(shop.asked) == 1)
    team = stream(shop, advance, "team", 0)
    shop.answer.set()
    await eventually(lambda: customer.head == 3 and team.head == 3)
    await advance.stop()
    assert shop.asked == [{ORDER: 2}, {ORDER: 0}]
    assert [seq for seq, _ in await team.after(0, None)] == [1, 2, 3]
