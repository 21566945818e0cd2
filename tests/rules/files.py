"""Files that people send, good and bad, and what sends them."""

import io
import struct
import zipfile
import zlib
from typing import Any

import httpx2
from PIL import Image
from sqlalchemy import select

from app.attachments.model import Attachment
from tests.rules.house import House

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
MACHINE = b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff\0\0" + b"\0" * 64
ELF = b"\x7fELF\2\1\1" + b"\0" * 60


def picture(format: str = "PNG", size: tuple[int, int] = (60, 40), **options: Any) -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", size, "teal").save(kept, format, **options)
    return kept.getvalue()


def located() -> bytes:
    """A phone's photo: it says where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[1] = "N-SecretPlace"
    return picture("JPEG", (600, 400), exif=exif, comment=b"SecretComment")


def archive(*members: tuple[str, bytes]) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members:
            made.writestr(name, data)
    return kept.getvalue()


def document(*more: tuple[str, bytes]) -> bytes:
    return archive(("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w/>"), *more)


def open_document() -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.text", zipfile.ZIP_STORED)
        made.writestr("content.xml", "<office/>")
    return kept.getvalue()


def bomb() -> bytes:
    """Three gigabytes of zeros in three members."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = b"".join(packed.compress(bytes(1 << 20)) for _ in range(64)) + packed.flush()
    kept, entries = io.BytesIO(), b""
    for number in range(3):
        name, at = f"word/{number}.xml".encode(), kept.tell()
        head = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0, 0, len(data), 1 << 30, len(name), 0)
        kept.write(b"PK\3\4" + head + name + data)
        entries += b"PK\1\2" + struct.pack("<H", 20) + head + struct.pack("<HHHII", 0, 0, 0, 0, at) + name
    start = kept.tell()
    kept.write(entries + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 3, 3, len(entries), start, 0))
    return kept.getvalue()


def endless() -> bytes:
    """An archive whose list claims more members than anybody would read."""
    return archive(*((f"{number}", b"") for number in range(5_001)))


async def upload(
    client: httpx2.AsyncClient, base: str, data: bytes, name: str = "photo.png", type: str = "image/png"
) -> httpx2.Response:
    return await client.post(f"{base}/uploads", files={"file": (name, data, type)})


async def uploaded(
    client: httpx2.AsyncClient, base: str, data: bytes, name: str = "photo.png"
) -> dict[str, Any]:
    """What an upload that must work answers."""
    answer = await upload(client, base, data, name)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()["upload"]
    return found


def api(number: str) -> str:
    return f"/api/v1/orders/{number}"


async def told(client: httpx2.AsyncClient, base: str) -> list[dict[str, Any]]:
    """The messages and notes that a program reads of an order."""
    items = (await client.get(f"{base}/timeline")).json()["items"]
    return [item for item in items if item["kind"] in ("message", "note")]


async def sent(
    client: httpx2.AsyncClient, base: str, *data: bytes, text: str = "Here"
) -> list[dict[str, Any]]:
    """A message with these files."""
    ids = [(await uploaded(client, base, each))["id"] for each in data]
    answer = await client.post(f"{base}/messages", json={"text": text, "attachments": ids})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = (await told(client, base))[-1]["data"]["attachments"]
    return found


async def attach(client: httpx2.AsyncClient, base: str, data: bytes, name: str) -> None:
    """A message with a file of this name."""
    found = await uploaded(client, base, data, name)
    answer = await client.post(f"{base}/messages", json={"text": "Here", "attachments": [found["id"]]})
    assert answer.status_code == 200, answer.text


async def kept(house: House) -> list[Attachment]:
    async with house.db.read() as session:
        return list(await session.scalars(select(Attachment).order_by(Attachment.id)))
