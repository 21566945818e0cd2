"""Whatever cannot be understood under /api/v1 is refused as a problem document."""

from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from starlette.applications import Starlette

from tests.cast import ALICE, BOB
from tests.rules.conftest import Door
from tests.rules.house import House
from tests.rules.test_doors import is_problem

METHODS = {
    "/catalogue": "GET, HEAD",
    "/orders": "GET, HEAD, POST",
    "/orders/1001": "GET, HEAD",
    "/orders/1001/confirm": "POST",
    "/openapi.json": "GET, HEAD",
}


@pytest.mark.parametrize(("path", "allowed"), METHODS.items())
async def test_a_wrong_method_is_told_the_right_ones(
    house: House, door: Door, path: str, allowed: str
) -> None:
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"} - set(allowed.split(", ")):
        answer = await door(BOB, house).request(method, f"/api/v1{path}")
        assert is_problem(answer, 405, "malformed")
        assert answer.headers["allow"] == allowed


async def test_there_is_nothing_at_other_paths_whatever_the_method(house: House, door: Door) -> None:
    for path in ("/nothing", "/orders/1001/nothing", "/", "/orders/", "//", "/orders/1001/quotes/1"):
        for method in ("GET", "POST", "DELETE", "BREW"):
            assert is_problem(await door(BOB, house).request(method, f"/api/v1{path}"), 404, "not_found")
            assert is_problem(await door().request(method, f"/api/v1{path}"), 401, "unauthenticated")


async def test_a_body_is_json_or_nothing(house: House, door: Door) -> None:
    number, alice = await house.place(ALICE), door(ALICE, house)
    path, body = f"/api/v1/orders/{number}/messages", b'{"text": "Hello"}'
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
                 "application/xml", "application/jsonx", "json", ""):  # fmt: skip
        answer = await alice.post(path, content=b"text=Hello", headers={"Content-Type": kind})
        assert is_problem(answer, 400, "malformed"), kind
        answer = await alice.post(path, content=body, headers={"Content-Type": kind})
        assert answer.status_code == 200, kind
    assert (await alice.post(path, content=body)).status_code == 200
    plain = {"Content-Type": "text/plain"}
    assert is_problem(await alice.post(path, content=b"", headers=plain), 422, "invalid")


@pytest.mark.parametrize(
    "body", [b'{"text": "a", "text": "b"}', b'{"text": "a", "x": [{"y": 1, "y": 1}]}', b'[{"a": 1, "a": 2}]']
)
async def test_a_name_given_twice_is_malformed(house: House, door: Door, body: bytes) -> None:
    number = await house.place(ALICE)
    answer = await door(ALICE, house).post(f"/api/v1/orders/{number}/messages", content=body)
    assert is_problem(answer, 400, "malformed")
    assert len(await house.entries(number)) == 1


async def test_queries_say_what_is_wrong_with_them(house: House, door: Door) -> None:
    bob = door(BOB, house)
    for query, field in (
        ("limit=0", "limit"), ("limit=", "limit"), ("limit=1&limit=2", "limit"),
        ("limit=%205", "limit"), ("limit=5.0", "limit"), ("limit=1_0", "limit"), ("limit=%2B5", "limit"),
        ("box=nothing", "box"), ("box=", "box"),
    ):  # fmt: skip
        answer = await bob.get(f"/api/v1/orders?{query}")
        assert is_problem(answer, 422, "invalid"), query
        assert [error["field"] for error in answer.json()["errors"]] == [field], query
    for path in ("catalogue", "subscriptions", "orders/1001", "orders/1001/timeline"):
        answer = await bob.get(f"/api/v1/{path}?surprise=1")
        assert answer.status_code in (200, 404), "what nobody knows means nothing"
    assert len((await bob.get("/api/v1/orders?limit=100000")).json()["items"]) == 0


async def test_what_the_path_says_is_not_said_otherwise(house: House, door: Door) -> None:
    number, bob = await house.place(ALICE), door(BOB, house)
    await house.do(BOB, "quotes.send", number, amount=500)
    path = f"/api/v1/orders/{number}/quotes/1/cancel"
    answer = await bob.post(path, json={"version": 2})
    assert is_problem(answer, 422, "invalid")
    assert (await bob.post(path, json={"version": 1})).status_code == 200


async def test_every_422_names_what_is_wrong(house: House, door: Door) -> None:
    number, alice = await house.place(ALICE), door(ALICE, house)
    path, key = f"/api/v1/orders/{number}/messages", {"Idempotency-Key": "0" * 32}
    wrong: list[Any] = [[], {"text": ""}, {"surprise": 1}]
    for body in wrong:
        assert (await alice.post(path, json=body)).json()["errors"]
    assert (await alice.post(path, json={"text": "a"}, headers=key)).status_code == 200
    answer = await alice.post(path, json={"text": "b"}, headers=key)
    assert is_problem(answer, 422, "cid_reused")
    assert [error["field"] for error in answer.json()["errors"]] == ["cid"]
    for none in ("", "x", "urn:uuid:" + "0" * 32, "0_" * 16):
        answer = await alice.post(path, json={"text": "b"}, headers={"Idempotency-Key": none})
        assert is_problem(answer, 422, "invalid"), none


async def test_a_database_that_is_away_is_said_to_be(
    house: House, door: Door, site: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OperationalError("SELECT 1", None, OSError("gone"))

    monkeypatch.setattr(site.state.context.db, "read", away)
    for path in ("/orders", "/catalogue", "/nothing"):
        answer = await door(BOB, house).get(f"/api/v1{path}")
        assert is_problem(answer, 503, "unavailable")
        assert (answer.json()["retry_after"], answer.headers["retry-after"]) == (1, "1")
