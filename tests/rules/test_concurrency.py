"""Two windows, two web processes, one PostgreSQL: one wins, the other is told what happened."""

import asyncio
from typing import Any

import httpx2
import pytest

from tests.cast import ALICE, BOB, OLGA, Person
from tests.conftest import Api
from tests.marks import SCALED
from tests.product import Deployment
from tests.rules.http import done, json_of, place, post

ROUNDS = 8
Move = tuple[Person, str, dict[str, Any]]
YES: Move = (ALICE, "quotes/1/approve", {})
NO: Move = (ALICE, "quotes/1/reject", {})
FOR_HER: Move = (BOB, "quotes/1/approve", {"on_behalf": True})
WITHDRAW: Move = (BOB, "quotes/1/cancel", {})
CONFIRM: Move = (BOB, "confirm", {})
CONFIRM_TOO: Move = (OLGA, "confirm", {})
CANCEL: Move = (ALICE, "cancel", {})
REJECT: Move = (OLGA, "reject", {})


@SCALED
@pytest.mark.parametrize(
    ("one", "other", "codes"),
    [
        (YES, YES, {"quote_closed"}),
        (YES, NO, {"quote_closed"}),
        (YES, FOR_HER, {"quote_closed"}),
        (YES, WITHDRAW, {"quote_closed"}),
        (YES, REJECT, {"quote_closed", "conflict", None}),
        (NO, CANCEL, {"quote_closed", None}),
    ],
    ids=["approve twice", "approve and reject", "approve on her word", "approve and withdraw",
         "approve and reject the order", "reject and cancel the order"],
)  # fmt: skip
async def test_of_two_decisions_at_once_one_wins(
    deployment: Deployment, api: Api, one: Move, other: Move, codes: set[str | None]
) -> None:
    for _ in range(ROUNDS):
        number = await place(api(ALICE, deployment))
        await done(api(BOB, deployment), f"/orders/{number}/quotes", amount=5_000)
        answers = await _race(deployment, api, number, one, other)
        await _check(api, deployment, number, answers, codes)
        log = (await json_of(api(BOB, deployment), f"/orders/{number}/timeline"))["items"]
        assert sum(entry["kind"] == "quote_decision" for entry in log) == 1


@SCALED
@pytest.mark.parametrize(
    ("one", "other"),
    [(CONFIRM, CONFIRM_TOO), (CONFIRM, CANCEL), (CONFIRM, REJECT), (CANCEL, CANCEL)],
    ids=["confirm twice", "confirm and cancel", "confirm and reject", "cancel twice"],
)
async def test_of_two_moves_at_once_one_wins(
    deployment: Deployment, api: Api, one: Move, other: Move
) -> None:
    for _ in range(ROUNDS):
        number = await place(api(ALICE, deployment), "fixed")
        answers = await _race(deployment, api, number, one, other)
        await _check(api, deployment, number, answers, {"conflict"})
        log = (await json_of(api(BOB, deployment), f"/orders/{number}/timeline"))["items"]
        moves = [entry["kind"] for entry in log if entry["kind"] != "payment"]  # what confirming asks for
        assert moves == ["placed", "status"]


@SCALED
async def test_fifty_messages_at_once_leave_no_gap(deployment: Deployment, api: Api) -> None:
    number = await place(api(ALICE, deployment))
    clients = [api(person, deployment, url) for person in (ALICE, BOB) for url in deployment.urls]
    said = [post(clients[n % 4], f"/orders/{number}/messages", text=f"{n}") for n in range(50)]
    answers = await asyncio.gather(*said)
    assert {answer.status_code for answer in answers} == {200}
    log = (await json_of(clients[0], f"/orders/{number}/timeline", limit=200))["items"]
    assert [entry["seq"] for entry in log] == list(range(1, 53))  # placed, and the status of the first
    assert sorted(a.json()["seq"] for a in answers) == [e["seq"] for e in log if e["kind"] == "message"]
    assert sorted(e["data"]["text"] for e in log if e["kind"] == "message") == sorted(map(str, range(50)))
    assert [entry["kind"] for entry in log].count("status") == 1


async def _race(
    deployment: Deployment, api: Api, number: str, one: Move, other: Move
) -> list[httpx2.Response]:
    clients = [api(move[0], deployment, url) for move, url in zip((one, other), deployment.urls, strict=True)]
    await asyncio.gather(*(client.get("/orders?limit=1") for client in clients))  # connected, both
    moves = ((client, move) for client, move in zip(clients, (one, other), strict=True))
    return await asyncio.gather(
        *(post(c, f"/orders/{number}/{path}", **data) for c, (_, path, data) in moves)
    )


async def _check(
    api: Api, deployment: Deployment, number: str, answers: list[httpx2.Response], codes: set[str | None]
) -> None:
    """At least one won; whoever lost was told why and how the order stands."""
    lost = [answer for answer in answers if answer.status_code != 200]
    assert len(lost) <= (2 if None not in codes else 1)
    if None not in codes:
        assert len(lost) == 1, [answer.text for answer in answers]
    for answer in lost:
        assert answer.status_code == 409
        assert answer.json()["code"] in codes
        now = await json_of(api(BOB, deployment), f"/orders/{number}")
        assert answer.json()["order"]["status"] == now["status"]
        assert answer.json()["order"]["quote"] == now["quote"]
