"""An order's tag, and what is done only if the order is still what it was."""

import asyncio
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import update

from app.labels.model import Label
from tests.cast import ALICE, BOB, OLGA
from tests.rules.conftest import Door
from tests.rules.house import House
from tests.rules.test_doors import is_problem


async def tag(client: httpx2.AsyncClient, number: str) -> str:
    answer = await client.get(f"/api/v1/orders/{number}")
    return answer.headers["etag"]


async def say(
    client: httpx2.AsyncClient, number: str, expected: str, cid: str = "", text: str = "Hello"
) -> httpx2.Response:
    headers = {"If-Match": expected} | ({"Idempotency-Key": cid} if cid else {})
    return await client.post(f"/api/v1/orders/{number}/messages", json={"text": text}, headers=headers)


async def test_who_has_the_order_is_not_sent_it_again(house: House, door: Door) -> None:
    number, alice = await house.place(ALICE), door(ALICE, house)
    path, has = f"/api/v1/orders/{number}", await tag(alice, number)
    for known in (has, f"W/{has}", "*", f'"other", {has}'):
        answer = await alice.get(path, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", has)
    assert (await alice.get(path, headers={"If-None-Match": '"other"'})).status_code == 200
    assert await tag(door(BOB, house), number) != has, "he is shown more of it"


async def test_the_tag_changes_with_whatever_its_reader_sees(house: House, door: Door) -> None:
    number = await house.place(ALICE)
    alice, bob = door(ALICE, house), door(BOB, house)
    his, hers = await tag(bob, number), await tag(alice, number)
    await house.do(OLGA, "labels.add", number, label="rush")
    assert await tag(alice, number) == hers, "a label is not for her"
    assert await tag(bob, number) != his
    his = await tag(bob, number)
    async with house.db.transaction() as tx:
        await tx.session.execute(update(Label).where(Label.slug == "rush").values(name="Hurry"))
    assert await tag(bob, number) != his, "also when it is called something else"
    his = await tag(bob, number)
    await house.do(BOB, "read", number, seq=9)
    assert await tag(bob, number) != his, "his badge is another"
    assert await tag(alice, number) == hers


async def test_a_verb_answers_with_the_tag_to_go_on_from(house: House, door: Door) -> None:
    number, bob = await house.place(ALICE), door(BOB, house)
    has = await tag(bob, number)
    for text in ("One", "Two"):
        answer = await say(bob, number, has, text=text)
        assert answer.status_code == 200
        has = answer.headers["etag"]
    assert has == await tag(bob, number)


async def test_nothing_is_done_to_an_order_that_changed(house: House, door: Door) -> None:
    number, bob = await house.place(ALICE), door(BOB, house)
    has = await tag(bob, number)
    await house.do(ALICE, "messages.send", number, text="Wait!")
    before = await house.state(number)
    answer = await say(bob, number, has)
    assert is_problem(answer, 412, "changed")
    assert answer.json()["order"] == (await bob.get(f"/api/v1/orders/{number}")).json()
    assert answer.headers["etag"] == await tag(bob, number)
    assert await house.state(number) == before
    assert (await say(bob, number, answer.headers["etag"])).status_code == 200


async def test_any_order_is_expected_with_a_star(house: House, door: Door) -> None:
    number, bob = await house.place(ALICE), door(BOB, house)
    assert (await say(bob, number, "*")).status_code == 200
    assert is_problem(await say(bob, "9999", "*"), 404, "not_found")


@pytest.mark.parametrize("wrong", ["x", '"', '"a" "b"', "W/", '"a', "*, *", '"a", b', '"a b"'])
async def test_tags_that_are_none_are_malformed(house: House, door: Door, wrong: str) -> None:
    number, bob = await house.place(ALICE), door(BOB, house)
    before = await house.state(number)
    assert is_problem(await say(bob, number, wrong), 400, "malformed")
    answer = await bob.get(f"/api/v1/orders/{number}", headers={"If-None-Match": wrong})
    assert is_problem(answer, 400, "malformed")
    assert await house.state(number) == before


async def test_a_condition_that_nobody_would_check_is_refused(house: House, door: Door) -> None:
    answer = await door(BOB, house).post("/api/v1/labels", json={"name": "New"}, headers={"If-Match": '"x"'})
    assert is_problem(answer, 400, "malformed")


async def test_a_request_that_worked_works_again_whatever_the_order_is_now(house: House, door: Door) -> None:
    number, bob, cid = await house.place(ALICE), door(BOB, house), str(uuid4())
    has = await tag(bob, number)
    first = await say(bob, number, has, cid)
    assert first.status_code == 200
    again = await say(bob, number, has, cid)
    assert (again.status_code, again.json()["seq"]) == (200, first.json()["seq"])
    assert is_problem(await say(bob, number, has, str(uuid4())), 412, "changed")


async def test_of_many_who_expect_the_same_order_one_gets_through(house: House, door: Door) -> None:
    number, programs = await house.place(ALICE), [door(BOB, house) for _ in range(8)]
    has = await tag(programs[0], number)
    answers = await asyncio.gather(*(say(program, number, has) for program in programs))
    assert sorted(answer.status_code for answer in answers) == [200, *[412] * 7]
    assert [entry.kind for entry in await house.entries(number)].count("message") == 1
