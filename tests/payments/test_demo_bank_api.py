"""The demo bank's door for programs, and that there is no demo bank beside Stripe."""

from typing import Any
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import select

from app.demo_bank.faults import switch_on
from app.demo_bank.gateway import DemoBank
from app.payments.model import Card
from tests.cast import ALICE, BOB, CAROL, Person
from tests.payments.test_demo_bank import ASKS, PAYS
from tests.payments.test_demo_bank_pages import asking, page_for
from tests.rules.conftest import Door, Serve
from tests.rules.house import House


async def give(
    program: httpx2.AsyncClient, number: Any = PAYS, cid: str = "", **more: Any
) -> httpx2.Response:
    headers = {"Idempotency-Key": cid} if cid else {}
    return await program.post("/api/v1/demo/card", json={"number": number} | more, headers=headers)


async def account_cards(house: House, who: Person) -> list[tuple[str, str, int | None]]:
    wanted = select(Card).where(Card.customer_id == house.actor(who).customer_id).order_by(Card.id)
    async with house.db.read() as session:
        return [(card.gateway, card.last4, card.order_id) for card in await session.scalars(wanted)]


async def test_a_program_gives_the_account_a_card(house: House, door: Door) -> None:
    program = door(ALICE, house)
    answer = await give(program, "4242 4242 4242 4242")
    assert answer.status_code == 201
    expires = f"{house.db.clock().year + 2}-{house.db.clock().month:02}"
    assert answer.json() == {"card": {"brand": "Visa", "last4": "4242", "expires": expires}}
    assert (await give(program, "5555555555554444")).json()["card"]["brand"] == "Mastercard"
    assert await account_cards(house, ALICE) == [("demo", "4242", None), ("demo", "4444", None)]
    assert await account_cards(house, CAROL) == []


async def test_the_same_request_gives_one_card(house: House, door: Door) -> None:
    program, cid = door(ALICE, house), str(uuid4())
    assert [(await give(program, cid=cid)).status_code for _ in range(3)] == [201] * 3
    assert len(await account_cards(house, ALICE)) == 1
    reused = await give(program, ASKS, cid)
    assert (reused.status_code, reused.json()["code"]) == (422, "cid_reused")
    assert (await give(door(CAROL, house), cid=cid)).status_code == 201


@pytest.mark.parametrize("number", ["4111111111111111", "", "abc", 4242424242424242, None, [PAYS], "\x00"])
async def test_a_program_is_told_what_is_wrong_with_a_number(house: House, door: Door, number: Any) -> None:
    answer = await give(door(ALICE, house), number)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert [error["field"] for error in answer.json()["errors"]] == ["number"]
    assert await account_cards(house, ALICE) == []


async def test_bad_requests_of_programs(house: House, door: Door) -> None:
    program = door(ALICE, house)
    assert (await give(program, expires="2030-01")).json()["errors"][0]["field"] == "expires"
    assert (await program.post("/api/v1/demo/card", content=b"{")).status_code == 400
    assert (await program.post("/api/v1/demo/card", json={})).json()["errors"][0]["field"] == "number"
    assert (await program.get("/api/v1/demo/card")).status_code in (404, 405)


async def test_cards_are_for_customers(house: House, door: Door) -> None:
    assert (await give(door(BOB, house))).json()["code"] == "forbidden"
    assert (await give(door())).json()["code"] == "unauthenticated"


async def test_a_bank_that_is_away_says_when_to_try_again(house: House, door: Door) -> None:
    await switch_on(house.db, "away")
    answer = await give(door(ALICE, house))
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.json()["retry_after"] and answer.headers["retry-after"]
    assert (await give(door(ALICE, house))).status_code == 201


async def test_there_is_no_demo_bank_beside_stripe(
    house: House, bank: DemoBank, door: Door, serve: Serve
) -> None:
    app = await serve(house, STRIPE_SECRET_KEY="sk_test_nobody", STRIPE_WEBHOOK_SECRET="whsec_nobody")
    url, waiting = await page_for(bank), await asking(bank)
    assert (await give(door(ALICE, house, app=app))).status_code == 404
    window = door(app=app)
    for answer in (
        await window.get(url), await window.post(url, data={"number": PAYS}),
        await window.get(waiting.action_url),
        await window.post(waiting.action_url, data={"decision": "approve"}),
    ):  # fmt: skip
        assert answer.status_code == 404
    assert (await bank.look_up(waiting.ref)).status == "action"
