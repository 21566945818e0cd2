"""Pictures of products: checked, in two sizes, public for good, and swept when no product shows them."""

import asyncio
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image
from sqlalchemy import select, update

from app.catalogue.model import Picture
from app.catalogue.pictures import sweep
from app.errors import Problem
from tests.cast import ALICE, BOB
from tests.rules.conftest import Door
from tests.rules.house import House
from tests.rules.test_catalogue import BENCH, make, offered
from tests.rules.test_catalogue_pages import CATALOGUE, FIELDS, bob
from tests.rules.windows import sign_in, typed


def drawn(color: str = "red", size: tuple[int, int] = (2000, 1000), kind: str = "JPEG") -> bytes:
    """A picture that says where it was taken."""
    picture, file = Image.new("RGB", size, color), io.BytesIO()
    exif = Image.Exif()
    exif[0x0110] = "Secret camera"
    picture.save(file, kind, exif=exif)
    return file.getvalue()


async def send(
    desk: httpx2.AsyncClient, path: str, *files: tuple[str, bytes], **more: str
) -> httpx2.Response:
    parts = [("files", (name, data, "image/jpeg")) for name, data in files]
    return await desk.post(path, data=FIELDS | more, files=parts)


async def stored(house: House) -> dict[str, datetime | None]:
    """Every picture there is, and since when it is loose."""
    async with house.db.read() as session:
        return {row.id: row.loose_since for row in await session.scalars(select(Picture))}


async def test_pictures_are_stored_small_without_what_they_tell(house: House, door: Door) -> None:
    desk = await bob(house, door)
    saved = await send(desk, CATALOGUE, ("a.jpg", drawn()), ("b.jpg", drawn("blue")), step="save")
    assert saved.status_code == 303
    first, second = (await offered(house, 4)).pictures
    assert (first.width, first.height) == (1600, 800)
    shop = door()
    page = (await shop.get("/products/4")).text
    assert page.index(first.large) < page.index(second.large)
    assert first.small in (await shop.get("/")).text
    for path, longest in ((first.large, 1600), (first.small, 480)):
        answer = await shop.get(path)
        assert answer.headers["content-type"] == "image/webp"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert b"Secret" not in answer.content
        picture = Image.open(io.BytesIO(answer.content))
        assert max(picture.size) == longest
        assert not picture.getexif()
    assert list((await stored(house)).values()) == [None, None]


async def test_pictures_are_described_sorted_and_removed(house: House, door: Door) -> None:
    desk = await bob(house, door)
    added = await send(desk, CATALOGUE, ("a.jpg", drawn()), ("b.jpg", drawn("blue")), step="pictures.add")
    assert added.status_code == 200
    one, other = (typed(added.text, f"pictures.{n}.id")[0] for n in (0, 1))
    both = {"pictures.0.id": one, "pictures.0.alt": "A <red> one", "pictures.1.id": other}
    moved = await desk.post(CATALOGUE, data=FIELDS | both | {"step": "pictures.1.up"})
    assert [typed(moved.text, f"pictures.{n}.id")[0] for n in (0, 1)] == [other, one]
    assert typed(moved.text, "pictures.1.alt") == ["A <red> one"]
    gone = await desk.post(CATALOGUE, data=FIELDS | both | {"step": "pictures.0.remove"})
    assert typed(gone.text, "pictures.0.id") == [other]
    saved = await desk.post(CATALOGUE, data=FIELDS | both | {"step": "save"})
    assert saved.status_code == 303
    assert 'alt="A &lt;red&gt; one"' in (await door().get("/products/4")).text
    again = await send(desk, f"{CATALOGUE}/4", ("c.jpg", drawn()), **both, version="1", step="save")
    assert again.status_code == 303
    assert [each.id for each in (await offered(house, 4)).pictures] == [one, other], "the same again is one"


async def test_a_refused_form_brings_its_new_pictures_back(house: House, door: Door) -> None:
    desk = await bob(house, door)
    refused = await send(desk, CATALOGUE, ("a.jpg", drawn()), price="nothing", step="save")
    assert refused.status_code == 422
    (key,) = typed(refused.text, "pictures.0.id")
    saved = await desk.post(CATALOGUE, data=FIELDS | {"pictures.0.id": key, "step": "save"})
    assert saved.status_code == 303
    assert [each.id for each in (await offered(house, 4)).pictures] == [key]


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("page.jpg", b"<script>alert(1)</script>", "This is not a picture that we know."),
        ("drawing.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "This is not a picture that we know."),
        ("half.jpg", drawn()[:500], "This picture is broken."),
        ("big.jpg", b"\xff\xd8" + b"x" * (15 * 1024 * 1024), "A picture may have 15 MB at most."),
        ("empty.jpg", b"", "This is not a picture that we know."),
    ],
)
async def test_what_is_no_picture_is_named_and_the_rest_is_kept(
    house: House, door: Door, name: str, data: bytes, why: str
) -> None:
    desk = await bob(house, door)
    refused = await send(desk, CATALOGUE, ("good.jpg", drawn()), (name, data), step="save")
    assert refused.status_code == 422
    assert f"{name}: {why}" in refused.text
    assert typed(refused.text, "title") == ["Oak bench"]
    assert len(typed(refused.text, "pictures.0.id")) == 1
    assert "pictures.1.id" not in refused.text
    assert len(await stored(house)) == 1


async def test_a_product_has_twelve_at_most(house: House, door: Door) -> None:
    desk = await bob(house, door)
    files = [(f"{n}.png", drawn(f"rgb({n * 20},0,0)", (20, 20), "PNG")) for n in range(12)]
    full = await send(desk, CATALOGUE, *files, step="pictures.add")
    held = {f"pictures.{n}.id": typed(full.text, f"pictures.{n}.id")[0] for n in range(12)}
    refused = await send(desk, CATALOGUE, ("13.png", drawn("blue", (20, 20), "PNG")), **held, step="save")
    assert refused.status_code == 422
    assert "13.png: A product can have 12 pictures." in refused.text
    too_many = [(f"{n}.png", b"x") for n in range(13)]
    assert (await send(desk, CATALOGUE, *too_many, step="save")).status_code == 400


async def test_a_preview_shows_pictures_that_are_not_saved(house: House, door: Door) -> None:
    desk = await bob(house, door)
    seen = await send(desk, CATALOGUE, ("a.jpg", drawn()), step="preview")
    (key,) = await stored(house)
    assert f"/pictures/{key}/large" in seen.text


async def test_strange_pictures_in_the_form_are_left_out(house: House, door: Door) -> None:
    desk = await bob(house, door)
    for key in ("0" * 32, "../../etc/passwd", "\x00", "x" * 5000):
        data = FIELDS | {"pictures.0.id": key, "step": "options.add"}
        answer = await desk.post(CATALOGUE, data=data)
        assert answer.status_code == 200
        assert "pictures.0.id" not in answer.text
        assert (await desk.post(CATALOGUE, data=data | {"step": "save"})).status_code == 422
    for path in ("0" * 32 + "/large", "0" * 32 + "/huge", "x/large", "..%2f..%2fx/large"):
        assert (await door().get(f"/pictures/{path}")).status_code == 404, path


async def test_what_no_product_shows_is_swept_after_two_days(house: House, door: Door) -> None:
    desk = await bob(house, door)
    await send(desk, CATALOGUE, ("a.jpg", drawn()), ("b.jpg", drawn("blue")), step="save")
    await send(desk, CATALOGUE, ("c.jpg", drawn("green")), step="pictures.add")
    kept, dropped = (each.id for each in (await offered(house, 4)).pictures)
    twin = await make(house, pictures=[{"id": kept}])
    await house.do(BOB, "products.update", **BENCH, id=4, pictures=[{"id": kept}])
    await house.do(BOB, "products.update", **BENCH, id=twin["id"], pictures=[])
    (loose,) = set(await stored(house)) - {kept, dropped}
    assert None not in (await stored(house)).values(), "the twin gave the shared one up, too"
    files, now = house.context.files, datetime.now(UTC)
    await sweep(house.db, files, now + timedelta(days=1))
    assert set(await stored(house)) == {kept, dropped, loose}
    await sweep(house.db, files, now + timedelta(days=3))
    assert await stored(house) == {kept: None}, "another product shows it"
    shop = door()
    assert (await shop.get(f"/pictures/{kept}/small")).status_code == 200
    for key in (dropped, loose):
        assert (await shop.get(f"/pictures/{key}/small")).status_code == 404


async def test_a_store_that_is_away_holds_nobody_up_and_leaves_nothing_for_ever(
    house: House, door: Door
) -> None:
    """Files are deleted outside of transactions, and again later; what is sent again meanwhile stays."""
    desk, folder = await bob(house, door), Path(house.context.settings.files_url)
    await send(desk, CATALOGUE, ("a.jpg", drawn()), step="pictures.add")
    (loose,) = await stored(house)
    now, asked = datetime.now(UTC) + timedelta(days=3), []

    class Away:
        async def delete(self, key: str) -> None:
            asked.append(key)
            async with (
                asyncio.timeout(10),
                house.db.transaction() as tx,
            ):  # so that others can write, meanwhile
                await tx.session.execute(update(Picture).values(width=Picture.width))
            raise Problem("unavailable", "The store is away.")

    files: Any = Away()
    with pytest.raises(Problem):
        await sweep(house.db, files, now)
    assert set(await stored(house)) == {loose}
    await sweep(house.db, files, now + timedelta(minutes=1))
    assert len(asked) == 1, "and not every second"
    refused = await house.refused(BOB, "products.create", **BENCH, pictures=[{"id": loose}])
    assert refused.errors[0].field == "pictures.0.id"
    saved = await send(desk, CATALOGUE, ("a.jpg", drawn()), step="save")
    assert saved.status_code == 303
    (again,) = set(await stored(house)) - {loose}
    await sweep(house.db, house.context.files, now + timedelta(hours=1))
    assert await stored(house) == {again: None}
    assert not list((folder / "pictures" / loose).glob("*"))
    (shown,) = (await offered(house, 4)).pictures
    assert shown.id == again
    for path in (shown.large, shown.small):
        assert (await door().get(path)).status_code == 200


async def test_updates_that_do_not_speak_of_pictures_keep_them(house: House, door: Door) -> None:
    desk = await bob(house, door)
    await send(desk, CATALOGUE, ("a.jpg", drawn()), step="save")
    (picture,) = (await offered(house, 4)).pictures
    data: dict[str, Any] = BENCH | {"title": "By program"}
    answer = (await house.do(BOB, "products.update", **data, id=4)).body["product"]
    assert [each["url"] for each in answer["pictures"]] == [picture.large]
    twice = [{"id": picture.id}, {"id": picture.id}]
    refused = await house.refused(BOB, "products.update", **data, id=4, pictures=twice)
    assert refused.errors[0].field == "pictures"


async def test_only_the_team_sends_pictures(house: House, door: Door) -> None:
    shop = await sign_in(door(), house, ALICE)
    answer = await send(shop, CATALOGUE, ("a.jpg", drawn()), step="save")
    assert answer.headers["location"].startswith("/desk/sign-in")
    assert await stored(house) == {}


async def test_programs_send_pictures_too(house: House, door: Door) -> None:
    program, customer = door(BOB, house), door(ALICE, house)
    sent = await program.post("/api/v1/pictures", files={"file": ("a.jpg", drawn())})
    assert sent.status_code == 201
    picture = sent.json()["picture"]
    assert (await door().get(picture["small_url"])).status_code == 200
    made = await program.post("/api/v1/products", json=BENCH | {"pictures": [{"id": picture["id"]}]})
    assert made.json()["product"]["pictures"][0]["url"] == picture["url"]
    for client, files, status in (
        (customer, {"file": ("a.jpg", drawn())}, 403),
        (door(), {"file": ("a.jpg", drawn())}, 401),
        (program, {"file": ("a.jpg", b"no picture")}, 422),
        (program, {"other": ("a.jpg", drawn())}, 422),
        (program, {"file": ("a.jpg", b"x" * (15 * 1024 * 1024 + 1))}, 413),
        (program, {"file": ("a.jpg", b"x" * (16 * 1024 * 1024))}, 413),
    ):
        assert (await client.post("/api/v1/pictures", files=files)).status_code == status
    assert (await program.post("/api/v1/pictures", json={"file": "x"})).status_code == 422
