"""Whose move it is: every row of the rule."""

from typing import Any

import pytest

from tests.cast import ALICE, BOB, OLGA, Person
from tests.rules.house import House

Step = tuple[Person, str, dict[str, Any]]
OPEN: Step = (BOB, "orders.open_chat", {})
SAYS: Step = (ALICE, "messages.send", {"text": "Hello?"})
ANSWERS: Step = (BOB, "messages.send", {"text": "Hello!"})
QUOTES: Step = (BOB, "quotes.send", {"amount": 5_000})
APPROVES: Step = (ALICE, "quotes.approve", {"version": 1})
REJECTS: Step = (ALICE, "quotes.reject", {"version": 1})
WITHDRAWS: Step = (BOB, "quotes.cancel", {"version": 1})
DONE: Step = (BOB, "orders.done", {})
CONFIRMS: Step = (BOB, "orders.confirm", {"without_quote": True})
REFUSES: Step = (BOB, "orders.reject", {})
CANCELS: Step = (ALICE, "orders.cancel", {})
REOPENS: Step = (BOB, "orders.reopen", {})
NOTES: Step = (BOB, "notes.add", {"text": "hm"})

STORIES: dict[str, tuple[list[Step], str]] = {
    "placing": ([], "team"),
    "opening": ([OPEN], "team"),
    "a customer's message": ([OPEN, ANSWERS, SAYS], "team"),
    "a team message": ([ANSWERS], "customer"),
    "a quote": ([QUOTES], "customer"),
    "an approval": ([QUOTES, APPROVES], "team"),
    "a rejection": ([QUOTES, REJECTS], "team"),
    "a quote withdrawn": ([QUOTES, WITHDRAWS], "team"),
    "a customer's cancel": ([ANSWERS, CANCELS], "team"),
    "a decision, whatever the team writes": ([QUOTES, APPROVES, ANSWERS, NOTES], "team"),
    "a decision, whatever both write": ([QUOTES, REJECTS, SAYS, ANSWERS], "team"),
    "a decision after a message": ([QUOTES, SAYS, APPROVES, ANSWERS], "team"),
    "a decision until Done": ([QUOTES, APPROVES, DONE], "none"),
    "after Done a message of the team": ([QUOTES, APPROVES, DONE, ANSWERS], "customer"),
    "after Done, a question and its answer": ([QUOTES, APPROVES, DONE, SAYS, ANSWERS], "customer"),
    "a decision until a new quote": ([QUOTES, REJECTS, QUOTES], "customer"),
    "a decision until confirming": ([QUOTES, APPROVES, CONFIRMS], "none"),
    "a decision until rejecting": ([QUOTES, APPROVES, REFUSES], "none"),
    "a decision is forgotten once reopened": ([QUOTES, APPROVES, REFUSES, REOPENS, ANSWERS], "customer"),
    "a withdrawn quote is no decision": ([QUOTES, WITHDRAWS, ANSWERS], "customer"),
    "confirming": ([CONFIRMS], "none"),
    "rejecting": ([REFUSES], "none"),
    "Done": ([SAYS, DONE], "none"),
    "the customer writes again": ([DONE, SAYS], "team"),
    "the customer writes to a closed order": ([CONFIRMS, SAYS], "team"),
    "a team message on a closed order": ([CONFIRMS, ANSWERS], "none"),
    "a team message on a closed order that waits": ([REFUSES, SAYS, ANSWERS], "team"),
    "reopening": ([REFUSES, REOPENS], "team"),
}


@pytest.mark.parametrize("after", STORIES)
async def test_whose_turn_it_is_after(sqlite_house: House, after: str) -> None:
    house, (steps, turn) = sqlite_house, STORIES[after]
    number = await house.place(ALICE)
    for who, verb, data in steps:
        await house.do(who, verb, number, **data)
    assert (await house.order(BOB, number))["turn"] == turn
    assert ((await house.order(BOB, number))["waiting_since"] is not None) == (turn == "team")
    assert await house.numbers(OLGA, "inbox") == ([number] if turn == "team" else [])


async def test_what_changes_nothing_leaves_the_turn(sqlite_house: House) -> None:
    house = sqlite_house
    number = await house.place(ALICE)
    await house.do(BOB, "messages.send", number, text="Hello")
    for verb, data in (
        ("notes.add", {"text": "a"}),
        ("labels.add", {"label": "rush"}),
        ("labels.remove", {"label": "rush"}),
        ("orders.assign", {"member": BOB.email}),
        ("orders.set_payment_method", {"payment_method": "cash"}),
        ("read", {"seq": 99}),
    ):
        await house.do(BOB, verb, number, **data)
        assert (await house.order(BOB, number))["turn"] == "customer"


async def test_boxes_overlap(house: House) -> None:
    number = await house.place(ALICE)
    await house.do(ALICE, "messages.send", number, text="Hello")
    await house.do(BOB, "orders.open_chat", number)
    await house.do(BOB, "quotes.send", number, amount=1)
    await house.do(ALICE, "messages.send", number, text="Hm")
    boxes = {box for box in ("inbox", "pending", "processing", "awaiting", "confirmed", "all")
             if await house.numbers(BOB, box)}  # fmt: skip
    assert boxes == {"inbox", "processing", "awaiting", "all"}
