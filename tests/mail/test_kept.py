"""Without a mail server: mail is kept, and the owner reads it in the app. And what never was, leaves none."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.context import Context
from app.db import Database
from app.errors import Problem
from app.mail import letters
from app.mail.model import Mail
from app.mail.outbox import Reader
from app.settings import load
from tests.cast import ALICE, BOB, OLGA
from tests.mail.conftest import OwnOffice
from tests.product import Shop


async def test_kept_mail_is_read_by_the_owner_in_the_app(own_office: OwnOffice) -> None:
    office = await own_office(SMTP_URL="")
    number = await office.place()
    await office.minutes_later()
    assert not office.shop.mail.messages

    owner = await office.signed_in(OLGA)
    listed = (await owner.get("/desk/mail")).text
    assert f"We have received your order {number}" in listed and ALICE.email in listed
    found = re.search(rf'href="(/desk/mail/\d+)">(?:(?!</a>).)*received your order {number}', listed, re.S)
    assert found
    shown = await owner.get(found[1])
    assert "Kept" in shown.text and "mail server is set up" not in shown.text
    opened = re.search(r'href="(http[^"]+/o/[^"]+)"', shown.text)
    assert opened, "its link can be followed from there"
    assert (await office.browser().get(opened[1])).url.path == f"/orders/{number}"

    html = await owner.get(f"{found[1]}/html")
    assert f"We have received your order {number}" in html.text
    policy = html.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "sandbox" in policy


async def test_kept_mail_is_for_the_owner_alone(own_office: OwnOffice) -> None:
    office = await own_office(SMTP_URL="")
    await office.place()
    for path in ("/desk/mail", "/desk/mail/1", "/desk/mail/1/html"):
        assert (await (await office.signed_in(BOB)).get(path)).status_code == 403
        assert (await office.browser().get(path)).url.path == "/desk/sign-in"
        assert (await (await office.signed_in(ALICE)).get(path)).url.path == "/desk/sign-in"


async def test_all_mail_can_be_paged_through(own_office: OwnOffice) -> None:
    office = await own_office(SMTP_URL="")
    for _ in range(12):
        await office.place()
    owner, path, seen = await office.signed_in(OLGA), "/desk/mail", []
    while path:
        text = (await owner.get(path)).text
        seen += [int(number) for number in re.findall(r'href="/desk/mail/(\d+)"', text)]
        following = re.search(r'href="(/desk/mail\?cursor=[^"]+)"', text)
        path = following[1] if following else ""
    assert len(seen) == len(set(seen)) > 60
    assert set(seen) == set(range(1, max(seen) + 1))
    for wrong in ("-", "x", "failed-", "other-99999999999999", "٣"):
        assert (await owner.get("/desk/mail", params={"cursor": wrong})).status_code == 200
    for missing in ("/desk/mail/99999", "/desk/mail/99999999999999999999", "/desk/mail/x"):
        assert (await owner.get(missing)).status_code == 404


@pytest.fixture
async def context(shop: Shop, tmp_path: Path) -> AsyncIterator[Context]:
    """What a verb runs in, in this process."""
    async with shop.copy(tmp_path) as url:
        settings = load({"DATABASE_URL": url})
        opened = Context(settings, Database(settings.database_url))
        await opened.load()
        yield opened
        await opened.db.close()


async def kept(context: Context) -> int:
    async with context.db.read() as session:
        return await session.scalar(select(func.count()).select_from(Mail)) or 0


async def write(context: Context, error: Exception | None = None) -> None:
    """A letter within a transaction, which fails with `error`."""
    async with context.db.transaction() as tx:
        letters.sign_in_link(tx, Reader(ALICE.email, "en"), "secret")
        await tx.session.flush()
        if error is not None:
            raise error


async def test_what_is_rolled_back_leaves_no_mail(context: Context) -> None:
    before = await kept(context)
    with pytest.raises(Problem):
        await write(context, Problem("conflict", "Somebody else was faster."))
    assert await kept(context) == before
    await write(context)
    assert await kept(context) == before + 1
