"""Where files lie: a folder or an S3-compatible store, with the same manners."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.doctor import neighbours
from app.doctor.result import Bad
from app.errors import Problem
from app.files_url import where_files_lie
from app.settings import Settings, SettingsError, load
from app.storage import Storage, Stored, storage_of
from app.storage_local import PARTS, Folder
from tests.bucket import BUCKET, S3, s3
from tests.rules.house import settings_for

LARGE = bytes(range(256)) * 4096 * 6  # six megabytes


@pytest.fixture
async def bucket() -> AsyncIterator[S3]:
    async with s3() as store:
        yield store


@pytest.fixture(params=["folder", "s3"])
async def files(request: pytest.FixtureRequest, tmp_path: Path, bucket: S3) -> Storage:
    url = bucket.files_url() if request.param == "s3" else str(tmp_path / "files")
    return storage_of(settings_for(f"sqlite:///{tmp_path}/shop.db", FILES_URL=url))


async def all_of(stored: Stored) -> bytes:
    return b"".join([chunk async for chunk in stored.chunks])


async def test_what_was_put_is_read_and_deleted(files: Storage, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(LARGE)
    await files.put("a/1.webp", b"small", "image/webp")
    await files.put("a/2.bin", tmp_path / "large", "application/octet-stream")
    assert await files.read("a/1.webp") == b"small"
    stored = await files.open("a/2.bin")
    assert stored.size == len(LARGE)
    assert await all_of(stored) == LARGE
    await files.delete("a/1.webp")
    await files.delete("a/1.webp")
    for read in files.read("a/1.webp"), files.open("a/1.webp"), files.read("a"), files.read("never"):
        with pytest.raises(Problem, match="no such file"):
            await read


async def test_a_part_of_a_file_is_read_alone(files: Storage) -> None:
    await files.put("clip", LARGE, "video/mp4")
    for start, stop in ((0, 1), (10, 300_000), (len(LARGE) - 3, len(LARGE)), (5, None)):
        stored = await files.open("clip", start, stop)
        assert stored.size == len(LARGE)
        assert await all_of(stored) == LARGE[start:stop]


async def test_the_newest_content_of_a_key_is_read(files: Storage) -> None:
    await files.put("logo", b"old" * 100, "image/png")
    await files.put("logo", b"new", "image/png")
    assert await files.read("logo") == b"new"


@pytest.mark.parametrize(
    "key", ["", "/etc/passwd", "../up", "a/../../up", "a//b", "a/.hidden", "ä", "a\nb", "a/"]
)
async def test_no_key_leads_anywhere_else(files: Storage, key: str) -> None:
    for use in files.put(key, b"x", "text/plain"), files.open(key), files.read(key), files.delete(key):
        with pytest.raises(ValueError, match="not a key"):
            await use


async def test_a_file_that_cannot_be_written_whole_is_not_there(tmp_path: Path) -> None:
    files = Folder(tmp_path / "files")
    await files.put("a/old", b"old", "text/plain")
    with pytest.raises(Problem, match="no such file"):
        await files.put("a/new", tmp_path / "nothing", "text/plain")
    writers = [files.put("a/same", letter * 100_000, "text/plain") for letter in (b"a", b"b", b"c")]
    await asyncio.gather(*writers)
    assert len(set(await files.read("a/same"))) == 1
    assert {path.name for path in (tmp_path / "files").rglob("*") if path.is_file()} == {"old", "same"}
    assert list((tmp_path / "files" / PARTS).iterdir()) == []


async def test_a_disk_that_fails_is_said_as_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(Problem) as refused:
        await Folder(tmp_path / "file").put("a/b", b"x", "text/plain")
    assert refused.value.code in ("unavailable", "not_found")


async def test_the_store_keeps_types_under_its_prefix_and_never_hears_of_a_wrong_key(
    bucket: S3, tmp_path: Path
) -> None:
    def files(secret: str) -> Storage:
        return storage_of(settings_for(f"sqlite:///{tmp_path}/shop.db", FILES_URL=bucket.files_url(secret)))

    await files("a-secret-of-the-store").put("products/1.webp", b"x", "image/webp")
    assert bucket.objects == {f"/{BUCKET}/kept/products/1.webp": (b"x", "image/webp")}
    with pytest.raises(Problem) as refused:
        await files("another-secret").put("products/1.webp", b"y", "image/webp")
    assert refused.value.status == 503
    assert bucket.objects == {f"/{BUCKET}/kept/products/1.webp": (b"x", "image/webp")}


@pytest.mark.parametrize(
    "value",
    ["ftp://host/x", "s3:bucket", "s3://", "s3://KEY@bucket", "s3://b?endpoint=host", "s3://bucket?colour=red",
     "s3://bucket?endpoint=ftp://host", "/dev/null", "/dev/null/files"],
)  # fmt: skip
def test_an_address_that_cannot_be_used_stops_the_start(value: str) -> None:
    with pytest.raises(SettingsError, match=r"^FILES_URL: "):
        load({"FILES_URL": value})


def test_files_lie_beside_the_database_unless_said_otherwise(tmp_path: Path) -> None:
    assert settings_for(f"sqlite:///{tmp_path}/shop.db").files_url == f"{tmp_path}/files"
    assert load({}).files_url == "var/files"
    assert load({"DATABASE_URL": "postgresql://localhost/shop"}).files_url == "var/files"
    assert where_files_lie("file:///srv/my%20files", "sqlite:///x.db") == "/srv/my files"
    assert where_files_lie("s3://bucket", "sqlite:///x.db") == "s3://bucket"


async def test_the_doctor_finds_a_store_that_takes_nothing(bucket: S3, tmp_path: Path) -> None:
    def settings(url: str) -> Settings:
        return settings_for(f"sqlite:///{tmp_path}/shop.db", FILES_URL=url)

    for url in bucket.files_url(), str(tmp_path / "files"):
        assert await neighbours.files(settings(url)) == "takes and gives files"
    assert bucket.objects == {}
    with pytest.raises(Bad) as found:
        await neighbours.files(settings(bucket.files_url("another-secret")))
    assert "FILES_URL" in found.value.todo
