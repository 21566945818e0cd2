"""The logo: a picture drawn anew, on every page and in mails, and nothing else that somebody uploads."""

import base64
import re
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import select

from app.audit.model import Record
from app.branding.logo import in_mails
from app.context import Context
from app.mail.model import Mail
from app.mail.sending import message, send_due
from tests.cast import ALICE, BOB, OLGA
from tests.rules.conftest import Door, Serve
from tests.rules.house import House
from tests.rules.logos import picture, size_of
from tests.rules.windows import sign_in
from tests.smtp import MailServer

PAGE = "/desk/settings/shop/logo"


@pytest.fixture
def house(sqlite_house: House) -> House:
    """On one database: what is asked here does not depend on it, and the files lie beside this one."""
    return sqlite_house


async def upload(window: httpx2.AsyncClient, data: bytes, name: str = "logo.png") -> httpx2.Response:
    return await window.post(PAGE, files={"picture": (name, data, "image/png")})


async def make_due(house: House) -> None:
    """The mail to alice, as where there is a mail server."""
    async with house.db.transaction() as tx:
        mail = (await tx.session.scalars(select(Mail).where(Mail.recipient == ALICE.email))).one()
        mail.status, mail.due_at = "waiting", tx.now


def shown(page: str) -> str | None:
    """The address of the logo that a page shows."""
    found = re.search(r'<img class="brand-logo[^>]* src="([^"]+)"', page)
    return found[1] if found else None


async def test_it_stands_on_every_page_and_may_be_kept_for_good(house: House, door: Door) -> None:
    olga, bob, nobody = await sign_in(door(), house, OLGA), await sign_in(door(), house, BOB), door()
    assert (await upload(olga, picture(300, 100, "JPEG"))).headers["location"].endswith("?saved")
    address = shown((await nobody.get("/")).text)
    assert address is not None
    for window, path in ((nobody, "/desk/sign-in"), (bob, "/desk/inbox"), (nobody, "/x")):
        assert shown((await window.get(path)).text) == address, path
    answer = await nobody.get(address)
    assert size_of(answer.content) == (300, 100)
    assert answer.headers["content-type"] == "image/png"
    assert "immutable" in answer.headers["cache-control"]
    async with house.db.read() as session:
        record = await session.scalar(select(Record).where(Record.kind == "shop_settings"))
    assert record is not None
    assert record.data == {"fields": ["logo"]}


async def test_a_wide_one_stands_for_the_name_and_another_beside_it(house: House, door: Door) -> None:
    olga = await sign_in(door(), house, OLGA)
    await upload(olga, picture(300, 100))
    page = (await door().get("/desk/sign-in")).text
    assert 'alt="Orderline"' in page
    assert "<bdi>Orderline</bdi>" not in page
    await upload(olga, picture(100, 100))
    page = (await door().get("/desk/sign-in")).text
    assert 'alt=""' in page
    assert "<bdi>Orderline</bdi>" in page


async def test_the_owner_alone_changes_it(house: House, door: Door) -> None:
    bob = await sign_in(door(), house, BOB)
    for window, status in ((bob, 403), (door(), 303)):
        assert (await upload(window, picture())).status_code == status
        assert (await window.post(f"{PAGE}/remove")).status_code == status
    assert shown((await door().get("/")).text) is None


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'


NO_PICTURES = (
    (SVG, "logo.svg"), (SVG, "logo.png"), (b"<!doctype html><script>alert(1)</script>", "logo.png"),
    (b"", "logo.png"), (picture()[:60], "logo.png"), (b"\x89PNG\r\n\x1a\n" + b"x" * 500, "logo.png"),
    (b"%PDF-1.7", "../../logo.png"), (b"GIF89a" + b"\x00" * 20, "logo.gif"),
)  # fmt: skip


async def test_what_is_no_picture_is_refused(house: House, door: Door) -> None:
    olga = await sign_in(door(), house, OLGA)
    for data, name in NO_PICTURES:
        answer = await upload(olga, data, name)
        assert answer.status_code == 422, name
        assert 'id="picture-problem"' in answer.text
    await house.context.load()
    assert house.context.shop.logo is None


async def test_what_is_hidden_in_a_picture_is_not_kept(house: House, door: Door) -> None:
    """A polyglot: a picture for one program, a script for another. It is drawn anew from its pixels."""
    olga = await sign_in(door(), house, OLGA)
    assert (await upload(olga, picture() + b"<script>alert(1)</script>", "../../x.html")).status_code == 303
    address = shown((await door().get("/")).text)
    assert address is not None
    assert re.fullmatch(r"/brand/logo/[0-9a-f]{16}\.png", address)
    assert b"script" not in (await door().get(address)).content


async def test_one_too_large_is_refused_and_a_large_one_made_smaller(house: House, door: Door) -> None:
    olga = await sign_in(door(), house, OLGA)
    assert (await upload(olga, b"x" * (1024 * 1024 + 1))).status_code == 413
    await upload(olga, picture(3000, 2000))
    address = shown((await door().get("/")).text)
    assert address is not None
    assert size_of((await door().get(address)).content) == (640, 427)


async def test_no_other_name_leads_to_a_file(house: House, door: Door) -> None:
    for name in ("x.png", "..%2f..%2fshop.db", "0" * 16 + ".png", "0" * 16 + ".png%00", "%2e%2e"):
        assert (await door().get(f"/brand/logo/{name}")).status_code == 404, name


async def test_the_one_before_is_gone_with_the_next(house: House, door: Door) -> None:
    olga = await sign_in(door(), house, OLGA)
    await upload(olga, picture())
    await house.context.load()
    first = house.context.shop.logo
    assert first is not None
    await upload(olga, picture())
    assert shown((await door().get("/")).text) is not None, "the same again is the same"
    await upload(olga, picture(color="#aa0000"))
    files = Path(house.context.settings.files_url)
    assert len(list(files.rglob("*.png"))) == 2
    assert (await door().get(f"/{first.key.replace('brand', 'brand/logo')}")).status_code == 404
    await olga.post(f"{PAGE}/remove")
    assert list(files.rglob("*.png")) == []
    assert shown((await door().get("/")).text) is None


async def test_a_mail_carries_it_and_reads_without(house: House, door: Door, mail_server: MailServer) -> None:
    olga = await sign_in(door(), house, OLGA)
    await olga.post("/desk/settings/shop/color", data={"own": "on", "color": "#ffd600"})
    await upload(olga, picture(400, 100))
    await house.context.load()
    number = await house.place(ALICE, "plate")
    async with house.db.read() as session:
        mail = (await session.scalars(select(Mail).where(Mail.recipient == ALICE.email))).one()
    assert number in mail.subject
    assert 'src="cid:logo" alt="Orderline" width="144" height="36"' in mail.html
    assert "background:#ffd600;color:#16101a" in mail.html, "ink on yellow, where white could not be read"
    assert "http" not in re.sub(r'href="[^"]*"|>http[^<]*<', "", mail.html), "nothing is loaded"
    await make_due(house)
    assert await send_due(house.db, house.context.files, mail_server.url, datetime.now(UTC)) == 1
    [sent] = mail_server.to(ALICE.email)
    related = next(part for part in sent.walk() if part.get_content_type() == "multipart/related")
    html, logo = related.iter_parts()
    assert html.get_content_type() == "text/html"
    assert (logo.get_content_type(), logo["Content-ID"]) == ("image/png", "<logo>")
    assert size_of(bytes(logo.get_content())) == (320, 80)


async def test_a_mail_whose_logo_is_gone_goes_without(
    house: House, door: Door, mail_server: MailServer
) -> None:
    olga = await sign_in(door(), house, OLGA)
    await upload(olga, picture(400, 100, color="#123456"))
    await house.context.load()
    await house.place(ALICE, "plate")
    logo = house.context.shop.logo
    assert logo is not None
    await house.context.files.delete(in_mails(logo.key))
    await make_due(house)
    assert await send_due(house.db, house.context.files, mail_server.url, datetime.now(UTC)) == 1
    [sent] = mail_server.to(ALICE.email)
    assert [part.get_content_type() for part in sent.iter_parts()] == ["text/plain", "text/html"]


async def test_the_owner_sees_it_in_mail_that_is_kept(house: House, door: Door) -> None:
    olga = await sign_in(door(), house, OLGA)
    await upload(olga, picture(400, 100, color="#654321"))
    await house.context.load()
    await house.place(ALICE, "plate")
    page = await olga.get("/desk/mail/1/html")
    [data] = re.findall(r'src="data:image/png;base64,([^"]+)"', page.text)
    assert size_of(base64.b64decode(data)) == (320, 80)
    assert "img-src data:" in page.headers["content-security-policy"]
    assert "cid:" not in page.text


async def test_a_mail_without_a_logo_is_as_before(house: House) -> None:
    await house.place(ALICE, "plate")
    async with house.db.read() as session:
        mail = (await session.scalars(select(Mail).where(Mail.recipient == ALICE.email))).one()
    assert "<img" not in mail.html
    composed = message(mail, house.context.shop, "smtp://127.0.0.1")
    assert [part.get_content_type() for part in composed.iter_parts()] == ["text/plain", "text/html"]


async def test_another_process_shows_it(house: House, door: Door, serve: Serve) -> None:
    other = await serve(house)
    await upload(await sign_in(door(), house, OLGA), picture())
    context: Context = other.state.context
    assert await context.refresh()
    address = shown((await door(app=other).get("/")).text)
    assert address is not None
    assert (await door(app=other).get(address)).status_code == 200
