"""What a window is given to show: the newest of what its reader does not know yet, and nothing else."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from tests.cast import ALICE, BOB, CAROL, OLGA, Person
from tests.push.conftest import chooses, chooses_all
from tests.rules.conftest import Door
from tests.rules.house import House
from tests.rules.windows import sign_in

ALL = ["screen", "mail", "push"]


async def window(house: House, door: Door, who: Person) -> httpx2.AsyncClient:
    made = door()
    await sign_in(made, house, who)
    return made


async def news(client: httpx2.AsyncClient, side: str = "desk", **ago: float) -> dict[str, Any]:
    after = datetime.now(UTC) - timedelta(**(ago or {"seconds": 60}))
    answer = await client.get(f"/{side}/news", params={"after": after.isoformat()})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_each_order_is_told_once_with_its_newest_entry(house: House, door: Door) -> None:
    bob = await window(house, door, BOB)
    number, other = await house.place(ALICE), await house.place(CAROL)
    sent = await house.do(ALICE, "messages.send", number, text="Hello?")
    found = await news(bob)
    assert {item["order"] for item in found["items"]} == {number, other} and found["sound"]
    told = next(item for item in found["items"] if item["order"] == number)
    assert told["title"] == f"Alice Ahrens · #{number}" and told["body"] == "Hello?"
    assert told["path"] == f"/desk/orders/{number}#e-{number}-{sent.seq}"
    again = await bob.get("/desk/news", params={"after": found["at"]})
    assert again.json()["items"] == [] and not again.json()["sound"]


async def test_what_was_read_or_done_by_oneself_is_no_news(house: House, door: Door) -> None:
    bob = await window(house, door, BOB)
    number = await house.place(ALICE)
    mine = await house.place(BOB, customer={"email": ALICE.email, "name": "Alice"})
    await house.do(BOB, "read", number, seq=1)
    assert (await news(bob))["items"] == []
    olga = await news(await window(house, door, OLGA))
    assert [item["order"] for item in olga["items"]] == [number, mine]


async def test_many_orders_are_shown_as_a_few_and_a_number(house: House, door: Door) -> None:
    bob = await window(house, door, BOB)
    numbers = [await house.place(ALICE) for _ in range(5)]
    found = await news(bob)
    assert [item["order"] for item in found["items"]] == numbers[-3:] and found["more"] == 2


async def test_nothing_older_than_two_minutes_is_told_whatever_was_asked(house: House, door: Door) -> None:
    bob = await window(house, door, BOB)
    with house.at(minutes=3):
        await house.place(ALICE)
    for after in ("2001-01-01T00:00:00Z", "soon", "", "2001-01-01"):
        answer = await bob.get("/desk/news", params={"after": after})
        assert answer.json()["items"] == []


@pytest.mark.parametrize("quiet", [True, False])
async def test_quiet_hours_take_the_sound_and_leave_the_line(house: House, door: Door, quiet: bool) -> None:
    bob = await window(house, door, BOB)
    hours = {"quiet_from": 0, "quiet_until": 0, "quiet_days": list(range(7))} if quiet else {}
    await chooses_all(house, BOB, **hours)
    await house.place(ALICE)
    found = await news(bob)
    assert len(found["items"]) == 1 and found["sound"] is not quiet


async def test_who_wants_nothing_on_the_screen_is_not_asked_for(house: House, door: Door) -> None:
    alice, bob = await window(house, door, ALICE), await window(house, door, BOB)
    number = await house.place(ALICE)
    await house.do(BOB, "messages.send", number, text="Hello")
    assert await news(alice, "account") == {"off": True}, "a customer's screen is quiet unless they chose"
    await chooses(house, BOB, new_order=["mail"])
    assert (await news(bob))["items"] == []


async def test_a_customer_is_told_of_their_own_orders_and_never_of_notes(house: House, door: Door) -> None:
    for who in (ALICE, CAROL):
        await chooses(house, who, message=ALL, quote=ALL, progress=["screen"])
    alice, carol = await window(house, door, ALICE), await window(house, door, CAROL)
    number = await house.place(ALICE)
    await house.do(BOB, "messages.send", number, text="Dear Alice")
    withdrawn = await house.do(BOB, "messages.send", number, text="Oh no")
    await house.do(BOB, "notes.add", number, text="She never pays.")
    found = await news(alice, "account")
    assert [item["body"] for item in found["items"]] == ["Oh no"]
    await house.do(BOB, "messages.withdraw", number, seq=withdrawn.seq)
    assert (await news(alice, "account"))["items"] == []
    await house.do(BOB, "quotes.send", number, amount=5000)
    (item,) = (await news(alice, "account"))["items"]
    assert item["title"] == f"Your quote · #{number}" and item["path"].startswith(f"/orders/{number}#")
    assert (await news(carol, "account"))["items"] == []
