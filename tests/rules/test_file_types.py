"""What a file is, is found in its content; what it is called is cleaned; what could do harm is refused."""

import io
import struct
import time

import pytest

from app.attachments.names import cleaned
from app.attachments.types import SUFFIXES, type_of
from app.errors import Problem
from tests.rules import files

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TAKEN = {
    "image/png": files.picture("PNG"),
    "image/jpeg": files.picture("JPEG"),
    "image/webp": files.picture("WEBP"),
    "image/gif": files.picture("GIF"),
    "image/avif": files.picture("AVIF"),
    "application/pdf": files.PDF,
    WORD: files.document(),
    "application/vnd.oasis.opendocument.text": files.open_document(),
    "application/zip": files.archive(("a.txt", b"x")),
    "application/msword": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "application/rtf": b"{\\rtf1 hello}",
    "text/plain": "Größe;3,50 €\n".encode(),
}
REFUSED = {
    "nothing at all": b"",
    "a page": b"  <!DOCTYPE html><p>hello",
    "a page with a mark before it": b"\xef\xbb\xbf<html>",
    "a script of a page": b"hello <script>alert(1)</script>",
    "a drawing": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "markup": b'<?xml version="1.0"?><x/>',
    "a page in wide letters": "<html>".encode("utf-16"),
    "a shell script": b"#!/bin/sh\nrm -rf ~\n",
    "a program for Windows": files.MACHINE,
    "a program for Linux": files.ELF,
    "a PDF that is a page": b"%PDF-1.7\n<html><script>alert(1)</script>",
    "a page that is a PDF": b"<html>\n" + files.PDF,
    "a PDF that is an archive": files.PDF + files.archive(("a.txt", b"x")),
    "a picture's first bytes after others": b"GIF" + files.picture("GIF"),
    "a program in an archive's clothes": files.archive(("META-INF/MANIFEST.MF", b"x"), ("A.class", b"x")),
    "a document with macros": files.document(("word/vbaProject.bin", b"x")),
    "half an archive": files.document()[:-10],
    "an archive that unpacks to gigabytes": files.bomb(),
    "an archive with too many members": files.endless(),
    "bytes": bytes(range(256)),
    "wide letters that end too soon": b"\xff\xfea",
}  # fmt: skip


@pytest.mark.parametrize("kind", TAKEN)
def test_what_people_send_each_other_is_taken(kind: str) -> None:
    assert type_of(io.BytesIO(TAKEN[kind])) == kind
    assert kind in SUFFIXES


@pytest.mark.parametrize("what", REFUSED)
def test_what_could_do_harm_is_refused_at_once(what: str) -> None:
    began = time.monotonic()
    with pytest.raises(Problem) as refused:
        type_of(io.BytesIO(REFUSED[what]))
    assert (refused.value.status, refused.value.errors[0].field) == (422, "file")
    assert time.monotonic() - began < 2


def test_a_list_as_long_as_the_file_is_not_read() -> None:
    claims = bytearray(files.archive(("a.txt", b"x")))
    at = claims.rfind(b"PK\5\6")
    claims[at + 12 : at + 16] = (2**31).to_bytes(4, "little")
    with pytest.raises(Problem, match="too much"):
        type_of(io.BytesIO(bytes(claims)))


def test_a_second_longer_list_is_not_read_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive of 4 GB has its list's length in a record of its own, before the end that claims less."""
    long = files.archive(*((f"{number}", b"") for number in range(5_001)))
    at = long.rfind(b"PK\5\6")
    members, length, start = struct.unpack("<10xHII", long[at : at + 20])
    record = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, members, members, length, start)
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, at, 1)
    monkeypatch.delattr("zipfile.ZipFile")
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 1, 1, 50, at, 0)
    with pytest.raises(Problem, match="too much"):
        type_of(io.BytesIO(long[:at] + record + locator + end))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("plan.pdf", "plan.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\alice\\plan.pdf", "plan.pdf"),
        ("plan.exe", "plan.pdf"),
        ("plan.pdf.exe", "plan.pdf.pdf"),
        ("plan.html", "plan.pdf"),
        ("PLAN.PDF", "PLAN.PDF"),
        ("logo.ai", "logo.ai"),
        ("invoice‮fdp.exe", "invoicefdp.pdf"),
        ("a\x00b\nc\td\x1b[31m.pdf", "a b c d [31m.pdf"),
        ("  .. plan . pdf", "plan . pdf.pdf"),
        ("", "file.pdf"), ("...", "file.pdf"), ("/", "file.pdf"), (".pdf", "pdf.pdf"),
        (".htaccess", "htaccess.pdf"),
        ("CON.pdf", "_CON.pdf"), ("nul", "_nul.pdf"),
        ("v1.2 of it", "v1.2 of it.pdf"),
        ('<img src=x onerror="alert(1)">.pdf', "_img src=x onerror=_alert(1)__.pdf"),
        ("e\u0301te\u0301.pdf", "été.pdf"),
        ("😀" * 200 + ".pdf", "😀" * 50 + ".pdf"),
        ("ä" * 300, "ä" * 100 + ".pdf"),
    ],
)  # fmt: skip
def test_names_are_cleaned(given: str, kept: str) -> None:
    assert cleaned(given, SUFFIXES["application/pdf"]) == kept
    assert len(kept.encode()) <= 255
