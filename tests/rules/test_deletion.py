"""A customer is deleted: nothing of the person is left anywhere, and nobody else's row is another."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, or_, select, text

from app.attachments.model import Attachment
from app.db import Base
from app.jobs import Worker
from app.mail import letters
from app.mail.model import Mail
from app.mail.notices import notify
from app.mail.outbox import Reader
from app.orders.model import FIRST, Order
from app.privacy import finishing
from app.privacy.erasing import delete_customer
from app.privacy.holdings import HOLDINGS, NOTHING
from app.team.model import Session
from tests.cast import ALICE, BOB, CAROL, OLGA, Person
from tests.rules.conftest import Door
from tests.rules.files import PDF, api, attach, picture, upload, uploaded
from tests.rules.house import House, number_of
from tests.rules.windows import order_link, sign_in

# what only alice, or somebody about her, ever wrote; each in a place of its own
WORDS = (
    "Zaubertinte", "Kirschbaum", "Nebelhorn", "Lavendel", "Quittenbrot", "Eisvogel", "Wacholder", "Bernstein",
    "Holunder", "Mondstein", "Rosmarin", "Salbei", "Thymian",
)  # fmt: skip
STORED = b"% Zaunkoenig, the words of her files " + uuid4().hex.encode()
BEGAN = time.time()
NAMES = ("Alice Ahrens", "alice@example.org", "Alicia Neu")


def test_every_table_says_what_it_holds_of_customers() -> None:
    tables = {mapper.class_ for mapper in Base.registry.mappers}
    held = [table for holding in HOLDINGS for table in holding.tables]
    assert sorted(set(held), key=str) == sorted(held, key=str), "by one concept each"
    declared = {*held, *NOTHING}
    missing = [table.__name__ for table in tables - declared]
    assert not missing, "declare in app/privacy/holdings.py what these hold of customers"
    assert not set(held) & NOTHING.keys()
    assert all(holding.erase or holding.why for holding in HOLDINGS)


@pytest.mark.parametrize("by", [ALICE, OLGA], ids=["customer", "owner"])
async def test_nothing_of_her_is_left_and_nothing_of_anybody_else_changes(
    house: House, door: Door, by: Person
) -> None:
    numbers = await lived_in(house, door)
    before = await rows_of_carol(house)
    assert [word for word in (*WORDS, *NAMES) if not await found(house, word)] == []
    await delete(house, by)
    assert STORED in (stored := await files(house)) and b"% hers" in stored
    await finish(house)
    assert STORED not in (stored := await files(house)) and b"% hers" in stored
    left = {word: places for word in (*WORDS, *NAMES) if (places := await found(house, word))}
    assert left == {}
    assert await rows_of_carol(house) == before
    kept = await house.order(BOB, numbers["paid"])
    assert (kept["customer"], kept["total"]["amount"]) == (
        {"name": "Deleted customer", "email": "", "verified": True},
        4_900,
    )
    assert (kept["status"], kept["payment_status"]) == ("confirmed", "paid")


async def test_the_log_keeps_what_happened_and_says_that_words_were_erased(house: House, door: Door) -> None:
    number = (await lived_in(house, door))["talk"]
    before = await house.entries(number)
    await delete(house, ALICE)
    after = await house.entries(number)
    told = [(entry.seq, entry.kind, entry.at, entry.role, entry.person) for entry in after]
    assert told[: len(before)] == [(e.seq, e.kind, e.at, e.role, e.person) for e in before]
    erased = [entry for entry in after if entry.data.get("erased")]
    assert {entry.kind for entry in erased} == {"message", "note", "edit"}
    assert all(entry.data["text"] == "" and entry.data["withdrawn_at"] for entry in erased)
    (erases,) = [entry for entry in after if entry.erases]
    assert erases.data == {"seq": len(before) + 1, "action": "erase"}
    assert any(entry.name == "Bob Berger" for entry in after), "of the team it still says who acted"
    page = (await (await sign_in(door(), house, BOB)).get(f"/desk/orders/{number}")).text
    assert "Deleted customer" in page and "Erased" in page
    assert (await house.refused(BOB, "messages.correct", number, seq=before[1].seq, text="x")).status in (
        403,
        409,
    )


async def test_open_orders_are_cancelled_and_the_team_hears_of_it_without_a_name(house: House) -> None:
    number = await house.place(ALICE)
    await house.do(BOB, "quotes.send", number, amount=5_000)
    await delete(house, ALICE)
    order = await house.order(BOB, number)
    assert (order["status"], order["quote"]) == ("cancelled", None)
    told = [("order_cancelled", BOB.email), ("order_cancelled", OLGA.email)]
    assert sorted(await house.letters(number)) == told, "and of all that was written before nothing is left"
    assert number in await house.numbers(BOB, "cancelled")
    assert await house.numbers(BOB, q=number) == [number]


async def test_everything_that_let_her_in_is_dead(house: House, door: Door) -> None:
    number = await house.place(ALICE)
    alice, guest, program = await sign_in(door(), house, ALICE), door(), door(ALICE, house)
    await guest.get(order_link(house, number))
    assert (await guest.get(f"/orders/{number}")).status_code == 200
    await delete(house, OLGA)
    for window in (alice, guest):
        assert (await window.get(f"/orders/{number}")).status_code == 404
    assert (await program.get("/api/v1/orders")).status_code == 401
    assert (await guest.get(order_link(house, number))).status_code == 404
    answer = await door().post("/sign-in", data={"email": ALICE.email})
    assert answer.status_code == 303
    async with house.db.read() as session:
        assert set(await session.scalars(select(Mail.recipient))) == {BOB.email, OLGA.email}
        assert await session.scalar(select(func.count()).where(Session.customer_id.is_not(None))) == 0


async def test_what_the_team_does_later_writes_to_nobody(house: House) -> None:
    number = await house.place(ALICE)
    await delete(house, ALICE)
    await house.do(BOB, "messages.send", number, text="Still there?")
    await house.do(BOB, "orders.reopen", number)
    await house.do(BOB, "orders.reject", number, reason="over")
    await Worker(house.context).once(datetime.now(UTC) + timedelta(minutes=10))
    assert [to for _, to in await house.letters(number) if to not in (BOB.email, OLGA.email)] == []
    again = number_of(
        await house.do(
            BOB, "orders.place", lines=[{"product": house.products["sign"], "quantity": 1}],
            payment_method="cash", customer={"email": ALICE.email, "name": "Alice again"},
        )
    )  # fmt: skip
    assert (await house.order(BOB, again))["customer"]["email"] == ALICE.email
    assert (await house.order(BOB, number))["customer"]["email"] == ""


async def test_mails_that_only_resemble_or_name_her_stay(house: House) -> None:
    """An address is within another, as an@ in ivan@; and what Carol wrote of her is Carol's."""
    await house.place(ALICE)
    carols = await house.place(CAROL, note=f"Ask {ALICE.email}, or mal{ALICE.email}")
    longer = f"mal{ALICE.email}"
    malice = number_of(
        await house.do(
            BOB, "orders.place", lines=[{"product": house.products["sign"], "quantity": 1}],
            payment_method="cash", customer={"email": longer, "name": "Malice"}, note=f"I am {longer}",
        )
    )  # fmt: skip
    async with house.db.transaction() as tx:
        letters.new_address(tx, Reader("new@example.org", "en"), "secret")
        letters.sign_in_link(tx, Reader(longer, "en"), "secret")
    others = (Mail.order_id.in_([int(carols) - FIRST, int(malice) - FIRST]), Mail.order_id.is_(None))
    wanted = select(Mail.id, Mail.recipient, Mail.status, Mail.text).where(or_(*others)).order_by(Mail.id)
    async with house.db.read() as session:
        before = (await session.execute(wanted)).all()
        assert sum(ALICE.email in mail.text for mail in before) >= 3
    await delete(house, ALICE)
    async with house.db.read() as session:
        assert (await session.execute(wanted)).all() == before
        left = await session.scalars(select(Mail.recipient).where(Mail.recipient == ALICE.email))
        assert left.all() == []


async def test_of_mails_that_gather_orders_those_with_hers_go(house: House) -> None:
    first, second = await house.place(CAROL), await house.place(CAROL)
    for number in (first, second):
        await house.do(CAROL, "messages.send", number, text=f"Of {number}, see /desk/orders/{number}")
    await notify(house.db, datetime.now(UTC) + timedelta(minutes=10))
    gathered = select(Mail.id).where(Mail.kind == "new_messages", Mail.order_id.is_(None)).order_by(Mail.id)
    async with house.db.read() as session:
        others = (await session.scalars(gathered)).all()
    hers = await house.place(ALICE)
    for person, number in ((ALICE, hers), (CAROL, first)):
        await house.do(person, "messages.send", number, text="And more")
    await notify(house.db, datetime.now(UTC) + timedelta(minutes=20))
    async with house.db.read() as session:
        assert len((await session.scalars(gathered)).all()) > len(others) > 0
    await delete(house, ALICE)
    async with house.db.read() as session:
        assert (await session.scalars(gathered)).all() == others


@pytest.mark.parametrize("what", ["subscription", "owed", "asked"])
async def test_what_is_still_open_is_in_the_way(house: House, what: str) -> None:
    number = await house.place(ALICE, "care" if what == "subscription" else "plate")
    if what == "asked":
        await house.do(BOB, "payments.request", number, amount=900, text="Screws")
    else:
        await house.do(BOB, "orders.confirm", number)
    with pytest.raises(Exception, match="still open"):
        await delete(house, ALICE)
    assert (await house.order(BOB, number))["customer"]["name"] == "Alice Ahrens"


async def test_a_file_that_arrives_meanwhile_is_not_kept(house: House, door: Door) -> None:
    number, key = await house.place(ALICE), uuid4().hex.encode()
    alice = door(ALICE, house)
    site: Any = alice._transport.app.state.context  # type: ignore[attr-defined]

    class Late:
        """The store is slow: before it has the file, its customer is deleted, and the worker done."""

        async def put(self, *named: Any) -> None:
            if await delete(house, ALICE):
                await finish(house)
            await house.context.files.put(*named)

        async def delete(self, key: str) -> None:
            await house.context.files.delete(key)

    site._files = Late()
    answer = await upload(alice, api(number), PDF + key, "plan.pdf", "application/pdf")
    assert answer.status_code == 404
    assert key not in await files(house)


async def test_deleting_twice_is_deleting_once(house: House) -> None:
    await house.place(ALICE)
    await delete(house, OLGA)
    before = await dump(house)
    assert await delete(house, OLGA) is False
    assert await dump(house) == before


async def lived_in(house: House, door: Door) -> dict[str, str]:
    """Alice and Carol have done all there is to do; a word of alice's is in every place there is."""
    carols = await house.place(CAROL, note="Carol's own words")
    await house.do(CAROL, "messages.send", carols, text="Hello from Carol")
    await house.do(OLGA, "webhooks.create", url="https://93.184.216.34/hook", kinds=["message", "placed"])
    talk = await house.place(ALICE, note=f"{WORDS[0]} please")
    await house.do(ALICE, "messages.send", talk, text=f"{WORDS[1]} first")
    await house.do(ALICE, "messages.correct", talk, seq=2, text=f"{WORDS[2]} then")
    await house.do(BOB, "notes.add", talk, text=f"{WORDS[3]}, says Alice Ahrens")
    await house.do(BOB, "messages.send", talk, text=f"Dear Alice Ahrens, {WORDS[4]}?")
    sent: dict[str, Any] = {"lines": [{"title": "Sign for Alice Ahrens", "quantity": 1, "unit_price": 900}]}
    await house.do(BOB, "quotes.send", talk, note=f"{WORDS[5]} included", **sent)
    await house.do(ALICE, "quotes.counter", talk, version=1, amount=800, text=f"{WORDS[11]}, then I take it")
    await house.do(ALICE, "quotes.reject", talk, version=1, reason=f"{WORDS[6]} is missing")
    await house.do(CAROL, "messages.send", carols, text="One more")
    await notify(house.db, datetime.now(UTC) + timedelta(minutes=10))  # mails that gather both
    paid = await house.place(ALICE, "plate", payment_method="cash")
    await house.do(BOB, "orders.confirm", paid)
    await house.do(BOB, "payments.record", paid, amount=4_900, note=f"{WORDS[7]} in cash")
    await house.do(ALICE, "messages.send", paid, text=f"{WORDS[8]} and withdrawn")
    last = (await house.entries(paid))[-1].seq
    await house.do(ALICE, "messages.withdraw", paid, seq=last)
    gone = await house.place(ALICE)
    await house.do(BOB, "orders.reject", gone, reason=f"{WORDS[9]} is sold out")
    await attach(door(ALICE, house), api(talk), PDF + STORED, f"{WORDS[12]} plan.pdf")
    await attach(door(ALICE, house), api(talk), picture(), "photo.png")
    await uploaded(door(ALICE, house), api(talk), PDF + STORED, "not sent.pdf")
    await attach(door(CAROL, house), api(carols), PDF + b"% hers", "hers.pdf")
    window = await sign_in(door(), house, ALICE)
    made = await window.post("/account/tokens", data={"name": f"{WORDS[10]} program", "scope": "read"})
    assert made.status_code == 201
    await door().post("/desk/sign-in", data={"email": ALICE.email, "password": "not a member's"})
    await window._transport.app.state.context.uses.close()  # type: ignore[attr-defined]
    async with house.db.transaction() as tx:  # as an order that she placed under another name
        (await tx.session.get_one(Order, int(gone) - FIRST)).customer_name = "Alicia Neu"
    return {"talk": talk, "paid": paid, "gone": gone, "carol": carols}


async def delete(house: House, by: Person) -> bool:
    customer = house.actor(ALICE).customer_id
    assert customer is not None
    async with house.db.transaction() as tx:
        return await delete_customer(tx, house.actor(by), customer)


async def finish(house: House) -> None:
    """What the worker does of it; not its other jobs, which would call the webhook."""
    assert await finishing.finish(house.context, datetime.now(UTC)) == 1


async def files(house: House) -> bytes:
    """All that lies in this shop's storage, for people who look for their words."""
    async with house.db.read() as session:
        keys = (await session.scalars(select(Attachment.key))).all()
    folder = Path(house.context.settings.files_url)
    assert all((folder / key).exists() for key in keys)
    made = [path for path in folder.rglob("*") if path.is_file() and path.stat().st_mtime >= BEGAN]
    return b"\n".join(path.read_bytes() for path in made)


async def tables(house: House) -> list[str]:
    """Also those that no model knows, as a search index has."""
    if not house.db.sqlite:
        return [table.name for table in Base.metadata.sorted_tables]
    async with house.db.read() as session:
        named = await session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'"))
        return [name for name in named if not name.startswith("sqlite_")]


async def dump(house: House) -> dict[str, list[str]]:
    found = {}
    for table in await tables(house):
        async with house.db.read() as session:
            rows = await session.execute(text(f'SELECT * FROM "{table}"'))
            found[table] = sorted(repr(tuple(row)) for row in rows)
    return found


async def found(house: House, word: str) -> list[str]:
    """The tables that have the word, however it is written."""
    held = await dump(house)
    return [table for table, rows in held.items() if any(word.lower() in row.lower() for row in rows)]


async def rows_of_carol(house: House) -> dict[str, Any]:
    """Every row of every table that belongs to her or her orders."""
    key = house.actor(CAROL).customer_id
    assert key is not None
    async with house.db.read() as session:
        orders = (await session.scalars(select(Order.id).where(Order.customer_id == key))).all()
        found: dict[str, Any] = {}
        for table in Base.metadata.sorted_tables:
            mine = [table.c[name] for name in ("customer_id", "order_id") if name in table.c]
            if not mine and table.name not in ("customers", "orders", "mails"):
                continue
            wanted = select(table)
            rows = [tuple(row) for row in await session.execute(wanted)]
            names = list(table.c.keys())
            found[table.name] = [
                row for row in rows if _is_carols(table.name, dict(zip(names, row, strict=True)), key, orders)
            ]
        return found


def _is_carols(table: str, row: dict[str, Any], key: int, orders: Any) -> bool:
    if table == "customers":
        return bool(row["id"] == key)
    if table == "orders":
        return row["id"] in orders
    if table == "mail_orders":
        return False  # a mail that gathers hers with another's goes with the other's
    if table == "mails" and row["recipient"] == CAROL.email:
        return True
    return row.get("customer_id") == key or row.get("order_id") in orders
