"""Where files lie: a folder of this machine, or a bucket of an S3-compatible store (FILES_URL).

What a file is, who may have it and what it is called say the rows that hold its key; here are only bytes.
A file is written whole or not at all, and never changes: another file has another key.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from app.errors import Problem
from app.settings import Settings

CHUNK = 256 * 1024
KEY = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that is being read: `size` of all of it in bytes, `chunks` of what was asked for."""

    size: int
    chunks: AsyncIterator[bytes]


Content = bytes | Path | IO[bytes]


class Storage(Protocol):
    """Keys look like `products/12/8fK3.webp`: letters, digits, `-`, `_`, `.` and `/`.

    Everything here raises Problem 503 when the disk or the store does not do what it should.
    """

    async def put(self, key: str, data: Content, content_type: str) -> None:
        """Store bytes, or all of a file by its path or opened, in one piece, instead of what was there."""

    async def open(self, key: str, start: int = 0, stop: int | None = None) -> Stored:
        """The bytes from `start` to before `stop`, as a stream. Raises Problem 404 where there is no file."""

    async def read(self, key: str) -> bytes:
        """All of it, for what is known to be small. Raises Problem 404 where there is no file."""

    async def delete(self, key: str) -> None:
        """Forget the file; none there is fine."""


def storage_of(settings: Settings) -> Storage:
    """The store that FILES_URL names; the S3 client is loaded only where it is used."""
    if settings.files_url.startswith("s3:"):
        from app.storage_s3 import Bucket

        return Bucket(settings.files_url)
    from app.storage_local import Folder

    return Folder(Path(settings.files_url))


def checked(key: str) -> str:
    """The key, if it is one of ours. A name that somebody sent is never a key."""
    if not KEY.fullmatch(key):
        raise ValueError(f"not a key: {key!r}")
    return key


def missing() -> Problem:
    return Problem("not_found", "There is no such file.")
