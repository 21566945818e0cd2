"""Where in a conversation a search hit: the entry that says it now, its words, and only what one may read."""

import pytest
from sqlalchemy import event

from app.entries import Side
from app.orders.finding import Found, found_in, snippet
from app.orders.model import FIRST
from tests.cast import ALICE, BOB, OLGA
from tests.rules.conftest import Door
from tests.rules.house import House
from tests.rules.windows import sign_in


async def found(house: House, number: str, q: str, side: Side = "team") -> Found | None:
    key = int(number) - FIRST
    async with house.db.read() as session:
        return (await found_in(session, q, side, [key])).get(key)


async def seq_of(house: House, number: str, q: str, side: Side = "team") -> int | None:
    hit = await found(house, number, q, side)
    return None if hit is None else hit.seq


async def say(house: House, number: str, *texts: str) -> list[int]:
    return [(await house.do(ALICE, "messages.send", number, text=text)).seq or 0 for text in texts]


async def test_the_newest_that_says_it_is_shown(house: House) -> None:
    number = await house.place(ALICE)
    seqs = await say(house, number, "Maple or oak?", "Oak, I think.", "Rather maple.", "Thanks")
    assert await seq_of(house, number, "maple") == seqs[2]
    assert await seq_of(house, number, "oak thi") == seqs[1]
    assert await seq_of(house, number, "MAPLÉ OAK") == seqs[0]
    assert await found(house, number, "walnut") is None


async def test_what_is_found_by_the_customers_name_has_no_place(house: House) -> None:
    number = await house.place(ALICE)
    await say(house, number, "Hello")
    assert await house.numbers(BOB, q="ahrens") == [number]
    assert await found(house, number, "ahrens") is None


async def test_the_team_finds_notes_and_no_customer_does(house: House) -> None:
    number = await house.place(ALICE)
    await say(house, number, "One")
    note = (await house.do(BOB, "notes.add", number, text="She haggles about walnut")).seq
    await say(house, number, "Two")
    hit = await found(house, number, "walnut")
    assert hit is not None
    assert (hit.seq, hit.note) == (note, True)
    assert await found(house, number, "walnut", "customer") is None
    assert await house.numbers(ALICE, q="walnut") == []
    assert await seq_of(house, number, "two", "customer") == (await house.order(ALICE, number))["last_seq"]


async def test_a_corrected_message_is_found_by_its_new_words_and_a_withdrawn_one_not_at_all(
    house: House,
) -> None:
    number = await house.place(ALICE)
    first, second, third = await say(house, number, "Maple", "Cedar", "Larch")
    await house.do(ALICE, "messages.correct", number, seq=first, text="Birch")
    await house.do(ALICE, "messages.withdraw", number, seq=second)
    for side in ("team", "customer"):
        assert await seq_of(house, number, "birch", side) == first
        assert await seq_of(house, number, "larch", side) == third
        for gone in ("maple", "cedar"):
            assert await found(house, number, gone, side) is None
    assert await house.numbers(OLGA, q="cedar") == []


async def test_in_a_long_conversation_with_corrections_it_is_still_the_right_entry(house: House) -> None:
    number = await house.place(ALICE)
    seqs = await say(house, number, *(f"needle{n} in the hay" for n in range(60)))
    for seq in seqs[50:55]:
        await house.do(ALICE, "messages.correct", number, seq=seq, text="hay alone")
    for seq in seqs[55:]:
        await house.do(ALICE, "messages.withdraw", number, seq=seq)
    for n in (0, 7, 31, 49):
        assert await seq_of(house, number, f"needle{n} hay") == seqs[n]


async def test_however_many_orders_it_is_one_query(house: House) -> None:
    numbers = [await house.place(ALICE) for _ in range(6)]
    for number in numbers:
        await say(house, number, "maple")
    asked: list[str] = []
    event.listen(
        house.db.engine.sync_engine, "before_cursor_execute", lambda _c, _k, said, *_: asked.append(said)
    )
    async with house.db.read() as session:
        hits = await found_in(session, "maple", "team", [int(number) - FIRST for number in numbers])
    assert len(hits) == 6
    assert len([said for said in asked if said.startswith("WITH")]) == 1


@pytest.mark.parametrize(
    ("text", "q", "shown"),
    [
        ("Maple, please", ["maple"], "[Maple], please"),
        ("Straße und STRASSE", ["strasse"], "[Straße] und [STRASSE]"),
        ("a\nb café", ["cafe"], "a b [café]"),
        ("maples", ["map"], "[maples]"),
        ("x " * 60 + "oak tree", ["oak"], "…" + "x " * 10 + "[oak] tree"),
        ("oak " + "y" * 300, ["oak"], "[oak] " + "y" * 136 + "…"),
    ],
)
def test_a_snippet_marks_whole_words(text: str, q: list[str], shown: str) -> None:
    said = "".join(f"[{part}]" if hit else part for part, hit in snippet(text, q))
    assert said == shown


async def test_a_row_leads_to_the_entry_and_hostile_words_are_text(house: House, door: Door) -> None:
    number = await house.place(ALICE)
    (seq,) = await say(house, number, "<script>alert(1)</script> <b>maple</b>")
    bob = await sign_in(door(), house, BOB)
    page = (await bob.get("/desk/inbox?q=maple")).text
    assert f"/desk/orders/{number}?box=inbox&amp;q=maple#e-{number}-{seq}" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &lt;b&gt;<mark>maple</mark>&lt;/b&gt;" in page
