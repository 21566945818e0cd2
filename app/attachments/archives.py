"""What a ZIP archive says it holds. Its list is read, its content never unpacked."""

import struct
import zipfile
from typing import IO

from app.errors import Problem, invalid

MOST_MEMBERS = 5_000
MOST_LIST = 2 * 1024 * 1024  # bytes of the list
MOST_UNPACKED = 512 * 1024 * 1024
END = b"PK\x05\x06"
FURTHER = b"PK\x06\x07"  # points to a longer list than the end can tell of; files of 25 MB need none
MACROS = ("vbaproject.bin", "vbadata.xml")
PROGRAMS = ("classes.dex", "meta-inf/manifest.mf", "androidmanifest.xml", "payload/")
OFFICE = {
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/presentation.xml": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
OPEN = "application/vnd.oasis.opendocument."


def type_of_zip(file: IO[bytes]) -> str:
    """An office program's document, or any archive. Raises Problem 422 for bombs and programs."""
    _look_at_end(file)
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            _refuse_bombs(members)
            return _kind(archive, {member.filename.lower() for member in members})
    except Problem:
        raise
    except Exception as error:  # zipfile raises whatever a broken list makes it stumble over
        raise invalid("file", "This archive is broken.", "broken_archive") from error


def ends_as_zip(tail: bytes) -> bool:
    """Whether the last bytes of a file make an archive of it, whatever its first ones say."""
    return END in tail


def _look_at_end(file: IO[bytes]) -> None:
    """How long the list is stands at the end: it may be longer than what anybody would want to read."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 66_000))
    tail = file.read()
    at = tail.rfind(END)
    if at < 0 or len(tail) - at < 22:
        raise invalid("file", "This archive is broken.", "broken_archive")
    if tail[max(0, at - 20) : at].startswith(FURTHER):
        raise _bomb()
    members, length = struct.unpack("<10xHI", tail[at : at + 16])
    if members > MOST_MEMBERS or length > MOST_LIST:
        raise _bomb()
    file.seek(0)


def _refuse_bombs(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > MOST_UNPACKED:
        raise _bomb()
    if any(member.flag_bits & 1 for member in members):
        raise invalid("file", "Archives with a password cannot be looked into.", "encrypted")


def _kind(archive: zipfile.ZipFile, names: set[str]) -> str:
    if any(name.endswith(MACROS) for name in names):
        raise invalid("file", "Documents with macros are not taken.", "macros")
    if any(name.startswith(PROGRAMS) for name in names):
        raise invalid("file", "Programs are not taken.", "program")
    if "mimetype" in names:
        return _open_document(archive)
    return next((kind for name, kind in OFFICE.items() if name in names), "application/zip")


def _open_document(archive: zipfile.ZipFile) -> str:
    """OpenDocument says what it is in a first member, which is not packed."""
    member = next(found for found in archive.infolist() if found.filename.lower() == "mimetype")
    if member.compress_type != zipfile.ZIP_STORED or member.file_size > 100:
        return "application/zip"
    with archive.open(member) as said:
        kind = said.read(100).decode("ascii", "replace").strip()
    return kind if kind.startswith(OPEN) else "application/zip"


def _bomb() -> Problem:
    return invalid("file", "This archive holds too much.", "archive_too_large")
