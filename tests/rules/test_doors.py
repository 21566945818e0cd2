"""Every path and verb of the API against whoever must not get in, and numbers that are none."""

from datetime import UTC, datetime
from typing import Any

import httpx2
from sqlalchemy import update
from starlette.applications import Starlette

from app.orders.model import FIRST
from app.team.model import Member
from app.team.sessions import revoke
from app.verbs import VERBS
from tests.cast import ALICE, BOB, CAROL, OLGA
from tests.rules.conftest import Door
from tests.rules.house import House
from tests.rules.lives import DATA, awaiting

READS = ("/catalogue", "/orders", "/orders/{number}", "/orders/{number}/timeline")
WRITES = [(verb.path, name) for name, verb in VERBS.items()]
NO_NUMBERS = (
    "9999", "01001", "1001x", "-1", "0", "1000", "1e3", "1001.0", "+1001", "1" + "0" * 30, "9" * 5000, "١٠٠١",
    "１００１", "%31%30%30%31%00", "1001%20", "1001%0A", "null", "undefined", "%F0%9F%98%80", "%FF",
)  # fmt: skip
KNOWN_ERRORS = {"type", "title", "status", "code", "detail"}


def path_of(template: str, number: str) -> str:
    known = dict.fromkeys(("id", "version", "payment", "delivery", "seq"), "1")
    known |= {"number": number, "label": "rush"}
    return "/api/v1" + template.format(**known)


async def quoted(house: House) -> str:
    number = await house.place(ALICE)
    await awaiting(house, number)
    return number


def is_problem(answer: httpx2.Response, status: int, code: str) -> bool:
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert body.keys() >= KNOWN_ERRORS
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code), answer.text
    return True


async def everything(client: httpx2.AsyncClient, number: str) -> list[tuple[str, httpx2.Response]]:
    answers = [(path, await client.get(path_of(path, number))) for path in READS]
    for path, name in WRITES:
        answers.append((name, await client.post(path_of(path, number), json=DATA.get(name, {}))))
    return answers


async def test_nobody_gets_in(house: House, door: Door) -> None:
    number = await quoted(house)
    before = await house.state(number)
    for header in ("", "Bearer wrong", "Bearer ", f"Basic {house.tokens[ALICE]}", "Bearer ü"):
        client = door()
        client.headers.update([(b"Authorization", header.encode())])
        for name, answer in await everything(client, number):
            assert is_problem(answer, 401, "unauthenticated"), name
            assert answer.headers["www-authenticate"] == "Bearer"
    assert await house.state(number) == before


async def test_for_another_customer_there_is_nothing(house: House, door: Door) -> None:
    number = await quoted(house)
    before, carol = await house.state(number), door(CAROL, house)
    for name, answer in await everything(carol, number):
        on_order = "{number}" in (VERBS[name].path if name in VERBS else name)
        if on_order or name == "subscriptions.cancel":
            assert is_problem(answer, 404, "not_found"), name
        elif name in VERBS and name != "orders.place":
            assert is_problem(answer, 403, "forbidden"), name
    assert (await carol.get("/api/v1/orders")).json() == {"items": [], "next": None}
    assert (await carol.get(f"/api/v1/orders?q={number}")).json()["items"] == []
    assert await house.state(number) == before


async def test_a_customer_has_none_of_the_teams_verbs(house: House, door: Door) -> None:
    number = await quoted(house)
    alice = door(ALICE, house)
    for path, name in WRITES:
        if "customer" not in VERBS[name].who:
            answer = await alice.post(path_of(path, number), json=DATA.get(name, {}))
            assert is_problem(answer, 403, "forbidden"), name


async def test_a_cookie_is_no_bearer_token(house: House, door: Door) -> None:
    """So that no page can make a browser use the API."""
    number, window = await quoted(house), door()
    await window.get(house.context.shop.order_link(int(number) - FIRST), follow_redirects=True)
    assert (await window.get(f"/orders/{number}")).status_code == 200
    assert is_problem(await window.get(f"/api/v1/orders/{number}"), 401, "unauthenticated")


async def test_a_revoked_token_opens_nothing(house: House, door: Door) -> None:
    number, client = await quoted(house), door(ALICE, house)
    assert (await client.get(f"/api/v1/orders/{number}")).status_code == 200
    async with house.db.transaction() as tx:
        await revoke(tx, house.actor(ALICE).ticket)
    for name, answer in await everything(client, number):
        assert is_problem(answer, 401, "unauthenticated"), name
    assert (await house.refused(ALICE, "messages.send", number, text="Hi")).code == "unauthenticated"


async def test_a_removed_member_gets_in_nowhere(house: House, door: Door) -> None:
    number, client = await quoted(house), door(BOB, house)
    async with house.db.transaction() as tx:
        gone = update(Member).where(Member.email == BOB.email).values(removed_at=datetime.now(UTC))
        await tx.session.execute(gone)
    for name, answer in await everything(client, number):
        assert is_problem(answer, 401, "unauthenticated"), name
    assert (await house.refused(BOB, "messages.send", number, text="Hi")).code == "unauthenticated"
    problem = await house.refused(OLGA, "orders.assign", number, member=BOB.email)
    assert [error.field for error in problem.errors] == ["member"]


async def test_what_is_no_number_is_not_found(house: House, door: Door) -> None:
    await house.place(ALICE)
    for number in NO_NUMBERS:
        await _check_no_number(house, door, number)


async def _check_no_number(house: House, door: Door, number: str) -> None:
    for who in (ALICE, BOB):
        client = door(who, house)
        for path in ("", "/timeline"):
            assert is_problem(await client.get(f"/api/v1/orders/{number}{path}"), 404, "not_found")
        said = await client.post(f"/api/v1/orders/{number}/messages", json={"text": "Hi"})
        assert is_problem(said, 404, "not_found")
    window = door()
    for path in (f"/orders/{number}", f"/orders/{number}/entries?before=9"):
        assert (await window.get(path)).status_code == 404
    assert (await window.post(f"/orders/{number}/messages", data={"text": "Hi"})).status_code == 404


async def test_what_is_no_number_is_not_found_in_frames_either(house: House) -> None:
    await house.place(ALICE)
    numbers: list[Any] = [None, 1001, True, [], {}, "", " 1001", "1001\x00", "\u0661\u0660\u0660\u0661"]
    for number in numbers:
        for who in (ALICE, BOB):
            assert (await house.refused(who, "messages.send", number, text="Hi")).code == "not_found"


async def test_what_is_no_version_is_not_found(house: House, door: Door) -> None:
    number, client, window = await quoted(house), door(BOB, house), door()
    await window.get(house.context.shop.order_link(int(number) - FIRST))
    for version in ("0", "2", "x", "-1", "9" * 9, "9" * 5000, "²", "١", "1.0", "%00"):
        path = f"/orders/{number}/quotes/{version}/approve"
        assert is_problem(await client.post(f"/api/v1{path}", json={"on_behalf": True}), 404, "not_found")
        assert (await window.post(path, data={"x": "1"})).status_code == 404


async def test_unknown_places_are_not_found_as_problems_and_as_pages(house: House, door: Door) -> None:
    assert is_problem(await door(BOB, house).get("/api/v1/nothing"), 404, "not_found")
    assert is_problem(await door(BOB, house).get("/api/v1/orders/1001/nothing"), 404, "not_found")
    for path in ("/nothing", "/products/99999", "/products/x", "/products/0", "/products/" + "9" * 30,
                 "/static/x/none.css", "/orders/1001/nothing", "/o/forged"):  # fmt: skip
        assert (await door().get(path)).status_code == 404, path


async def test_a_wrong_method_is_said_as_such(house: House, door: Door) -> None:
    answer = await door(BOB, house).delete("/api/v1/orders")
    assert answer.status_code == 405
    assert answer.json()["status"] == 405


async def test_a_get_never_changes_a_status(house: House, door: Door) -> None:
    number = await house.place(ALICE)
    for path in ("", "/timeline"):
        await door(BOB, house).get(f"/api/v1/orders/{number}{path}")
    for verb in ("open_chat", "process", "confirm", "reject", "messages"):
        answer = await door(BOB, house).get(f"/api/v1/orders/{number}/{verb}")
        assert answer.status_code in (404, 405)
    assert (await house.order(BOB, number))["status"] == "pending"


async def test_the_desk_leads_strangers_to_its_sign_in(house: House, door: Door, site: Starlette) -> None:
    number, window = await house.place(ALICE), door()
    await window.get(house.context.shop.order_link(int(number) - FIRST))  # a customer's cookie helps nobody
    for path in (
        "/desk/inbox",
        f"/desk/orders/{number}",
        "/desk/settings",
        "/desk/mail",
        "/desk/rows?box=all",
    ):
        answer = await window.get(path)
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/desk/sign-in?next=/desk/"), path
    for path in (f"/desk/orders/{number}/confirm", "/desk/settings", f"/desk/orders/{number}/notes"):
        assert (await window.post(path, data={"text": "x"})).status_code == 303
    assert (await house.order(BOB, number))["status"] == "pending"


async def test_a_customer_has_no_form_of_the_teams(house: House, door: Door) -> None:
    number, window = await house.place(ALICE), door()
    await window.get(house.context.shop.order_link(int(number) - FIRST))
    for name, verb in VERBS.items():
        if verb.on_order and "customer" not in verb.who:
            path = path_of(verb.path, number).removeprefix("/api/v1")
            assert (await window.post(path, data=DATA.get(name, {}))).status_code in (404, 405), name
