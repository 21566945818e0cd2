"""What a file is, by its content; what it is called, and what its sender says of it, count for nothing.

Only what is listed here is taken. Everything is given out as a download that no browser shows or runs, so
that what looks like one thing and is another as well is harmless there; pictures are written anew, which
leaves nothing of a second file inside them (app.pictures). HTML, SVG and other text that a browser might take
for a page, programs, scripts and documents with macros are refused.
"""

import re
from typing import IO

from app.attachments.archives import ends_as_zip, type_of_zip
from app.errors import Problem, invalid

HEAD = 4096
SUFFIXES: dict[str, tuple[str, ...]] = {
    "image/jpeg": ("jpg", "jpeg"),
    "image/png": ("png",),
    "image/webp": ("webp",),
    "image/gif": ("gif",),
    "image/avif": ("avif",),
    "application/pdf": ("pdf", "ai"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ("docx",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ("xlsx",),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ("pptx",),
    "application/vnd.oasis.opendocument.text": ("odt",),
    "application/vnd.oasis.opendocument.spreadsheet": ("ods",),
    "application/vnd.oasis.opendocument.presentation": ("odp",),
    "application/vnd.oasis.opendocument.graphics": ("odg",),
    "application/msword": ("doc", "xls", "ppt"),
    "application/rtf": ("rtf",),
    "application/zip": ("zip",),
    "text/plain": ("txt", "csv", "md", "log", "ics", "vcf"),
}
ACCEPTED = ",".join([*SUFFIXES, *(f".{suffix}" for suffixes in SUFFIXES.values() for suffix in suffixes)])
PICTURES = frozenset(kind for kind in SUFFIXES if kind.startswith("image/"))
_PICTURE = (
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp"),
    (re.compile(rb"....ftyp(avif|avis)", re.DOTALL), "image/avif"),
)
# what a browser might take for a page, or another program for a program, if it looked at the content alone
_PAGE = re.compile(
    rb"<\s*(!doctype|\?xml|html|head|body|script|svg|iframe|object|embed|style|meta|link|img)", re.IGNORECASE
)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def type_of(file: IO[bytes]) -> str:
    """The media type of a file's content. Raises Problem 422 for what is not taken."""
    file.seek(0)
    head = file.read(HEAD)
    if not head:
        raise invalid("file", "This file is empty.", "empty")
    for pattern, kind in _PICTURE:
        if pattern.match(head):
            return kind
    if head.startswith(b"%PDF-"):
        return _pdf(file, head)
    if head.startswith(b"PK\x03\x04"):
        kind = type_of_zip(file)
        return kind if kind in SUFFIXES else "application/zip"
    if head.startswith(OLE):
        return "application/msword"
    if head.startswith(b"{\\rtf"):
        return "application/rtf"
    return _text(file, head)


def _pdf(file: IO[bytes], head: bytes) -> str:
    """A PDF may hold anything; one that is a page or an archive as well was made to deceive."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 66_000))
    if _PAGE.search(head[:1024]) or ends_as_zip(file.read()):
        raise _refused()
    return "application/pdf"


def _text(file: IO[bytes], head: bytes) -> str:
    """Words, from the first byte to the last, in whatever letters; a page or a script is none."""
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    file.seek(0)
    try:
        data = file.read().decode("utf-16").encode() if wide else file.read()
    except UnicodeDecodeError:
        raise _refused() from None
    if data.startswith(b"#!") or _PAGE.search(data[:HEAD]) or _CONTROL.search(data):
        raise _refused()
    return "text/plain"


def _refused() -> Problem:
    return invalid("file", "Files of this kind are not taken.", "type_refused")
