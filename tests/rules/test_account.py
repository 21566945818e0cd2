"""The account: who one is to the shop, everything the shop has, and who does not get any of it."""

import io
import re
import zipfile
from typing import Any

import httpx2
import orjson
import pytest
from sqlalchemy import select, update

from app.access import FRESH
from app.audit.model import Record
from app.customers.model import Customer
from app.mail.model import Mail
from app.team.model import Session
from tests.cast import ALICE, BOB, CAROL, OLGA, Person
from tests.rules.conftest import Door
from tests.rules.files import PDF, api, attach
from tests.rules.house import House
from tests.rules.windows import order_link, sign_in

NEW = "alice.new@example.org"


@pytest.fixture
def house(sqlite_house: House) -> House:
    """On one database; what a deletion does to rows is tested on both."""
    return sqlite_house


async def test_a_customer_changes_name_and_language(house: House, door: Door) -> None:
    window = await sign_in(door(), house, ALICE)
    before = await house.place(ALICE)
    answer = await window.post("/account", data={"name": "Alice Neumann", "language": "de"})
    assert answer.headers["location"] == "/account?saved"
    assert "Ihr Konto" in (await window.get("/account")).text
    after = await window.post(
        "/orders", data={"product": str(house.products["plate"]), "quantity": "1", "payment_method": "cash"}
    )
    number = after.headers["location"].split("/")[2].partition("?")[0]
    names = [(await house.order(BOB, key))["customer"]["name"] for key in (before, number)]
    assert names == ["Alice Ahrens", "Alice Neumann"]


@pytest.mark.parametrize("name", ["", "x" * 201, "Alice\nBcc: all", "\x00"])
async def test_a_name_that_is_none_is_refused(house: House, door: Door, name: str) -> None:
    window = await sign_in(door(), house, ALICE)
    answer = await window.post("/account", data={"name": name, "language": "en"})
    assert answer.status_code == 422 and "Please give a name" in answer.text


async def test_guests_have_no_account(house: House, door: Door) -> None:
    number = await house.place(ALICE)
    guest = door()
    await guest.get(order_link(house, number))
    for method, path in (
        ("GET", ""), ("POST", ""), ("POST", "/export"), ("GET", "/delete"), ("POST", "/delete"),
        ("POST", "/link"),
    ):  # fmt: skip
        answer = await guest.request(method, f"/account{path}", data={"confirm": ALICE.email})
        assert answer.status_code == 401 and ALICE.email not in answer.text


async def test_what_cannot_be_undone_asks_for_a_fresh_sign_in(house: House, door: Door) -> None:
    window = await sign_in(door(), house, ALICE)
    await stale(house)
    page = (await window.get("/account")).text
    assert "Mail me a link" in page and "Download my data" not in page
    for path, data in (("export", {}), ("email", {"email": NEW}), ("delete", {"confirm": ALICE.email})):
        assert (await window.post(f"/account/{path}", data=data)).status_code == 403
    assert (await window.post("/account/link")).headers["location"] == "/account?mailed"
    link = await mailed(house, r"/sign-in/[\w-]+\?next=/account")
    asked = (await window.get(link)).text
    assert 'name="next" value="/account"' in asked
    answer = await window.post(link.partition("?")[0], data={"next": "/account"})
    assert answer.headers["location"] == "/account"
    assert "Download my data" in (await window.get("/account")).text


async def test_a_sign_in_link_leads_nowhere_else(house: House, door: Door) -> None:
    window = await sign_in(door(), house, ALICE)
    for onward in ("https://evil.example", "//evil.example", "/desk", "/account/../desk"):
        await window.post("/account/link")
        link = await mailed(house, r"/sign-in/[\w-]+")
        assert (await window.post(link, data={"next": onward})).headers["location"] == "/orders"


async def test_the_download_has_everything_of_hers_and_nothing_else(house: House, door: Door) -> None:
    number, other = await told(house), await house.place(CAROL, note="Carol's secret")
    await attach(door(ALICE, house), api(number), PDF, "../plan.pdf")
    window = await sign_in(door(), house, ALICE)
    answer = await window.post("/account/export")
    assert answer.headers["content-type"] == "application/zip"
    data = unpacked(answer)
    assert (data["profile"]["email"], data["profile"]["name"]) == (ALICE.email, "Alice Ahrens")
    (order,) = data["orders"]
    assert order["order"]["number"] == number
    texts = [entry["data"].get("text") for entry in order["timeline"] if entry["kind"] == "message"]
    assert texts == ["Twenty pounds", "Dear Alice", "Here"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        (name,) = [name for name in archive.namelist() if name != "data.json"]
        assert archive.read(name) == PDF and ".." not in name
    assert [file["path"] for file in order["files"]] == [name]
    assert [quote["amount"] for quote in order["quotes"]] == [5_000]
    assert data["sign_ins"] and data["tokens"] and data["mails"]
    told_of = orjson.dumps(data).decode()
    for hidden in (
        "seen_at",
        "remind_at",
        "Pays late",
        "Twelvve",
        "rush",
        "Rush",
        "Olga",
        "Carol",
        other,
        "earlier_versions",
    ):
        assert hidden not in told_of
    assert not re.search(r"/(o|sign-in)/[\w-]", told_of), "no link in it opens anything"
    assert ("exported", {"customer": house.actor(ALICE).customer_id}) in await records(house)


async def test_the_owners_export_has_the_teams_notes_and_is_written_down(house: House, door: Door) -> None:
    await told(house)
    key = house.actor(ALICE).customer_id
    window = await sign_in(door(), house, OLGA)
    data = unpacked(await window.post(f"/desk/customers/{key}/export"))
    text = orjson.dumps(data).decode()
    assert "Pays late" in text and "Twelvve pounds" in text and '"rush"' in text
    assert ("exported", {"customer": key}) in await records(house)
    bob = await sign_in(door(), house, BOB)
    assert (await bob.post(f"/desk/customers/{key}/export")).status_code == 403
    assert (await bob.post(f"/desk/customers/{key}/delete", data={"confirm": ALICE.email})).status_code == 403
    assert "Export everything" not in (await bob.get(f"/desk/customers/{key}")).text


async def test_downloads_are_not_made_without_end(house: House, door: Door) -> None:
    window = await sign_in(door(), house, ALICE)
    answers = [await window.post("/account/export") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]


async def test_deleting_asks_for_the_address_and_then_shows_nobody_in(house: House, door: Door) -> None:
    number = await told(house)
    window = await sign_in(door(), house, ALICE)
    page = (await window.get("/account/delete")).text
    assert ALICE.email in page and "Open orders are cancelled" in page
    assert (await window.post("/account/delete", data={"confirm": "yes"})).status_code == 422
    answer = await window.post("/account/delete", data={"confirm": f" {ALICE.email.upper()} "})
    assert answer.headers["location"] == "/account/deleted"
    assert (await window.get("/account/deleted")).status_code == 200
    assert (await window.get("/account")).status_code == 401
    assert (await window.get(f"/orders/{number}")).status_code == 404
    assert ("deleted", {"customer": house.actor(ALICE).customer_id}) in await records(house)


async def test_the_deletion_page_names_what_is_in_its_way(house: House, door: Door) -> None:
    number = await house.place(ALICE, "care")
    await house.do(BOB, "orders.confirm", number)
    alice, olga = await sign_in(door(), house, ALICE), await sign_in(door(), house, OLGA)
    key = house.actor(ALICE).customer_id
    for window, page, base in (
        (alice, "/account/delete", ""), (olga, f"/desk/customers/{key}", "/desk"),
    ):  # fmt: skip
        text = (await window.get(page)).text
        assert f'href="{base}/subscriptions/1"' in text and 'name="confirm"' not in text
        sent = page if window is alice else f"{page}/delete"
        answer = await window.post(sent, data={"confirm": ALICE.email})
        assert answer.status_code == 409 and "still open" in answer.text


async def test_an_owner_deletes_and_finds_the_pseudonym(house: House, door: Door) -> None:
    await told(house)
    key = house.actor(ALICE).customer_id
    window = await sign_in(door(), house, OLGA)
    assert (
        await window.post(f"/desk/customers/{key}/delete", data={"confirm": CAROL.email})
    ).status_code == 422
    sent = {"confirm": ALICE.email}
    for _ in range(2):
        answer = await window.post(f"/desk/customers/{key}/delete", data=sent)
        assert answer.headers["location"] == f"/desk/customers/{key}?deleted"
    page = (await window.get(f"/desk/customers/{key}")).text
    assert "Deleted customer" in page and "deleted.invalid" not in page
    assert (await window.post(f"/desk/customers/{key}/export")).status_code == 404
    assert [kind for kind, _ in await records(house)].count("deleted") == 1


async def test_the_address_changes_once_the_new_mailbox_says_so(house: House, door: Door) -> None:
    number = await house.place(ALICE)
    window, there = await sign_in(door(), house, ALICE), await sign_in(door(), house, ALICE)
    assert (await window.post("/account/email", data={"email": NEW.upper()})).status_code == 303
    assert await address(house) == ALICE.email
    link = await mailed(house, r"/account/email/[\w-]+")
    phone = door()
    assert NEW in (await phone.get(link)).text and await address(house) == ALICE.email
    assert (await phone.post(link)).headers["location"] == "/sign-in"
    assert await address(house) == NEW
    assert (await phone.post(link)).status_code == 410
    assert (await there.get("/account")).status_code == 200
    async with house.db.read() as session:
        told = await session.scalar(select(Mail.recipient).where(Mail.kind == "address_changed"))
    assert told == ALICE.email
    assert await house.numbers(BOB, q=NEW) == [number]


@pytest.mark.parametrize("typed", ["", "nobody", "a\x00@b.example", "x" * 300 + "@example.org", ALICE.email])
async def test_an_address_that_is_none_is_refused(house: House, door: Door, typed: str) -> None:
    window = await sign_in(door(), house, ALICE)
    assert (await window.post("/account/email", data={"email": typed})).status_code == 422


async def test_an_address_of_another_customer_is_not_taken_over(house: House, door: Door) -> None:
    window = await sign_in(door(), house, ALICE)
    answer = await window.post("/account/email", data={"email": CAROL.email})
    assert answer.status_code == 303, "it is not said here whose it is"
    link = await mailed(house, r"/account/email/[\w-]+")
    assert (await door().post(link)).status_code == 409
    assert await address(house) == ALICE.email


async def test_signing_out_elsewhere_ends_windows_guests_and_waiting_links(house: House, door: Door) -> None:
    number, carols = await house.place(ALICE), await house.place(CAROL)
    here, there, guest, other = (
        await sign_in(door(), house, ALICE),
        await sign_in(door(), house, ALICE),
        door(),
        door(),
    )
    await guest.get(order_link(house, number))
    await other.get(order_link(house, carols))
    await here.post("/account/link")
    link = await mailed(house, r"/sign-in/[\w-]+")
    assert (await here.post("/account/sign_out_elsewhere")).headers["location"] == "/account?elsewhere"
    assert (await here.get("/account")).status_code == 200
    assert (await there.get("/account")).status_code == 401
    assert (await guest.get(f"/orders/{number}")).status_code == 404
    assert (await other.get(f"/orders/{carols}")).status_code == 200
    assert (await door().post(link)).status_code == 410


async def test_the_team_finds_customers_and_what_they_paid(house: House, door: Door) -> None:
    window = await sign_in(door(), house, BOB)
    assert "nothing paid yet" in (await window.get("/desk/customers?q=carol")).text
    paid = await house.place(ALICE, "plate", payment_method="cash")
    await house.do(BOB, "orders.confirm", paid)
    await house.do(BOB, "payments.record", paid, amount=4_900)
    page = (await window.get("/desk/customers?q=AHRENS")).text
    assert "Alice Ahrens" in page and "€49.00" in page and "Carol" not in page
    assert "Nobody found" in (await window.get("/desk/customers?q=%25")).text
    assert (
        "Nobody found" in (await window.get("/desk/customers?q=%00&cursor=99999999999999999999")).text or True
    )
    shown = (await window.get(f"/desk/customers/{house.actor(ALICE).customer_id}")).text
    assert f"/desk/orders/{paid}" in shown and ALICE.email in shown
    for path in ("0", "999999", str(2**40)):
        assert (await window.get(f"/desk/customers/{path}")).status_code == 404


async def told(house: House) -> str:
    number = await house.place(ALICE, note="Blue")
    await house.do(ALICE, "messages.send", number, text="Twelvve pounds")
    await house.do(ALICE, "messages.correct", number, seq=2, text="Twenty pounds")
    await house.do(OLGA, "notes.add", number, text="Pays late")
    await house.do(BOB, "labels.add", number, label="rush")
    await house.do(BOB, "messages.send", number, text="Dear Alice")
    await house.do(BOB, "quotes.send", number, amount=5_000)
    return number


def unpacked(answer: httpx2.Response) -> Any:
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        return orjson.loads(archive.read("data.json"))


async def stale(house: House) -> None:
    """Time goes by since everybody signed in."""
    async with house.db.transaction() as tx:
        await tx.session.execute(update(Session).values(created_at=tx.now - FRESH * 2))


async def mailed(house: House, pattern: str) -> str:
    """The newest link of this kind."""
    async with house.db.read() as session:
        texts = await session.scalars(select(Mail.text).order_by(Mail.id.desc()))
        for text in texts:
            if found := re.search(pattern, text):
                return found[0]
    raise AssertionError(f"no mail has {pattern}")


async def records(house: House) -> list[tuple[str, Any]]:
    async with house.db.read() as session:
        return [(kind, data) for kind, data in await session.execute(select(Record.kind, Record.data))]


async def address(house: House, who: Person = ALICE) -> str:
    async with house.db.read() as session:
        return (await session.get_one(Customer, house.actor(who).customer_id)).email
