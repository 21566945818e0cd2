"""What becomes of uploads: where they lie, how much may wait, and what is swept. On one database."""

import io
import zipfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import update

from app import jobs
from app.attachments.model import LARGEST, Attachment
from app.attachments.sweeping import sweep
from app.embed.origins import save_origins
from app.privacy.erasing import delete_customer
from app.privacy.exporting import zipped
from app.privacy.holding import subject_of
from tests.bucket import s3
from tests.cast import ALICE, BOB, CAROL, OLGA
from tests.rules import files
from tests.rules.conftest import Door, Serve
from tests.rules.files import PDF, api, kept, picture, sent, upload, uploaded
from tests.rules.house import House
from tests.rules.windows import order_link, sign_in

MB = 1024 * 1024


@pytest.fixture
def house(sqlite_house: House) -> House:
    """None of this depends on the database."""
    return sqlite_house


@pytest.mark.parametrize(
    ("data", "name", "type"),
    [
        (b"<html><script>alert(1)</script>", "photo.png", "image/png"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>', "photo.png", "image/png"),
        (files.MACHINE, "photo.jpg", "image/jpeg"),
        (files.bomb(), "plan.docx", "application/zip"),
        (picture()[:60], "photo.png", "image/png"),
        (b"", "photo.png", "image/png"),
    ],
)  # fmt: skip
async def test_what_is_not_taken_leaves_nothing_behind(
    house: House, serve: Serve, data: bytes, name: str, type: str
) -> None:
    number, app = await house.place(ALICE), await serve(house)
    transport = httpx2.ASGITransport(app)
    headers = {"Authorization": f"Bearer {house.tokens[ALICE]}"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://x", headers=headers) as alice:
        answer = await upload(alice, api(number), data, name, type)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] in ("file", "picture")
    assert await kept(house) == []
    assert not Path(house.context.settings.files_url).exists()


async def test_26_mb_are_refused_by_their_length_and_by_count(house: House, door: Door) -> None:
    number, alice = await house.place(ALICE), door(ALICE, house)
    answer = await upload(alice, api(number), PDF + bytes(26 * MB))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")

    async def drops() -> Any:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n' + PDF
        for _ in range(40):
            yield bytes(MB)
        raise AssertionError("all of it was read")

    form = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await alice.post(f"{api(number)}/uploads", content=drops(), headers=form)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert (await upload(alice, api(number), PDF + bytes(LARGEST - len(PDF)))).status_code == 201
    assert (await upload(alice, api(number), PDF + bytes(LARGEST - len(PDF) + 1))).status_code == 413


# Starlette leaves closing its temporary file to Python, where a body breaks off.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_half_an_upload_never_appears(house: House, serve: Serve) -> None:
    number, app = await house.place(ALICE), await serve(house)
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    headers = {
        "Authorization": f"Bearer {house.tokens[ALICE]}",
        "Content-Type": "multipart/form-data; boundary=x",
    }
    half = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n' + PDF
    async with httpx2.AsyncClient(transport=transport, base_url="http://x", headers=headers) as alice:
        answer = await alice.post(f"{api(number)}/uploads", content=half)
    assert answer.status_code == 422
    assert await kept(house) == []


async def test_what_the_store_did_not_take_is_not_there(house: House, serve: Serve, door: Door) -> None:
    """And of the row that was there first nothing is left after a while."""
    number = await house.place(ALICE)
    async with s3() as bucket:
        app = await serve(house, FILES_URL=bucket.files_url("wrong-secret"))
        alice = door(ALICE, house, app=app)
        answer = await upload(alice, api(number), PDF)
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        (row,) = await kept(house)
        assert not row.ready
        answer = await alice.post(f"{api(number)}/messages", json={"attachments": [row.id]})
        assert answer.status_code == 422
    assert await sweep(house.db, house.context.files, datetime.now(UTC) + timedelta(hours=2)) == 1
    assert await kept(house) == []


async def test_a_bucket_serves_as_well_as_a_folder(house: House, serve: Serve, door: Door) -> None:
    number = await house.place(ALICE)
    async with s3() as bucket:
        alice = door(ALICE, house, app=await serve(house, FILES_URL=bucket.files_url()))
        found, shown = await sent(alice, api(number), PDF, picture())
        assert (await alice.get(found["url"])).content == PDF
        assert (await alice.get(found["url"], headers={"Range": "bytes=5-7"})).content == PDF[5:8]
        assert (await alice.get(f"{shown['url']}/preview")).headers["content-type"] == "image/webp"
        assert len(bucket.objects) == 3


async def test_orphans_are_swept_after_a_day_and_nothing_else(house: House, door: Door) -> None:
    number, alice = await house.place(ALICE), door(ALICE, house)
    await sent(alice, api(number), picture())
    orphan = await uploaded(alice, api(number), picture())
    dropped = await uploaded(alice, api(number), PDF)
    assert (await alice.post(f"{api(number)}/uploads/{dropped['id']}/delete")).status_code == 200
    folder = Path(house.context.settings.files_url)

    async def stored() -> int:
        return len([path for path in folder.rglob("*") if path.is_file()])

    assert await stored() == 5
    worker = jobs.Worker(house.context)
    await worker.once(datetime.now(UTC))
    assert await stored() == 4, "what its owner took away goes at once"
    assert (await alice.get(orphan["url"])).status_code == 200
    await worker.once(datetime.now(UTC) + timedelta(hours=25))
    assert await stored() == 2
    assert len(await kept(house)) == 1
    assert (await alice.get(orphan["url"])).status_code == 404


async def test_a_person_can_neither_hoard_nor_flood(house: House, door: Door, serve: Serve) -> None:
    number, alice = await house.place(ALICE), door(ALICE, house)
    found = await uploaded(alice, api(number), PDF)
    async with house.db.transaction() as tx:
        much = update(Attachment).where(Attachment.id == found["id"])
        await tx.session.execute(much.values(size=250 * MB))
    answer = await upload(alice, api(number), PDF)
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    assert answer.headers["retry-after"] == "60"
    assert (await upload(door(BOB, house), api(number), PDF)).status_code == 201, "others are not held up"
    app = await serve(house)
    carol, hers = door(CAROL, house, app=app), await house.place(CAROL)
    app.state.context.limits.uploading.near.burst = 1
    assert [(await upload(carol, api(hers), PDF)).status_code for _ in range(2)] == [201, 429]


async def test_all_browsers_of_one_customer_share_what_they_may_do(
    house: House, door: Door, serve: Serve
) -> None:
    """A mailed link opens the order in as many browsers as somebody likes; each had limits of its own."""
    number, app = await house.place(ALICE), await serve(house)
    await house.do(BOB, "quotes.send", number, amount=50_000)
    limits = app.state.context.limits
    for limit in (limits.uploading, limits.copying, limits.countering):
        limit.near.burst = 2

    async def thrice(act: Callable[[httpx2.AsyncClient], Awaitable[httpx2.Response]]) -> list[int]:
        guests = [door(app=app) for _ in range(2)]
        for guest in guests:
            await guest.get(order_link(house, number))
        alice = await sign_in(door(app=app), house, ALICE)
        return [(await act(window)).status_code for window in (*guests, alice)]

    async def countered(window: httpx2.AsyncClient) -> httpx2.Response:
        values = {"amount": "420", "text": ""}
        return await window.post(f"/orders/{number}/quotes/1/counter", data=values)

    assert await thrice(lambda window: upload(window, f"/orders/{number}", PDF)) == [201, 201, 429]
    assert await thrice(lambda window: window.get(f"/orders/{number}/copy")) == [200, 200, 429]
    assert await thrice(countered) == [303, 303, 429]
    carol, hers = door(CAROL, house, app=app), await house.place(CAROL)
    assert (await upload(carol, api(hers), PDF)).status_code == 201, "others are not held up"


async def test_an_order_has_one_gigabyte_of_files_whoever_sends_them(house: House, door: Door) -> None:
    number, alice = await house.place(ALICE), door(ALICE, house)
    await sent(alice, api(number), PDF)
    waits = await uploaded(door(BOB, house), api(number), PDF)
    (first, second) = await kept(house)

    async def now_has(first_size: int) -> httpx2.Response:
        async with house.db.transaction() as tx:
            await tx.session.execute(
                update(Attachment).where(Attachment.id == first.id).values(size=first_size)
            )
        return await upload(alice, api(number), PDF)

    assert second.id == waits["id"]
    answer = await now_has(1024 * MB - 2 * len(PDF) + 1)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert "1 GB" in answer.json()["detail"]
    assert len(await kept(house)) == 2, "and nothing of it is left"
    assert (await now_has(1024 * MB - 2 * len(PDF))).status_code == 201
    assert (await upload(alice, api(await house.place(ALICE)), PDF)).status_code == 201


async def test_parts_and_what_did_not_change(house: House, door: Door) -> None:
    number, alice = await house.place(ALICE), door(ALICE, house)
    (found,) = await sent(alice, api(number), PDF)

    async def got(**headers: str) -> httpx2.Response:
        return await alice.get(
            found["url"], headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    for asked, part in (("0-3", PDF[:4]), ("4-", PDF[4:]), ("-5", PDF[-5:]), ("0-99999", PDF)):
        answer = await got(Range=f"bytes={asked}")
        assert (answer.status_code, answer.content) == (206, part)
        assert answer.headers["content-range"].endswith(f"/{len(PDF)}")
    for asked in "bytes=99999-", "bytes=-0":
        assert (await got(Range=asked)).status_code == 416
    for asked in "bytes=a-b", "lines=0-1", "bytes=0-1,3-4", "bytes=-":
        assert (await got(Range=asked)).content == PDF
    tag = (await got()).headers["etag"]
    assert (await got(If_None_Match=tag)).status_code == 304
    assert (await got(If_None_Match='"other"')).status_code == 200


async def test_the_panel_on_another_site_has_its_guest_s_files(house: House, door: Door) -> None:
    from app.embed.panel import COOKIE
    from app.web import COOKIES

    number = await house.place(ALICE)
    async with house.db.transaction() as tx:
        await save_origins(tx.session, "https://site.example")
    window = door()
    await window.get(order_link(house, number))
    window.cookies.set(COOKIE, window.cookies[COOKIES["customer"]])
    base = f"/embed/en/orders/{number}"
    found = await uploaded(window, base, picture())
    await window.post(f"{base}/messages", data={"text": "", "attachments": str(found["id"])})
    page = (await window.get(base)).text
    assert f'src="{base}/files/{found["id"]}/preview"' in page
    shown = await window.get(f"{base}/files/{found['id']}/preview")
    assert shown.headers["content-type"] == "image/webp"
    assert "sandbox" in shown.headers["content-security-policy"]
    assert (await door().get(f"{base}/files/{found['id']}")).status_code == 404


async def test_an_export_has_the_files_and_a_deletion_ends_them(house: House, door: Door) -> None:
    number, carols = await house.place(ALICE, payment_method="cash"), await house.place(CAROL)
    alice, bob, carol = door(ALICE, house), door(BOB, house), door(CAROL, house)
    (found,) = await sent(alice, api(number), picture())
    secret = await uploaded(bob, api(number), PDF, "margins.pdf")
    await bob.post(f"{api(number)}/notes", json={"attachments": [secret["id"]]})
    (hers,) = await sent(carol, api(carols), PDF)
    for team, names in ((False, {f"{found['id']} {found['name']}"}), (True, {"margins.pdf"})):
        async with house.db.read() as session:
            subject = await subject_of(session, house.actor(ALICE).customer_id or 0)
        assert subject is not None
        parts = zipped(house.context, subject, datetime.now(UTC), team=team)
        made = io.BytesIO(b"".join([part async for part in parts]))
        with zipfile.ZipFile(made) as archive:
            inside = [name for name in archive.namelist() if name != "data.json"]
            assert all(any(name in path for path in inside) for name in names)
            assert len(inside) == (2 if team else 1)
            assert (await alice.get(found["url"])).content == archive.read(inside[0])
    async with house.db.transaction() as tx:
        await delete_customer(tx, house.actor(OLGA), house.actor(ALICE).customer_id or 0)
    await jobs.Worker(house.context).once(datetime.now(UTC))
    assert [row.id for row in await kept(house)] == [hers["id"]]
    folder = Path(house.context.settings.files_url)
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 1
    assert (await bob.get(found["url"])).status_code == 404
    assert (await carol.get(hers["url"])).status_code == 200
