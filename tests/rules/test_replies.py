"""Canned replies are the team's, are filled in for one order, and are nothing but text."""

import asyncio
from typing import Any

import pytest

from app.replies.placeholders import filled
from tests.cast import ALICE, BOB, CAROL, OLGA
from tests.rules.conftest import Door
from tests.rules.house import House
from tests.rules.windows import sign_in

PAGE = "/desk/settings/replies"


async def offered(house: House, door: Door, number: str) -> Any:
    bob = await sign_in(door(), house, BOB)
    answer = await bob.get(f"/desk/orders/{number}/replies")
    assert answer.headers["content-type"] == "application/json"
    return {each["name"]: each["text"] for each in answer.json()}


async def test_placeholders_say_what_is_so_in_this_order(house: House, door: Door) -> None:
    number = await house.place(ALICE, "plate")
    text = "{customer}|{number}|{total}|{link}|{me}"
    await house.do(OLGA, "replies.create", name="All", text=text)
    said = f"Alice Ahrens|{number}|€49.00|http://127.0.0.1:8000/orders/{number}|Bob Berger"
    assert await offered(house, door, number) == {"all": said}


async def test_without_a_price_it_says_by_quote_and_no_link_opens_the_order_for_a_member(
    house: House, door: Door
) -> None:
    number = await house.place(ALICE)
    await house.do(BOB, "replies.create", name="x", text="{total} {link}")
    said = (await offered(house, door, number))["x"]
    assert said.startswith("By quote ")
    assert "/o/" not in said


def test_what_a_value_holds_in_braces_is_text() -> None:
    assert filled("{customer} {me}", {"customer": "{me}", "me": "Bob"}) == "{me} Bob"
    assert filled("{ {x} }", {}) == "{ {x} }"


@pytest.mark.parametrize("text", ["Hello {nobody}", "{customer} {Customer}", "{order_id}"])
async def test_an_unknown_placeholder_is_named_when_it_is_saved(sqlite_house: House, text: str) -> None:
    problem = await sqlite_house.refused(BOB, "replies.create", name="x", text=text)
    assert [(each.field, each.code) for each in problem.errors] == [("text", "unknown_placeholder")]
    assert "{customer}, {number}, {total}, {link}, {me}" in problem.errors[0].detail


@pytest.mark.parametrize(
    ("name", "text"),
    [("", "x"), ("two words", "x"), ("a/b", "x"), ("x" * 41, "x"), ("ok", " "), ("ok", "y" * 16_001)],
)
async def test_what_is_no_reply_is_refused(sqlite_house: House, name: str, text: str) -> None:
    problem = await sqlite_house.refused(BOB, "replies.create", name=name, text=text)
    assert (problem.code, len(problem.errors)) == ("invalid", 1)


async def test_a_name_is_given_once_even_at_the_same_time(house: House) -> None:
    made = (house.do(who, "replies.create", name="Hours", text="9 to 5") for who in (BOB, OLGA))
    answers = await asyncio.gather(*made, return_exceptions=True)
    assert sum(isinstance(answer, Exception) for answer in answers) == 1
    problem = await house.refused(BOB, "replies.create", name="HOURS", text="x")
    assert [each.code for each in problem.errors] == ["taken"]


async def test_archived_it_is_not_offered_and_comes_back(house: House, door: Door) -> None:
    number = await house.place(ALICE)
    key = (await house.do(BOB, "replies.create", name="x", text="X")).body["reply"]["id"]
    await house.do(OLGA, "replies.archive", id=key)
    assert await offered(house, door, number) == {}
    bob = await sign_in(door(), house, BOB)
    assert f'action="{PAGE}/{key}/restore"' in (await bob.get(f"{PAGE}?archived={key}")).text
    assert (await bob.post(f"{PAGE}/{key}/restore")).status_code == 303
    assert await offered(house, door, number) == {"x": "X"}


async def test_the_page_makes_and_changes_them_and_gives_back_what_is_wrong(house: House, door: Door) -> None:
    bob = await sign_in(door(), house, BOB)
    assert "There are none yet." in (await bob.get(PAGE)).text
    assert (await bob.post(PAGE, data={"name": "hi", "text": "Hi <b>{customer}</b>"})).status_code == 303
    page = (await bob.get(PAGE)).text
    assert "Hi &lt;b&gt;{customer}&lt;/b&gt;" in page
    refused = await bob.post(PAGE, data={"name": "bad one", "text": "{nope} kept"})
    assert refused.status_code == 422
    assert "{nope} kept" in refused.text
    refused = await bob.post(PAGE, data={"name": "bad", "text": "{nope} kept"})
    assert "There is no {nope}." in refused.text
    assert (await bob.post(f"{PAGE}/1/update", data={"name": "hello", "text": "Hello"})).status_code == 303
    assert (await bob.post(f"{PAGE}/99/update", data={"text": "x"})).status_code == 404


async def test_no_customer_reads_or_writes_them(house: House, door: Door) -> None:
    number = await house.place(ALICE)
    for who in (ALICE, CAROL):
        assert (await house.refused(who, "replies.create", name="x", text="x")).code == "forbidden"
        assert (await door(who, house).get("/api/v1/replies")).status_code == 403
        window = await sign_in(door(), house, who)
        for path in (PAGE, f"/desk/orders/{number}/replies"):
            assert (await window.get(path)).status_code in (303, 401)
