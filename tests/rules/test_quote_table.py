"""The quote's whole table: every state × verb × person."""

from typing import Any, Final

from app.quotes.lifecycle import TRANSITIONS
from app.quotes.model import STATUSES
from tests.cast import ALICE, BOB, CAROL, OLGA
from tests.rules.house import House
from tests.rules.lives import Lives, Steps, approved, awaiting, table


async def rejected(house: House, number: str) -> None:
    await awaiting(house, number)
    await house.do(ALICE, "quotes.reject", number, version=1)


async def cancelled(house: House, number: str) -> None:
    await awaiting(house, number)
    await house.do(OLGA, "quotes.cancel", number, version=1)


async def superseded(house: House, number: str) -> None:
    await awaiting(house, number)
    await house.do(OLGA, "quotes.send", number, amount=40_000)


async def over(house: House, number: str) -> None:
    """Nobody has written down yet that its last day is gone."""
    with house.at(days=3):
        day = house.context.shop.today(house.db.clock()).isoformat()
        await house.do(OLGA, "quotes.send", number, amount=50_000, valid_until=day)


async def expired(house: House, number: str) -> None:
    await over(house, number)
    await house.do(OLGA, "messages.send", number, text="It is over, sorry.")


async def on_rejected_order(house: House, number: str) -> None:
    await awaiting(house, number)
    await house.do(OLGA, "orders.reject", number)


STATES: Final[dict[str, Steps]] = {
    "sent": awaiting, "approved": approved, "rejected": rejected, "cancelled": cancelled,
    "superseded": superseded, "expired": expired, "over": over, "order ended": on_rejected_order,
}  # fmt: skip
VERBS = ("quotes.approve", "quotes.reject", "quotes.cancel", "quotes.counter")
LAW = """
sent counter customer: sent
sent approve customer: approved
sent approve team: approved
sent reject customer: rejected
sent reject team: rejected
sent cancel team: cancelled
sent cancel customer: cancelled
sent supersede team: superseded
sent expire clock: expired
"""


def _table(**sent: str) -> str:
    """Only a sent quote can be closed; by whom and with what effect is `sent`."""
    lines = []
    for verb, said in sent.items():
        same = said in ("forbidden", "not_found")
        rows = {"every state": said} if same else dict.fromkeys(STATES, "quote_closed") | {"sent": said}
        lines += [f"{'quotes.' + verb:25} {state:11} {what}" for state, what in rows.items()]
    return "\n".join(lines)


DECIDED = "turn team, awaiting False, quote_decision"
COUNTERED = "turn team, quote_decision"


def test_a_quote_has_one_open_state_and_five_ends() -> None:
    said = [f"{status} {verb} {by}: {target}" for (status, verb, by), target in TRANSITIONS.items()]
    assert said == LAW.strip().splitlines()
    assert set(STATUSES) == {"sent", *TRANSITIONS.values()}


async def test_what_the_customer_can_do_with_a_quote(house: House) -> None:
    lives = Lives(house, STATES)
    expected = _table(approve=DECIDED, reject=DECIDED, cancel="forbidden", counter=COUNTERED)
    assert await table(lives, VERBS, ALICE) == expected


async def test_what_a_guest_can_do_with_a_quote(sqlite_house: House) -> None:
    expected = _table(approve=DECIDED, reject=DECIDED, cancel="forbidden", counter=COUNTERED)
    assert await table(Lives(sqlite_house, STATES), VERBS, None) == expected


async def test_what_the_team_can_do_with_a_quote_on_the_customers_word(house: House) -> None:
    expected = _table(approve=DECIDED, reject=DECIDED, cancel=DECIDED, counter="forbidden")
    assert await table(Lives(house, STATES), VERBS, BOB) == expected


async def test_the_team_does_not_decide_of_its_own(house: House) -> None:
    verbs, lives = ("quotes.approve", "quotes.reject"), Lives(house, STATES)
    said = await table(lives, verbs, BOB, on_behalf=False)
    assert said == _table(approve="forbidden", reject="forbidden")


async def test_for_strangers_there_is_no_such_quote(house: House) -> None:
    said = await table(Lives(house, STATES), VERBS, CAROL)
    assert said == _table(**dict.fromkeys(("approve", "reject", "cancel", "counter"), "not_found"))


async def test_an_unknown_version_is_not_found(house: House) -> None:
    number = await house.place(ALICE)
    await awaiting(house, number)
    versions: list[Any] = [0, -1, 2, 2**31, 2**62]
    for version in versions:
        for verb in VERBS:
            who = ALICE if verb == "quotes.counter" else BOB
            problem = await house.refused(who, verb, number, version=version, **_word(verb))
            assert problem.code == "not_found"
    for wrong in ("1", 1.0, True, None, [1]):
        problem = await house.refused(ALICE, "quotes.approve", number, version=wrong)
        assert [error.field for error in problem.errors] == ["version"]
    assert [e.field for e in (await house.refused(ALICE, "quotes.approve", number)).errors] == ["version"]


def _word(verb: str) -> dict[str, Any]:
    return {"quotes.cancel": {}, "quotes.counter": {"amount": 1}}.get(verb, {"on_behalf": True})
