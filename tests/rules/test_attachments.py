"""Files of messages: uploaded by one person for one order, sent once, given out to who may read them."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from PIL import Image
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.attachments.model import MOST, Attachment
from tests.cast import ALICE, BOB, CAROL, OLGA
from tests.rules.conftest import Door
from tests.rules.files import PDF, api, located, picture, sent, told, upload, uploaded
from tests.rules.house import House
from tests.rules.windows import order_link, sign_in


async def test_a_file_is_sent_and_read_by_both_sides(house: House, door: Door) -> None:
    number = await house.place(ALICE)
    alice, bob = door(ALICE, house), door(BOB, house)
    found = await uploaded(alice, api(number), PDF, "façade plan.pdf")
    assert found == {
        "id": found["id"], "name": "façade plan.pdf", "type": "application/pdf", "size": len(PDF),
        "url": f"{api(number)}/files/{found['id']}",
    }  # fmt: skip
    assert (await bob.get(found["url"])).status_code == 404, "nobody sees what was not sent"
    await alice.post(f"{api(number)}/messages", json={"text": "The plan", "attachments": [found["id"]]})
    (message,) = await told(bob, api(number))
    assert message["data"] == {"text": "The plan", "attachments": [found]}
    for client in alice, bob:
        answer = await client.get(found["url"])
        assert (answer.status_code, answer.content) == (200, PDF)
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["content-disposition"].startswith("attachment;")
        assert "filename*=UTF-8''fa%C3%A7ade%20plan.pdf" in answer.headers["content-disposition"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "private, no-cache"


async def test_a_message_may_be_nothing_but_a_file(house: House, door: Door) -> None:
    number, alice = await house.place(ALICE), door(ALICE, house)
    (found,) = await sent(alice, api(number), picture(), text="")
    assert (await house.view(BOB, number)).last_text == f"📎 {found['name']}"
    assert await house.numbers(BOB, q="photo") == [number]
    for data in ({"text": "", "attachments": []}, {"text": " "}, {}):
        answer = await alice.post(f"{api(number)}/messages", json=data)
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == ["text"]


async def test_pictures_say_nothing_of_where_and_have_a_preview(house: House, door: Door) -> None:
    number, alice, bob = await house.place(ALICE), door(ALICE, house), door(BOB, house)
    (found,) = await sent(alice, api(number), located())
    assert (found["type"], found["width"], found["height"]) == ("image/jpeg", 400, 600)
    assert found["name"] == "photo.jpg", "its content says what it is"
    original, preview = await bob.get(found["url"]), await bob.get(f"{found['url']}/preview")
    assert b"Secret" not in original.content
    assert preview.headers["content-type"] == "image/webp"
    assert "sandbox" in preview.headers["content-security-policy"]
    with Image.open(io.BytesIO(original.content)) as shown:
        assert dict(shown.getexif()) == {0x0112: 6}
    with Image.open(io.BytesIO(preview.content)) as shown:
        assert shown.size == (400, 600)


async def test_what_hides_behind_a_picture_is_gone(house: House, door: Door) -> None:
    number, alice = await house.place(ALICE), door(ALICE, house)
    for form in "GIF", "PNG", "JPEG", "WEBP":
        (found,) = await sent(alice, api(number), picture(form) + b"*/=1;alert(1)//<script>alert(1)</script>")
        assert b"alert" not in (await alice.get(found["url"])).content


async def test_an_upload_is_sent_once_by_who_uploaded_it_in_its_order(house: House, door: Door) -> None:
    number, other = await house.place(ALICE), await house.place(ALICE)
    alice, bob, olga = door(ALICE, house), door(BOB, house), door(OLGA, house)
    mine, hers = await uploaded(bob, api(number), PDF), await uploaded(alice, api(number), PDF)

    async def refused(client: httpx2.AsyncClient, where: str, *ids: Any) -> str:
        answer = await client.post(f"{api(where)}/messages", json={"text": "x", "attachments": ids})
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["field"].partition(".")[0] == "attachments"
        return str(answer.json()["errors"][0]["code"])

    assert await refused(bob, number, hers["id"]) == "unknown_upload"
    assert await refused(olga, number, mine["id"]) == "unknown_upload"
    assert await refused(bob, other, mine["id"]) == "unknown_upload"
    assert await refused(bob, number, 987_654) == "unknown_upload"
    assert await refused(bob, number, mine["id"], mine["id"]) == "value_error"
    assert await refused(bob, number, *range(1, MOST + 2)) == "too_long"
    assert await refused(bob, number, str(mine["id"])) == "int_type"
    assert await told(bob, api(number)) == [], "nothing of it was sent"
    cid = "0b6f3c0e-6a1d-4a5e-9d62-5b0a3a1c8f11"
    for _ in range(2):
        answer = await bob.post(
            f"{api(number)}/messages",
            json={"text": "x", "attachments": [mine["id"]]},
            headers={"Idempotency-Key": cid},
        )
        assert answer.status_code == 200
    assert len(await told(bob, api(number))) == 1
    assert await refused(bob, number, mine["id"]) == "already_sent"
    async with house.db.read() as session:
        row = await session.get_one(Attachment, mine["id"])
    with pytest.raises(IntegrityError):
        async with house.db.transaction() as tx:
            nowhere = update(Attachment).where(Attachment.id == row.id)
            await tx.session.execute(nowhere.values(seq=9_999))


async def test_nobody_reads_a_file_of_an_order_that_is_not_theirs(house: House, door: Door) -> None:
    number, carols = await house.place(ALICE), await house.place(CAROL)
    alice, carol = door(ALICE, house), door(CAROL, house)
    (found,) = await sent(alice, api(number), picture())
    for base in api(number), api(carols), f"/orders/{number}", f"/orders/{carols}":
        for rest in f"files/{found['id']}", f"files/{found['id']}/preview":
            assert (await carol.get(f"{base}/{rest}")).status_code == 404
            assert (await door().get(f"{base}/{rest}")).status_code in (401, 404)
    assert (await carol.post(f"{api(number)}/uploads/{found['id']}/delete")).status_code == 404
    assert (await upload(carol, api(number), PDF)).status_code == 404
    assert (await upload(door(), f"/orders/{number}", PDF)).status_code == 404


async def test_a_note_s_file_is_for_the_team_alone(house: House, door: Door) -> None:
    number, alice, bob = await house.place(ALICE), door(ALICE, house), door(BOB, house)
    found = await uploaded(bob, api(number), PDF, "margins.pdf")
    answer = await bob.post(f"{api(number)}/notes", json={"attachments": [found["id"]]})
    assert answer.status_code == 200
    assert (await bob.get(found["url"])).content == PDF
    assert (await alice.get(found["url"])).status_code == 404
    assert "margins" not in (await alice.get(f"{api(number)}/timeline")).text
    assert await house.numbers(ALICE, q="margins") == []
    assert await house.numbers(BOB, q="margins") == [number]


async def test_a_correction_keeps_the_files_and_a_withdrawal_takes_them(house: House, door: Door) -> None:
    number, alice, bob = await house.place(ALICE), door(ALICE, house), door(BOB, house)
    (found,) = await sent(bob, api(number), PDF, text="The plan")
    (message,) = await told(bob, api(number))
    at = f"{api(number)}/messages/{message['seq']}"
    await bob.post(f"{at}/correct", json={"text": "The new plan"})
    (message,) = await told(alice, api(number))
    assert message["data"]["text"] == "The new plan"
    assert message["data"]["attachments"] == [found]
    assert (await alice.get(found["url"])).status_code == 200
    await bob.post(f"{at}/withdraw", json={})
    (message,) = await told(alice, api(number))
    assert set(message["data"]) == {"text", "withdrawn_at"}
    assert (await alice.get(found["url"])).status_code == 404
    assert (await bob.get(found["url"])).status_code == 200, "the team's record"
    assert await house.numbers(BOB, q="photo") == []
    desk = await sign_in(door(), house, BOB)
    page = (await desk.get(f"/desk/orders/{number}")).text
    assert f"/desk/orders/{number}/files/{found['id']}" in page
    shop = await sign_in(door(), house, ALICE)
    assert found["name"] not in (await shop.get(f"/orders/{number}")).text


async def test_a_token_that_only_reads_uploads_nothing(house: House, door: Door) -> None:
    from app.team.sessions import new_token

    number = await house.place(ALICE)
    async with house.db.transaction() as tx:
        secret = await new_token(tx, customer_id=house.actor(ALICE).customer_id, scope="read")
    reader = door()
    reader.headers["Authorization"] = f"Bearer {secret}"
    assert (await upload(reader, api(number), PDF)).status_code == 403
    (found,) = await sent(door(ALICE, house), api(number), PDF)
    assert (await reader.get(found["url"])).status_code == 200


async def test_a_form_without_scripts_brings_its_files(house: House, door: Door) -> None:
    number = await house.place(ALICE)
    window = door()
    await window.get(order_link(house, number))
    parts = [("files", ("a.pdf", PDF, "application/pdf")), ("files", ("b.png", picture(), "image/png"))]
    cid = "1b6f3c0e-6a1d-4a5e-9d62-5b0a3a1c8f11"
    for _ in range(2):  # sent twice, it is still one message
        answer = await window.post(f"/orders/{number}/messages", data={"text": "", "cid": cid}, files=parts)
        assert answer.status_code == 303, answer.text
    (message,) = [entry for entry in await house.entries(number) if entry.kind == "message"]
    assert [each["name"] for each in message.data["attachments"]] == ["a.pdf", "b.png"]
    page = (await window.get(f"/orders/{number}")).text
    for each in message.data["attachments"]:
        assert f'href="/orders/{number}/files/{each["id"]}"' in page
        assert (await window.get(f"/orders/{number}/files/{each['id']}")).status_code == 200
    bad = [("files", ("a.pdf", PDF, "")), ("files", ("evil.pdf", b"<html>", "application/pdf"))]
    answer = await window.post(f"/orders/{number}/messages", data={"text": "Both"}, files=bad)
    assert answer.status_code == 422
    assert "Files of this kind are not taken." in answer.text
    assert 'name="attachments" value="' in answer.text, "the good one is still there"
    assert "Both" in answer.text
    none = [("files", ("", b"", "application/octet-stream"))]
    answer = await window.post(f"/orders/{number}/messages", data={"text": "Only words"}, files=none)
    assert answer.status_code == 303


async def test_a_large_form_is_not_even_read_for_who_may_not(house: House, door: Door) -> None:
    number = await house.place(ALICE)

    async def body() -> Any:
        raise AssertionError("it was read")
        yield b""

    form = {"Content-Type": "multipart/form-data; boundary=x"}
    for path in "messages", "uploads":
        answer = await door().post(f"/orders/{number}/{path}", content=body(), headers=form)
        assert answer.status_code == 404
    answer = await door(CAROL, house).post(f"{api(number)}/uploads", content=body(), headers=form)
    assert answer.status_code == 404


async def test_the_page_says_why_an_upload_is_refused_in_the_reader_s_language(
    house: House, door: Door
) -> None:
    number = await house.place(ALICE)
    window = door(language="de")
    await window.get(order_link(house, number))
    answer = await upload(window, f"/orders/{number}", b"<html>")
    assert answer.status_code == 422
    assert answer.json()["detail"] == "Dateien dieser Art werden nicht angenommen."


async def test_a_mail_about_a_message_names_its_files(house: House, door: Door) -> None:
    from app.mail.model import Mail
    from app.mail.notices import notify

    number, bob = await house.place(ALICE), door(BOB, house)
    await sent(bob, api(number), PDF, picture(), text="")
    await notify(house.db, datetime.now(UTC) + timedelta(minutes=3))
    async with house.db.read() as session:
        wanted = select(Mail.text).where(Mail.kind == "new_messages", Mail.recipient == ALICE.email)
        text = await session.scalar(wanted)
    assert text is not None
    assert "photo.pdf" in text
    assert "photo.png" in text
