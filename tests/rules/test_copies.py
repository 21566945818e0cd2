"""A copy of an order: the customer's view and no more, complete, in the reader's zone, as HTML and PDF."""

import io
import re

import httpx2
import pytest
from pypdf import PdfReader
from sqlalchemy import update

from app.copies.pdf import pdf_of
from app.orders.model import FIRST, Order
from tests.cast import ALICE, BOB, CAROL, OLGA
from tests.rules.conftest import Door
from tests.rules.house import House
from tests.rules.windows import order_link, sign_in

NAMES = (
    "Łucja Wójcik-Żółć",
    "Ελένη Παπαδοπούλου",
    "Наталія Щербак",
    "דנה כהן",
    "ليلى حداد",
    "王小明 🎂👩‍👩‍👧",
)
INNER = "only for us"


@pytest.fixture
def house(sqlite_house: House) -> House:
    """On one database: what is read here is read elsewhere on both."""
    return sqlite_house


async def talked_about(house: House) -> str:
    """An order with all there is to see, and what its customer must not see."""
    number = await house.place(ALICE, note="For the front door")
    await house.do(BOB, "messages.send", number, text="Which colour?")
    await house.do(ALICE, "messages.send", number, text="Blue <b>please</b> & soon")
    await house.do(ALICE, "messages.send", number, text="Taken back")
    seq = (await house.entries(number))[-1].seq
    await house.do(ALICE, "messages.withdraw", number, seq=seq)
    await house.do(BOB, "notes.add", number, text=INNER)
    await house.do(BOB, "labels.add", number, label="rush")
    await house.do(BOB, "orders.assign", number, member=OLGA.email)
    await house.do(BOB, "quotes.send", number, lines=[{"title": "Sign", "quantity": 2, "unit_price": 12_345}])
    await house.do(ALICE, "quotes.reject", number, version=1, reason="Too dear")
    return number


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


async def copies(window: httpx2.AsyncClient, base: str, zone: str = "") -> tuple[str, str]:
    """As HTML, and what can be read in the PDF."""
    query = f"?zone={zone}" if zone else ""
    html, pdf = await window.get(f"{base}/copy{query}"), await window.get(f"{base}/copy.pdf{query}")
    assert (html.status_code, pdf.status_code) == (200, 200), html.text + pdf.text
    return html.text, text_of(pdf.content)


@pytest.mark.parametrize("who", [ALICE, BOB], ids=["customer", "team"])
async def test_both_sides_save_what_the_customer_sees(house: House, door: Door, who: object) -> None:
    number = await talked_about(house)
    window = await sign_in(door(), house, who)  # type: ignore[arg-type]
    for copy in await copies(window, f"{'/desk' if who is BOB else ''}/orders/{number}"):
        said = " ".join(copy.split())
        for shown in (
            "Painted sign",
            f"#{number}",
            "Which colour?",
            "Too dear",
            "€246.90",
            "Quote 1",
            "Rejected",
        ):
            assert shown in said
        assert "For the front door" in said and "Message withdrawn" in said
        for hidden in (INNER, "Taken back", "Rush", "rush", "Olga", "Internal", "assigned"):
            assert hidden not in said


async def test_what_somebody_typed_stays_text_and_nothing_is_fetched_or_run(house: House, door: Door) -> None:
    number = await talked_about(house)
    window = await sign_in(door(), house, ALICE)
    answer = await window.get(f"/orders/{number}/copy")
    assert "Blue &lt;b&gt;please&lt;/b&gt; &amp; soon" in answer.text
    assert not re.search(r"<(script|link|img|form|button|svg|use)\b|href=\"/", answer.text)
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Disposition"] == f'attachment; filename="order-{number}.html"'


async def test_nobody_else_gets_a_copy(house: House, door: Door) -> None:
    number, other = await talked_about(house), await house.place(CAROL)
    carol, guest = await sign_in(door(), house, CAROL), door()
    await guest.get(order_link(house, other))
    for window in (carol, guest, door()):
        for path in ("copy", "copy.pdf"):
            assert (await window.get(f"/orders/{number}/{path}")).status_code == 404
            answer = await window.get(f"/desk/orders/{number}/{path}")
            assert answer.status_code == 303 and answer.headers["location"].startswith("/desk/sign-in")
    assert (await guest.get(f"/orders/{other}/copy")).status_code == 200


async def test_times_are_in_the_readers_zone_which_is_named(house: House, door: Door) -> None:
    with house.at(days=1):
        number = await house.place(ALICE)
    (entry,) = await house.entries(number)
    window = await sign_in(door(language="de"), house, ALICE)
    for zone, named in (("Pacific/Kiritimati", "Pacific/Kiritimati"), ("../etc/passwd", "Europe/Berlin")):
        for copy in await copies(window, f"/orders/{number}", zone):
            assert named in copy
    html = (await window.get(f"/orders/{number}/copy?zone=Pacific/Kiritimati")).text
    assert entry.at.isoformat() in html and "UTC" not in html


async def test_names_of_all_scripts_are_printed(house: House, door: Door) -> None:
    number = await house.place(ALICE)
    for name in NAMES:
        async with house.db.transaction() as tx:
            mine = update(Order).where(Order.id == int(number) - FIRST)
            await tx.session.execute(mine.values(customer_name=name))
        await house.do(ALICE, "messages.send", number, text=f"I am {name}")
    window = await sign_in(door(), house, ALICE)
    html, pdf = await copies(window, f"/orders/{number}")
    assert all(name in html for name in NAMES)
    for name in NAMES[:3]:
        assert name in pdf


async def test_a_long_conversation_is_complete_and_holds_nobody_up(house: House, door: Door) -> None:
    number = await house.place(ALICE)
    for count in range(450):
        await house.do(ALICE, "messages.send", number, text=f"Word {count} {'and so on ' * 20}")
    window = await sign_in(door(), house, ALICE)
    html, pdf = await copies(window, f"/orders/{number}")
    for copy in (html, pdf):
        assert re.findall(r"Word (\d+) ", copy) == [str(count) for count in range(450)]


async def test_copies_are_not_made_without_end(house: House, door: Door) -> None:
    number = await house.place(ALICE)
    window = await sign_in(door(), house, ALICE)
    answers = [(await window.get(f"/orders/{number}/copy")) for _ in range(22)]
    assert answers[-1].status_code == 429 and answers[-1].headers["Retry-After"]


def test_hostile_html_prints() -> None:
    text = "\x00\x1b" + "W" * 3000 + "\u202e\ufeff" + "\U000fffff" * 10
    assert pdf_of(f"<body><h1>{text}</h1><article><div class='text'>{text}\n{text}</div></article></body>")
    assert pdf_of("")
