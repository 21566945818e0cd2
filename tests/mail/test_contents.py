"""What a letter looks like, in whose language, and what it never says."""

import re

import pytest

from tests.cast import ALICE, BOB, CAROL, OLGA
from tests.mail.post import PostOffice, link, part, stranger

HOSTILE = {
    "a header": "Eve\r\nBcc: victim@example.org\r\n\r\nDear friend",
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)><b hx-get='/'>Eve</b>",
    "a direction": "Eve \u202etxt.exe\u2069\u202e",
    "emoji": "\U0001f600" * 150,
}
HEADERS = {
    "Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress",
    "Content-Language", "MIME-Version", "Content-Type", "X-RcptTo",
}  # fmt: skip


async def test_a_letter_is_text_and_html_that_say_the_same(office: PostOffice) -> None:
    guest = stranger()
    number = await office.place_for(guest)
    mail = await office.letter(guest, number)
    assert mail.get_content_type() == "multipart/alternative"
    assert [piece.get_content_type() for piece in mail.iter_parts()] == ["text/plain", "text/html"]
    assert set(mail.keys()) == HEADERS
    assert mail["To"] == guest
    assert mail["From"].addresses[0].display_name == "Lindengold Sign Workshop"
    assert mail["Auto-Submitted"] == "auto-generated"
    for kind in ("plain", "html"):
        assert "Gustav, we have placed this order for you." in part(mail, kind)
        assert part(mail, kind).count(link(mail)) >= 1
    assert part(mail, "html").count(link(mail)) == 2, "the button, and the address to read and copy"


async def test_nothing_in_a_letter_is_loaded_or_counted(office: PostOffice) -> None:
    guest = stranger()
    number = await office.place_for(guest)
    await office.do(BOB, f"/orders/{number}/quotes", amount=50_00)
    html = part(await office.letter(guest, "quote"), "html")
    assert not re.search(r"<(img|script|link|iframe|object|form)\b|url\(|@import|@font-face", html)
    assert set(re.findall(r"https?://[^/\"<]+", html)) == {office.shop.urls[0]}


async def test_each_reader_is_written_to_in_their_language(office: PostOffice) -> None:
    guest = stranger()
    number = await office.place_as_guest(guest, "de-AT,de;q=0.9,en;q=0.5")
    received = await office.letter(guest, number)
    assert received["Content-Language"] == "de" and '<html lang="de">' in part(received, "html")
    assert "Vielen Dank" in part(received) and "Thank you" not in part(received)
    assert "has placed an order" in part(await office.letter(OLGA.email, f"New order {number}"))

    await office.do(BOB, f"/orders/{number}/quotes", amount=1234_50, valid_until="2099-03-01")
    quote = await office.letter(guest, "Preisangebot")
    assert "1.234,50 €" in quote["Subject"] and "1. März 2099" in part(quote)


async def test_the_language_that_a_person_chose_counts_from_then_on(office: PostOffice) -> None:
    browser = await office.signed_in(CAROL)
    await browser.post("/language", data={"language": "de", "next": "/"})
    number = await office.place(CAROL)
    assert "eingegangen" in (await office.letter(CAROL.email, number))["Subject"]
    await browser.post("/language", data={"language": "en", "next": "/"})
    await office.do(BOB, f"/orders/{number}/reject")
    assert "was rejected" in (await office.letter(CAROL.email, f"{number} was"))["Subject"]


@pytest.mark.parametrize("what", HOSTILE)
async def test_whatever_a_customer_is_called_stays_text(office: PostOffice, what: str) -> None:
    guest = stranger()
    number = await office.place_for(guest, HOSTILE[what])
    for mail in (await office.letter(guest, number), await office.letter(OLGA.email, f"New order {number}")):
        assert set(mail.keys()) == HEADERS
        html = part(mail, "html")
        assert not re.search(r"<(script|img|b)\b", html)
        line = next(line for line in part(mail).splitlines() if HOSTILE[what][:3] in line)
        assert line.endswith(("chat.", "order.")), "the name neither breaks the line nor fills it"
        isolated = not re.search("[\u202a-\u202e\u2066-\u2069]", line) or re.search(
            "\u2068[^\u2069]*\u2069", line
        )
        assert isolated, "what turns the text ends with the name"


@pytest.mark.parametrize("what", HOSTILE)
async def test_whatever_a_product_is_called_stays_in_the_subject(office: PostOffice, what: str) -> None:
    made = await office.do(BOB, "/products", title=HOSTILE[what], pricing="by_quote", tax_rate="19")
    lines = [{"product": made["product"]["id"], "quantity": 1}]
    placed = await office.do(ALICE, "/orders", lines=lines, payment_method="invoice")
    mail = await office.letter(OLGA.email, f"New order {placed['order']['number']}")
    assert set(mail.keys()) == HEADERS
    assert "\n" not in mail["Subject"] and HOSTILE[what][:3] in mail["Subject"]
    assert not office.letters("victim@example.org")


async def test_whatever_a_message_says_stays_text(office: PostOffice) -> None:
    guest = stranger()
    number = await office.place_for(guest)
    for text in [*HOSTILE.values(), "\U0001f600" * 10_000, "x" * 16_000, "-- \n.\nFrom here\n.."]:
        await office.do(BOB, f"/orders/{number}/messages", text=text)
    await office.minutes_later()
    mail = await office.letter(guest, "new messages")
    assert set(mail.keys()) == HEADERS
    text, html = part(mail), part(mail, "html")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html and not re.search(r"<(script|img|b)\b", html)
    assert "> <script>alert(1)</script>" in text and "> Bcc: victim@example.org" in text
    assert "\U0001f600" * 1_000 in text and "\n> .\n> From here\n> ..\n" in text
    assert len(html) < 20_000, "what is very long is read in the order"


async def test_what_is_for_the_team_is_in_no_letter_to_a_customer(office: PostOffice) -> None:
    guest, secret = stranger(), "between-ourselves"
    number = await office.place_for(guest)
    await office.do(BOB, f"/orders/{number}/notes", text=secret)
    label = await office.do(BOB, "/labels", name=f"{secret} {number}", color="red")
    await office.do(BOB, f"/orders/{number}/labels/add", label=label["label"]["slug"])
    await office.do(BOB, f"/orders/{number}/assign", member=OLGA.email)
    await office.do(BOB, f"/orders/{number}/messages", text="Good morning!")
    await office.do(BOB, f"/orders/{number}/quotes", amount=50_00)
    await office.minutes_later()
    await office.do(BOB, f"/orders/{number}/reject")
    await office.letter(guest, "was rejected")
    for mail in office.letters(guest):
        everything = f"{mail['Subject']} {part(mail)} {part(mail, 'html')}"
        assert secret not in everything and OLGA.email not in everything
        assert "/desk" not in everything
