"""The order's whole table: every state × verb × person. A changed rule is a changed line here."""

import pytest

from app.verbs import VERBS
from tests.cast import ALICE, BOB, CAROL
from tests.rules.house import House
from tests.rules.lives import DATA, ON_ORDER, ORDER_VERBS, STATES, Lives, processing, table

# a line is: verb, state, and what changes (status, turn, awaiting), then the entries that are written
TEAM_TABLE = """
orders.open_chat          pending     processing, status
orders.open_chat          processing  nothing
orders.open_chat          talking     nothing
orders.open_chat          awaiting    nothing
orders.open_chat          approved    nothing
orders.open_chat          confirmed   conflict
orders.open_chat          rejected    conflict
orders.open_chat          cancelled   conflict
orders.process            pending     processing, status
orders.process            processing  nothing
orders.process            talking     nothing
orders.process            awaiting    nothing
orders.process            approved    nothing
orders.process            confirmed   conflict
orders.process            rejected    conflict
orders.process            cancelled   conflict
orders.confirm            pending     conflict
orders.confirm            processing  conflict
orders.confirm            talking     conflict
orders.confirm            awaiting    quote_open
orders.confirm            approved    confirmed, turn none, status
orders.confirm            confirmed   conflict
orders.confirm            rejected    conflict
orders.confirm            cancelled   conflict
orders.reject             pending     rejected, turn none, status
orders.reject             processing  rejected, turn none, status
orders.reject             talking     rejected, turn none, status
orders.reject             awaiting    rejected, turn none, awaiting False, quote_decision + status
orders.reject             approved    rejected, turn none, status
orders.reject             confirmed   conflict
orders.reject             rejected    conflict
orders.reject             cancelled   conflict
orders.cancel             pending     conflict
orders.cancel             processing  conflict
orders.cancel             talking     conflict
orders.cancel             awaiting    conflict
orders.cancel             approved    conflict
orders.cancel             confirmed   cancelled, status
orders.cancel             rejected    conflict
orders.cancel             cancelled   conflict
orders.reopen             pending     conflict
orders.reopen             processing  conflict
orders.reopen             talking     conflict
orders.reopen             awaiting    conflict
orders.reopen             approved    conflict
orders.reopen             confirmed   conflict
orders.reopen             rejected    processing, turn team, status
orders.reopen             cancelled   processing, status
orders.done               pending     turn none, status
orders.done               processing  turn none, status
orders.done               talking     turn none, status
orders.done               awaiting    turn none, status
orders.done               approved    turn none, status
orders.done               confirmed   nothing
orders.done               rejected    nothing
orders.done               cancelled   turn none, status
orders.snooze             pending     status
orders.snooze             processing  status
orders.snooze             talking     conflict
orders.snooze             awaiting    conflict
orders.snooze             approved    status
orders.snooze             confirmed   conflict
orders.snooze             rejected    conflict
orders.snooze             cancelled   status
orders.wake               every state nothing
orders.set_payment_method every state payment_method
orders.assign             every state assigned
messages.send             pending     processing, turn customer, status + message
messages.send             processing  turn customer, message
messages.send             talking     message
messages.send             awaiting    message
messages.send             approved    message
messages.send             confirmed   message
messages.send             rejected    message
messages.send             cancelled   message
notes.add                 every state note
quotes.send               pending     processing, turn customer, awaiting True, status + quote
quotes.send               processing  turn customer, awaiting True, quote
quotes.send               talking     awaiting True, quote
quotes.send               awaiting    quote
quotes.send               approved    turn customer, awaiting True, quote
quotes.send               confirmed   conflict
quotes.send               rejected    conflict
quotes.send               cancelled   conflict
labels.add                every state label
labels.remove             every state label
read                      every state no entry
orders.unread             every state no entry
"""
CUSTOMER_TABLE = """
orders.open_chat          every state forbidden
orders.process            every state forbidden
orders.confirm            every state forbidden
orders.reject             every state forbidden
orders.cancel             pending     cancelled, status
orders.cancel             processing  cancelled, status
orders.cancel             talking     cancelled, turn team, status
orders.cancel             awaiting    cancelled, turn team, awaiting False, quote_decision + status
orders.cancel             approved    cancelled, status
orders.cancel             confirmed   conflict
orders.cancel             rejected    conflict
orders.cancel             cancelled   conflict
orders.reopen             every state forbidden
orders.done               every state forbidden
orders.snooze             every state forbidden
orders.wake               every state forbidden
orders.set_payment_method every state forbidden
orders.assign             every state forbidden
messages.send             pending     message
messages.send             processing  message
messages.send             talking     turn team, message
messages.send             awaiting    turn team, message
messages.send             approved    message
messages.send             confirmed   turn team, message
messages.send             rejected    turn team, message
messages.send             cancelled   message
notes.add                 every state forbidden
quotes.send               every state forbidden
labels.add                every state forbidden
labels.remove             every state forbidden
read                      every state no entry
orders.unread             every state forbidden
"""


async def test_what_the_team_can_do(house: House) -> None:
    assert await table(Lives(house, STATES), ORDER_VERBS, BOB) == TEAM_TABLE.strip()


async def test_what_the_customer_can_do(house: House) -> None:
    assert await table(Lives(house, STATES), ORDER_VERBS, ALICE) == CUSTOMER_TABLE.strip()


async def test_a_guest_can_do_in_their_order_what_its_customer_can(sqlite_house: House) -> None:
    assert await table(Lives(sqlite_house, STATES), ORDER_VERBS, None) == CUSTOMER_TABLE.strip()


@pytest.mark.parametrize("status", ["pending", "processing"])
async def test_a_fixed_price_can_be_confirmed_without_a_quote(house: House, status: str) -> None:
    number = await house.place(ALICE, "plate")
    if status == "processing":
        await processing(house, number)
    await house.do(BOB, "orders.confirm", number)
    order = await house.order(BOB, number)
    assert (order["status"], order["turn"], order["without_quote"]) == ("confirmed", "none", False)
    assert order["total"] == {"amount": 4900, "currency": "EUR"}
    assert order["payment_status"] == "unpaid"


async def test_for_strangers_there_is_no_such_order(house: House) -> None:
    lives = Lives(house, STATES)
    strangers = [house.actor(CAROL), await house.guest(await house.place(ALICE))]
    for state in STATES:
        number = await lives.order(state)
        before = await house.state(number)
        for stranger in strangers:
            codes = {
                verb: (await house.refused(stranger, verb, number, **DATA.get(verb, {}))).code
                for verb in ON_ORDER
            }
            assert set(codes.values()) == {"not_found"}, codes
        assert await house.state(number) == before


async def test_every_refusal_for_the_state_tells_the_current_order(house: House) -> None:
    lives = Lives(house, STATES)
    for who, verb, state in (
        (BOB, "orders.confirm", "rejected"),
        (BOB, "orders.confirm", "awaiting"),
        (ALICE, "orders.cancel", "confirmed"),
        (ALICE, "quotes.approve", "approved"),
    ):
        number = await lives.order(state)
        problem = await house.refused(who, verb, number, **DATA.get(verb, {}))
        assert problem.status == 409
        assert problem.order == await house.order(who, number)


async def test_buttons_are_what_works(house: House) -> None:
    """What `can` names has an effect; what it leaves out has none, but for the exceptions listed."""
    lives = Lives(house, STATES)
    found = set()
    for who, side in ((BOB, "team"), (ALICE, "customer")):
        for state in STATES:
            can = set((await house.view(who, await lives.order(state))).can) & set(ORDER_VERBS)
            mine = [verb for verb in ORDER_VERBS if side in VERBS[verb].who and verb != "read"]
            assert can <= set(mine)
            for verb in mine:
                said = await lives.effect(state, verb, who)
                if (verb in can) != (said not in ("nothing", "conflict", "quote_open")):
                    found.add((state, verb, verb in can, said))
    assert found == {
        # the form is there and explains: the quote is open; or it asks for the word "without a quote"
        ("pending", "orders.confirm", True, "conflict"),
        ("processing", "orders.confirm", True, "conflict"),
        ("talking", "orders.confirm", True, "conflict"),
        ("awaiting", "orders.confirm", True, "quote_open"),
        # it works, and is no button while there is nothing to be done with
        ("talking", "orders.done", False, "turn none, status"),
        ("awaiting", "orders.done", False, "turn none, status"),
    }
