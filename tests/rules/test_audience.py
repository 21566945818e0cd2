"""What is the team's alone never reaches the customer, by whatever way."""

from typing import Any

import orjson
import pytest
from sqlalchemy import select

from app.entries import Side
from app.mail.model import Mail
from app.orders.events import event_of
from tests.cast import ALICE, BOB, CAROL, OLGA
from tests.conftest import Live
from tests.processes import eventually
from tests.product import Deployment
from tests.rules.conftest import Door
from tests.rules.house import House
from tests.rules.http import json_of, place

SECRETS = ("Zwetschge", "proof-needed", "Proof needed", "olga@example.org", "Olga Orth")


async def with_secrets(house: House) -> str:
    """An order with a note, a label, an assignment and a Done between its messages."""
    number = await house.place(ALICE)
    await house.do(OLGA, "notes.add", number, text="Zwetschge pays late")
    await house.do(BOB, "messages.send", number, text="Hello Alice")
    await house.do(OLGA, "labels.add", number, label="proof-needed")
    await house.do(OLGA, "orders.assign", number, member=OLGA.email)
    await house.do(ALICE, "messages.send", number, text="Hello Bob")
    await house.do(OLGA, "orders.done", number)
    await house.do(OLGA, "labels.remove", number, label="proof-needed")
    await house.do(OLGA, "labels.add", number, label="proof-needed")
    return number


async def test_the_customers_timeline_has_nothing_of_the_teams(house: House) -> None:
    number = await with_secrets(house)
    kinds = [entry.kind for entry in await house.entries(number, "customer")]
    assert kinds == ["placed", "status", "message", "message"]
    assert _clean([event_of(entry, "customer") for entry in await house.entries(number, "customer")])


async def test_the_customers_order_has_nothing_of_the_teams(house: House) -> None:
    number = await with_secrets(house)
    order = await house.order(ALICE, number)
    assert order.keys() & {"labels", "assignee", "waiting_since", "members"} == set()
    assert _clean(order)
    view = await house.view(ALICE, number)
    assert (view.labels, view.all_labels, view.members, view.assignee, view.assignee_email) == (
        [], [], [], None, None,
    )  # fmt: skip
    team = await house.order(BOB, number)
    assert [label["slug"] for label in team["labels"]] == ["proof-needed"]
    assert team["assignee"]["email"] == OLGA.email


@pytest.mark.parametrize("side", ["team", "customer"])
async def test_prev_chains_what_a_side_may_see(house: House, side: Side) -> None:
    number = await with_secrets(house)
    entries = await house.entries(number, side)
    assert [entry.prev(side) for entry in entries] == [0, *(entry.seq for entry in entries)][:-1]
    reader = BOB if side == "team" else ALICE
    assert (await house.order(reader, number))["last_seq"] == entries[-1].seq


async def test_heads_speak_of_what_the_reader_may_see(house: House) -> None:
    number = await with_secrets(house)
    assert (await house.order(BOB, number))["last_seq"] == 10
    assert (await house.order(ALICE, number))["last_seq"] == 7


async def test_a_customer_finds_nothing_by_what_the_team_wrote(house: House) -> None:
    number = await with_secrets(house)
    for q in ("Zwetschge", "zwetsch", "pays late"):
        assert await house.numbers(BOB, q=q) == [number]
        assert await house.numbers(ALICE, q=q) == []
    for q in ("Hello", "hello bob", number, f"#{number}", "Painted", "alice"):
        assert await house.numbers(ALICE, q=q) == [number], q
        assert await house.numbers(CAROL, q=q) == [], q
        assert await house.numbers(await house.guest(number), q=q) == [number]


async def test_an_order_is_found_by_what_was_chosen_in_it(house: House) -> None:
    option = {"id": "text", "title": "Engraving", "kind": "text"}
    product: dict[str, Any] = {"title": "Slate plate", "pricing": "fixed", "price": 4_900}
    made = (await house.do(BOB, "products.create", **product, options=[option])).body["product"]["id"]
    line = {"product": made, "quantity": 1, "options": [{"option": "text", "value": "Töpferei Quitte"}]}
    number = await house.place(ALICE, lines=[line])
    for q in ("quitte", "topferei", "slate quitte"):
        assert await house.numbers(BOB, q=q) == await house.numbers(ALICE, q=q) == [number]
        assert await house.numbers(CAROL, q=q) == []


async def test_the_customers_pages_and_json_have_nothing_of_the_teams(house: House, door: Door) -> None:
    number = await with_secrets(house)
    program = door(ALICE, house)
    for path in ("/orders", f"/orders/{number}", f"/orders/{number}/timeline", "/orders?q=hello"):
        answer = await program.get(f"/api/v1{path}")
        assert answer.status_code == 200
        assert not [word for word in SECRETS if word in answer.text], path
    window = door()
    link = house.context.shop.order_link(int(number) - 1000)
    page = await window.get(link.removeprefix(house.context.settings.public_url), follow_redirects=True)
    assert page.status_code == 200
    assert "Hello Alice" in page.text
    older = await window.get(f"/orders/{number}/entries?before=99")
    listed = await window.get("/orders")
    for text in (page.text, older.text, listed.text):
        assert not [word for word in SECRETS if word in text]


async def test_the_customers_mail_has_nothing_of_the_teams(house: House) -> None:
    number = await with_secrets(house)
    await house.do(BOB, "quotes.send", number, amount=1)
    async with house.db.read() as session:
        mails = await session.scalars(select(Mail).where(Mail.recipient == ALICE.email))
        for mail in mails:
            assert not [word for word in SECRETS if word in mail.text + mail.html + mail.subject]


async def test_frames_bring_the_customer_nothing_of_the_teams(
    deployment: Deployment, live: Live, api: Any
) -> None:
    """Both listen; what the team hears of, the customer does not, not even as a head."""
    number = await place(api(ALICE, deployment))
    alice = await live(ALICE, deployment, {number: 0}, inbox=True, html="en")
    bob = await live(BOB, deployment, {number: 0}, inbox=True, html="en")
    await bob.do("notes.add", number, text="Zwetschge pays late")
    await bob.do("labels.add", number, label="proof-needed")
    await bob.do("orders.assign", number, member=OLGA.email)
    await bob.do("orders.done", number)
    await bob.send({"type": "typing", "order": number, "note": True})
    await bob.do("messages.send", number, text="The end")
    await alice.until(lambda: _texts(alice.entries.get(number, [])) == ["The end"])
    await bob.until(lambda: len(bob.entries.get(number, [])) == 7)
    assert [entry["kind"] for entry in alice.entries[number]] == ["placed", "status", "message"]
    assert [entry["prev"] for entry in alice.entries[number]] == [0, 1, 6]
    await eventually(lambda: bool(alice.of_type("badge", number)))
    said = orjson.dumps(alice.frames).decode()
    assert not [word for word in ("Zwetschge", "proof-needed", OLGA.email) if word in said]
    assert not alice.of_type("typing")
    team = await json_of(api(BOB, deployment), f"/orders/{number}")
    mine = await json_of(api(ALICE, deployment), f"/orders/{number}")
    assert (team["last_seq"], mine["last_seq"]) == (7, 7)
    await bob.do("notes.add", number, text="Later")
    assert (await json_of(api(ALICE, deployment), f"/orders/{number}"))["last_seq"] == 7


async def test_carol_hears_nothing_of_alices_order(deployment: Deployment, live: Live, api: Any) -> None:
    carol = await live(CAROL, deployment, inbox=True, html="en")
    number = await place(api(ALICE, deployment))
    await carol.watch({number: 0}, inbox=True)
    assert carol.heads == {}
    own = await place(api(CAROL, deployment))
    await carol.until(lambda: carol.of_type("badge", own))
    assert not [frame for frame in carol.frames if number in orjson.dumps(frame).decode()]
    greetings = [frame for frame in carol.of_type("badge") if frame["order"] is None]
    assert len(greetings) <= carol.hellos, "a badge at the wrong moment tells that somebody is busy"


def _texts(entries: list[dict[str, Any]]) -> list[str]:
    return [entry["data"]["text"] for entry in entries if entry["kind"] == "message"]


def _clean(value: Any) -> bool:
    said = orjson.dumps(value).decode()
    return not [word for word in SECRETS if word in said]
