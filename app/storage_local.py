"""Files in a folder of this machine."""

import logging
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_urlsafe
from typing import IO

import anyio.to_thread

from app.errors import unavailable
from app.storage import CHUNK, Content, Stored, checked, missing

PARTS = ".parts"
logger = logging.getLogger(__name__)


class Folder:
    """Each key is a path below `folder`, which is made when the first file comes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def put(self, key: str, data: Content, content_type: str) -> None:
        await anyio.to_thread.run_sync(self._put, self.folder / checked(key), data)

    async def open(self, key: str, start: int = 0, stop: int | None = None) -> Stored:
        with _answering():
            file = await anyio.to_thread.run_sync(_opened, self.folder / checked(key), start)
        size = os.fstat(file.fileno()).st_size
        return Stored(size, _chunks(file, (size if stop is None else min(stop, size)) - start))

    async def read(self, key: str) -> bytes:
        with _answering():
            return await anyio.to_thread.run_sync((self.folder / checked(key)).read_bytes)

    async def delete(self, key: str) -> None:
        with _answering(), suppress(FileNotFoundError):
            await anyio.to_thread.run_sync((self.folder / checked(key)).unlink)

    def _put(self, where: Path, data: Content) -> None:
        """Beside the others first, under no key: a crash leaves no half a file."""
        with _answering():
            part = self.folder / PARTS / token_urlsafe(12)
            part.parent.mkdir(parents=True, exist_ok=True)
            where.parent.mkdir(parents=True, exist_ok=True)
            try:
                with part.open("xb") as file:
                    _fill(file, data)
                part.replace(where)
                _sync(where.parent)
            finally:
                part.unlink(missing_ok=True)


def _fill(file: IO[bytes], data: Content) -> None:
    if isinstance(data, bytes):
        file.write(data)
    elif isinstance(data, Path):
        with data.open("rb") as source:
            shutil.copyfileobj(source, file, CHUNK)
    else:
        data.seek(0)
        shutil.copyfileobj(data, file, CHUNK)
    file.flush()
    os.fsync(file.fileno())  # the row that names it will be as durable


def _sync(folder: Path) -> None:
    """A name is durable once its folder is."""
    found = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(found)
    finally:
        os.close(found)


def _opened(path: Path, start: int) -> IO[bytes]:
    file = path.open("rb")
    file.seek(start)
    return file


async def _chunks(file: IO[bytes], left: int) -> AsyncIterator[bytes]:
    with file:
        while left > 0 and (chunk := await anyio.to_thread.run_sync(file.read, min(CHUNK, left))):
            left -= len(chunk)
            yield chunk


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise missing() from None
    except OSError as error:
        logger.error("the folder for files failed: %s", error)
        raise unavailable() from error
