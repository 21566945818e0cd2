"""What an order's moves leave behind: who did it, when, and who hears of it."""

import pytest

from tests.cast import ALICE, BOB, OLGA
from tests.rules.house import House
from tests.rules.lives import DATA


@pytest.mark.parametrize("verb", ["orders.open_chat", "orders.process", "messages.send", "quotes.send"])
async def test_whoever_takes_it_into_work_is_recorded(house: House, verb: str) -> None:
    number = await house.place(ALICE)
    await house.do(BOB, verb, number, **DATA.get(verb, {}))
    await house.do(OLGA, "orders.open_chat", number)
    opened = (await house.entries(number))[1]
    assert (opened.kind, opened.data["status"]) == ("status", "processing")
    assert (opened.role, opened.name) == ("member", "Bob Berger")
    assert opened.data["verb"] == ("open_chat" if verb == "orders.open_chat" else "process")


async def test_the_timeline_says_who_did_what_when(house: House) -> None:
    number = await house.place(ALICE, "plate")
    await house.do(BOB, "orders.reject", number, reason="Too far away.")
    await house.do(OLGA, "orders.reopen", number)
    await house.do(ALICE, "orders.cancel", number, reason="Too late.")
    said = [(entry.kind, entry.name, entry.data.get("reason")) for entry in await house.entries(number)]
    assert said == [
        ("placed", "Alice Ahrens", None),
        ("status", "Bob Berger", "Too far away."),
        ("status", "Olga Orth", None),
        ("status", "Alice Ahrens", "Too late."),
    ]


async def test_mail_goes_to_whom_it_concerns(house: House) -> None:
    number = await house.place(ALICE, "plate")
    assert sorted(await house.letters(number)) == [
        ("order_placed", BOB.email),
        ("order_placed", OLGA.email),
        ("order_received", ALICE.email),
    ]
    await house.do(OLGA, "orders.assign", number, member=BOB.email)
    await house.do(OLGA, "orders.reject", number)
    await house.do(OLGA, "orders.reopen", number)
    await house.do(OLGA, "orders.confirm", number)
    await house.do(OLGA, "orders.cancel", number)
    await house.do(OLGA, "orders.reopen", number)
    await house.do(ALICE, "orders.cancel", number)
    assert (await house.letters(number))[3:] == [
        ("order_rejected", ALICE.email),
        ("order_confirmed", ALICE.email),
        ("order_cancelled", ALICE.email),
        ("order_cancelled", BOB.email),
    ]
