"""Messages and notes that their author corrects or withdraws: within five minutes, and then for everybody."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from app import access
from app.entries import Entry, Side
from app.errors import Problem
from app.messages.corrections import MOST
from app.orders.events import event_of
from app.orders.model import FIRST
from app.orders.timeline import contents, entry_views
from app.orders.views import EntryView
from app.tail import Tail
from app.webhooks.model import Delivery
from tests.cast import ALICE, BOB, CAROL, OLGA, Person
from tests.rules.conftest import Door
from tests.rules.house import House, Moment, Who
from tests.rules.lives import STATES
from tests.rules.windows import order_link, sign_in

OLD, NEW = "Twelvve pounds", "Twenty pounds"
SIDES: tuple[Side, Side] = ("team", "customer")


async def said(house: House, who: Who, number: str, text: str = OLD, verb: str = "messages.send") -> int:
    seq = (await house.do(who, verb, number, text=text)).seq
    assert seq is not None
    return seq


@pytest.fixture
async def number(house: House) -> str:
    """Alice's order, which the team has taken on."""
    placed = await house.place(ALICE)
    await house.do(BOB, "orders.open_chat", placed)
    return placed


def text_of(entries: list[Entry], seq: int) -> Any:
    return next(entry.data["text"] for entry in entries if entry.seq == seq)


@pytest.mark.parametrize("state", STATES)
async def test_in_every_state_it_changes_the_words_and_nothing_else(house: House, state: str) -> None:
    number = await house.place(ALICE)
    await STATES[state](house, number)
    seq = await said(house, ALICE, number)
    before = await house.order(BOB, number)
    edit = await house.do(ALICE, "messages.correct", number, seq=seq, text=NEW)
    after = await house.order(BOB, number)
    assert edit.seq == after.pop("last_seq") == before.pop("last_seq") + 1
    assert after == before
    assert await house.order(OLGA, number) | {"last_seq": 0} == await house.order(BOB, number) | {
        "last_seq": 0
    }
    entry = (await house.entries(number))[-1]
    assert (entry.kind, entry.audience, entry.person) == (
        "edit",
        "everyone",
        house_person(house, ALICE, number),
    )
    assert entry.data | {"edited_at": ""} == {"seq": seq, "action": "correct", "text": NEW, "edited_at": ""}


def house_person(house: House, who: Person, number: str) -> str:
    actor = house.actor(who)
    return f"m{actor.member_id}" if actor.member_id else f"c{actor.customer_id}"


async def test_whoever_reads_later_reads_the_newest_and_only_that(house: House, number: str) -> None:
    seq = await said(house, ALICE, number)
    await house.do(ALICE, "messages.correct", number, seq=seq, text="Second try")
    await house.do(ALICE, "messages.correct", number, seq=seq, text=NEW)
    for side in SIDES:
        found = await house.entries(number, side)
        assert [text_of(found, at) for at in (seq, seq + 1, seq + 2)] == [NEW] * 3
        assert "edited_at" in found[-3].data
        assert [entry.prev(side) for entry in found][1:] == [entry.seq for entry in found][:-1]
    await house.do(ALICE, "messages.withdraw", number, seq=seq)
    for side in SIDES:
        found = await house.entries(number, side)
        assert [text_of(found, seq + more) for more in range(4)] == [""] * 4
        assert all("withdrawn_at" in entry.data and "edited_at" not in entry.data for entry in found[-4:])


async def test_the_rows_stay_as_they_were_written(house: House, number: str) -> None:
    seq = await said(house, BOB, number)
    before = (await house.state(number))["entries"]
    await house.do(BOB, "messages.correct", number, seq=seq, text=NEW)
    await house.do(BOB, "messages.withdraw", number, seq=seq)
    after = (await house.state(number))["entries"]
    assert [row for row in after if row in before] == before
    assert len(after) == len(before) + 2


async def test_reading_on_for_many_logs_overlays_too(house: House, number: str) -> None:
    seq = await said(house, ALICE, number)
    await house.do(ALICE, "messages.correct", number, seq=seq, text=NEW)
    await said(house, ALICE, number, "Untouched")
    tail = Tail(house.db)
    try:
        found = (await tail.after({int(number) - FIRST: 0}, 100))[int(number) - FIRST]
    finally:
        await tail.close()
    # who reads on also learns how the order stands
    assert [entry._replace(standing=None) for entry in found] == await house.entries(number)
    assert text_of(found, seq) == NEW


async def views(house: House, number: str, side: Side) -> list[EntryView]:
    async with house.db.read() as session:
        return await entry_views(session, await house.entries(number, side), side, house.context.shop)


async def test_what_it_was_is_for_the_team_alone(house: House, number: str) -> None:
    seq = await said(house, ALICE, number)
    await house.do(ALICE, "messages.correct", number, seq=seq, text="Second try")
    await house.do(ALICE, "messages.correct", number, seq=seq, text=NEW)
    kept = {
        view.seq: [version.text for version in view.versions] for view in await views(house, number, "team")
    }
    assert kept.pop(seq) == [OLD, "Second try"]
    assert not any(kept.values())
    assert not any(view.versions for view in await views(house, number, "customer"))
    await house.do(ALICE, "messages.withdraw", number, seq=seq)
    (view,) = (view for view in await views(house, number, "team") if view.seq == seq)
    assert [version.text for version in view.versions] == [OLD, "Second try", NEW]


@pytest.mark.parametrize("side", SIDES)
async def test_what_sockets_send_is_the_newest_and_replaces_the_card(
    house: House, number: str, side: Side
) -> None:
    seq = await said(house, ALICE, number)
    edit = await house.do(ALICE, "messages.correct", number, seq=seq, text=NEW)
    async with house.db.read() as session:
        order = await access_order(session, house, number)
        entries = await house.entries(number, side, after=seq - 1)
        for turned in (True, False):
            first, second = await contents(
                session, order, entries, side, house.context.shop, "en", turned=turned
            )
            assert f'id="e-{number}-{edit.seq}"' in second
            assert f'id="e-{number}-{seq}"' in second
            assert second.count(NEW) == 1
            assert (OLD in first + second) == (side == "team")  # among the earlier versions


async def access_order(session: Any, house: House, number: str) -> Any:
    return await access.order_for(session, house.actor(BOB), number)


async def test_a_customer_s_reads_never_hold_the_old_words(house: House, number: str, door: Door) -> None:
    mine, theirs, note = (
        await said(house, ALICE, number),
        await said(house, BOB, number, "Eleven secrets"),
        await said(house, BOB, number, "Alice haggles", "notes.add"),
    )
    await house.do(ALICE, "messages.correct", number, seq=mine, text=NEW)
    await house.do(BOB, "messages.withdraw", number, seq=theirs)
    await house.do(BOB, "messages.correct", number, seq=note, text="Alice asks")
    page, program = door(), door(ALICE, house)
    await page.get(order_link(house, number))
    for answer in (
        await page.get(f"/orders/{number}"),
        await page.get(f"/orders/{number}/entries?before=99"),
        await program.get(f"/api/v1/orders/{number}/timeline"),
        await program.get(f"/api/v1/orders/{number}"),
    ):
        assert answer.status_code == 200
        for gone in (OLD, "Eleven secrets", "Alice haggles", "Alice asks"):
            assert gone not in answer.text, answer.request.url
    desk = door()
    await sign_in(desk, house, BOB)
    shown = (await desk.get(f"/desk/orders/{number}")).text
    for kept in (OLD, "Eleven secrets", "Alice haggles", "Alice asks", "Earlier versions"):
        assert kept in shown


async def test_a_note_s_edit_is_for_the_team_alone(house: House, number: str) -> None:
    note = await said(house, BOB, number, verb="notes.add")
    head = (await house.order(ALICE, number))["last_seq"]
    for verb, more in (("messages.correct", {"text": NEW}), ("messages.withdraw", {})):
        await house.do(BOB, verb, number, seq=note, **more)
        assert (await house.entries(number))[-1].audience == "team"
    assert (await house.order(ALICE, number))["last_seq"] == head
    assert {entry.kind for entry in await house.entries(number, "customer")} == {"placed", "status"}


REFUSALS: tuple[tuple[Who, str, str, int], ...] = (
    (ALICE, "bob's", "forbidden", 403),
    (OLGA, "bob's", "forbidden", 403),
    (BOB, "alice's", "forbidden", 403),
    (CAROL, "alice's", "not_found", 404),
    (ALICE, "note", "not_found", 404),
    (OLGA, "note", "forbidden", 403),
    (ALICE, "nothing", "not_found", 404),
    (ALICE, "placed", "invalid", 422),
    (BOB, "status", "invalid", 422),
    (ALICE, "edit", "invalid", 422),
    (ALICE, "withdrawn", "conflict", 409),
)


async def test_refusals(house: House, number: str) -> None:
    seqs = {"placed": 1, "status": 2, "nothing": 999}
    seqs["alice's"] = await said(house, ALICE, number)
    seqs["bob's"] = await said(house, BOB, number)
    seqs["note"] = await said(house, BOB, number, verb="notes.add")
    seqs["withdrawn"] = await said(house, ALICE, number)
    edit = await house.do(ALICE, "messages.withdraw", number, seq=seqs["withdrawn"])
    seqs["edit"] = edit.seq or 0
    before = await house.state(number)
    for who, what, code, status in REFUSALS:
        for verb, more in (("messages.correct", {"text": NEW}), ("messages.withdraw", {})):
            problem = await house.refused(who, verb, number, seq=seqs[what], **more)
            assert (problem.code, problem.status) == (code, status), (verb, who, what)
    for wrong in (None, "7", 0, -1, 1.5, True, 2**31):
        problem = await house.refused(ALICE, "messages.withdraw", number, seq=wrong)
        assert problem.errors[0].field == "seq"
    for text in ("", " \n ", "x" * 16_001, None):
        problem = await house.refused(ALICE, "messages.correct", number, seq=seqs["alice's"], text=text)
        assert problem.errors[0].field == "text"
    assert await house.state(number) == before


async def test_five_minutes_and_not_a_moment_longer(house: House, number: str) -> None:
    seqs = [await said(house, ALICE, number) for _ in range(2)]
    sent = {entry.seq: entry.at for entry in await house.entries(number)}
    for seq, verb, more in zip(seqs, ("correct", "withdraw"), ({"text": NEW}, {}), strict=True):
        with Moment(house.db, sent[seq] + timedelta(minutes=5, microseconds=1)):
            problem = await house.refused(ALICE, f"messages.{verb}", number, seq=seq, **more)
            assert (problem.code, problem.order and problem.order["number"]) == ("conflict", number)
        with Moment(house.db, sent[seq] + timedelta(minutes=5)):
            assert (await house.do(ALICE, f"messages.{verb}", number, seq=seq, **more)).seq
    with Moment(house.db, sent[seqs[0]] + timedelta(minutes=6)):  # a correction does not give more time
        assert (await house.refused(ALICE, "messages.withdraw", number, seq=seqs[0])).code == "conflict"


async def test_the_same_request_twice_is_one_edit(house: House, number: str) -> None:
    seq, cid = await said(house, ALICE, number), str(uuid4())
    first = await house.do(ALICE, "messages.correct", number, cid, seq=seq, text=NEW)
    again = await house.do(ALICE, "messages.correct", number, cid, seq=seq, text=NEW)
    assert first.seq == again.seq == seq + 1
    other = await house.refused(ALICE, "messages.correct", number, cid, seq=seq, text="Other")
    assert other.code == "cid_reused"
    gone, cid = await said(house, ALICE, number), str(uuid4())
    once = await house.do(ALICE, "messages.withdraw", number, cid, seq=gone)
    assert (await house.do(ALICE, "messages.withdraw", number, cid, seq=gone)).seq == once.seq


async def test_the_same_words_change_nothing(house: House, number: str) -> None:
    seq = await said(house, ALICE, number)
    assert (await house.do(ALICE, "messages.correct", number, seq=seq, text=f" {OLD}\n")).seq is None
    assert (await house.entries(number))[-1].seq == seq


async def test_a_message_is_corrected_twenty_times_and_then_only_withdrawn(house: House, number: str) -> None:
    seq = await said(house, ALICE, number)
    for times in range(MOST):
        await house.do(ALICE, "messages.correct", number, seq=seq, text=f"{times}")
    assert (await house.refused(ALICE, "messages.correct", number, seq=seq, text="more")).code == "conflict"
    assert (await house.do(ALICE, "messages.withdraw", number, seq=seq)).seq == seq + MOST + 1


async def test_correcting_is_writing_and_as_fast_as_that(sqlite_house: House) -> None:
    context, number = sqlite_house.context, await sqlite_house.place(ALICE)
    seq, alice = await said(sqlite_house, ALICE, number), sqlite_house.actor(ALICE)
    data = {"seq": seq, "text": OLD}
    with pytest.raises(Problem) as refused:
        for _ in range(10_000):
            await context.do(alice, "messages.correct", number, data)
    assert refused.value.code == "rate_limited"


async def test_a_guest_is_the_customer_of_the_order(house: House, number: str) -> None:
    guest = await house.guest(number)
    seq = await said(house, guest, number)
    await house.do(guest, "messages.correct", number, seq=seq, text=NEW)
    await house.do(ALICE, "messages.withdraw", number, seq=seq)
    assert text_of(await house.entries(number), seq) == ""


async def test_an_edit_is_unread_for_nobody_and_moves_no_turn(house: House, number: str) -> None:
    seq = await said(house, BOB, number)
    await house.do(ALICE, "read", number, seq=99)
    await house.do(OLGA, "read", number, seq=99)
    before = {who: await house.order(who, number) for who in (ALICE, BOB, OLGA)}
    await house.do(BOB, "messages.correct", number, seq=seq, text=NEW)
    await house.do(BOB, "messages.withdraw", number, seq=seq)
    for who, order in before.items():
        assert await house.order(who, number) | {"last_seq": 0} == order | {"last_seq": 0}
        assert order["unread"] == 0 or who is BOB


async def test_search_finds_the_newest_words_alone(house: House, number: str) -> None:
    seq = await said(house, ALICE, number, "marzipan please")
    note = await said(house, BOB, number, "liquorice", "notes.add")
    assert await house.numbers(BOB, q="marzipan") == [number]
    await house.do(ALICE, "messages.correct", number, seq=seq, text="nougat please")
    await house.do(BOB, "messages.correct", number, seq=note, text="caramel")
    found = {
        word: await house.numbers(BOB, q=word) for word in ("marzipan", "liquorice", "nougat", "caramel")
    }
    assert found == {"marzipan": [], "liquorice": [], "nougat": [number], "caramel": [number]}
    assert await house.numbers(ALICE, q="caramel") == []
    await house.do(ALICE, "messages.withdraw", number, seq=seq)
    assert await house.numbers(BOB, q="nougat") == []


async def test_of_two_equal_messages_search_still_finds_the_other(house: House, number: str) -> None:
    seqs = [await said(house, ALICE, number, "marzipan") for _ in range(2)]
    await house.do(ALICE, "messages.withdraw", number, seq=seqs[0])
    assert await house.numbers(BOB, q="marzipan") == [number]
    await house.do(ALICE, "messages.withdraw", number, seq=seqs[1])
    assert await house.numbers(BOB, q="marzipan") == []


async def test_lists_show_the_last_message_that_says_something(house: House, number: str) -> None:
    first, last = await said(house, ALICE, number, "First"), await said(house, BOB, number, "Last")
    for seq, who, text, shown in (
        (last, BOB, NEW, NEW),
        (first, ALICE, "1st", NEW),
        (last, BOB, None, "1st"),
    ):
        verb, more = ("messages.correct", {"text": text}) if text else ("messages.withdraw", {})
        await house.do(who, verb, number, seq=seq, **more)
        assert (await house.view(BOB, number)).last_text == shown
    await house.do(ALICE, "messages.withdraw", number, seq=first)
    assert (await house.view(BOB, number)).last_text == ""


async def test_what_webhooks_are_told_afterwards_has_no_old_words(house: House, number: str) -> None:
    await house.do(OLGA, "webhooks.create", url="https://93.184.216.34/hook", kinds=["edit"])
    seq = await said(house, ALICE, number)
    await house.do(ALICE, "messages.correct", number, seq=seq, text=NEW)
    await house.do(ALICE, "messages.withdraw", number, seq=seq)
    entries = await house.entries(number, "customer", after=seq)
    told = [json.loads(row) for row in await bodies(house, number)]
    assert [body["type"] for body in told] == ["entry.edit"] * 2
    assert told[1]["data"] == json.loads(json.dumps(event_of(entries[1], "customer")))
    assert OLD not in json.dumps(told)


async def bodies(house: House, number: str) -> list[str]:
    wanted = select(Delivery.body).where(Delivery.order_id == int(number) - FIRST).order_by(Delivery.id)
    async with house.db.read() as session:
        return list(await session.scalars(wanted))


async def test_a_form_without_scripts_does_it_and_says_why_not(house: House, number: str, door: Door) -> None:
    seq = await said(house, ALICE, number)
    page = door()
    await page.get(order_link(house, number))
    shown = (await page.get(f"/orders/{number}")).text
    assert f'action="/orders/{number}/messages/{seq}/correct"' in shown
    path = f"/orders/{number}/messages/{seq}"
    wrong = await page.post(f"{path}/correct", data={"text": " "})
    assert (wrong.status_code, "Please fill this in." in wrong.text) == (422, True)
    done = await page.post(f"{path}/correct", data={"text": NEW, "cid": str(uuid4())})
    assert (done.status_code, done.headers["location"]) == (303, f"/orders/{number}")
    assert (await page.post(f"{path}/withdraw", headers={"HX-Request": "true"})).status_code == 204
    again = await page.post(f"{path}/withdraw", headers={"HX-Request": "true"})
    assert (again.status_code, "This message was withdrawn." in again.text) == (409, True)
    assert "/correct" not in (await page.get(f"/orders/{number}")).text
