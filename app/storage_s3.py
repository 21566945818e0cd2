"""Files in a bucket of an S3-compatible store."""

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

import anyio.to_thread
import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from app.errors import unavailable
from app.files_url import Address, bucket_of
from app.storage import CHUNK, Content, Stored, checked, missing

# Half a minute in all, then whoever waits is told so.
PATIENCE: Any = {"max_retries": 3, "retry_timeout": timedelta(seconds=20)}
TIMEOUTS: Any = {"connect_timeout": "5 seconds", "timeout": "60 seconds"}
logger = logging.getLogger(__name__)


class Bucket:
    """One request writes a file: an upload in several would leave its parts behind when it breaks."""

    def __init__(self, url: str) -> None:
        self._store = _store(bucket_of(url))

    async def put(self, key: str, data: Content, content_type: str) -> None:
        attributes: Any = {"Content-Type": content_type}
        if not isinstance(data, bytes | Path):
            data = await anyio.to_thread.run_sync(_all_of, data)
        with _answering():
            await obstore.put_async(
                self._store, checked(key), data, attributes=attributes, use_multipart=False
            )

    async def open(self, key: str, start: int = 0, stop: int | None = None) -> Stored:
        options: Any = {}
        if stop is not None:
            options["range"] = (start, stop)
        elif start:
            options["range"] = {"offset": start}
        with _answering():
            found = await obstore.get_async(self._store, checked(key), options=options)
        return Stored(found.meta["size"], _chunks(found))

    async def read(self, key: str) -> bytes:
        with _answering():
            found = await obstore.get_async(self._store, checked(key))
            return bytes(await found.bytes_async())

    async def delete(self, key: str) -> None:
        with _answering(or_missing=False):
            await obstore.delete_async(self._store, checked(key))


def _all_of(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def _store(address: Address) -> S3Store:
    given: Any = {
        "region": address.region,
        "endpoint": address.endpoint,
        "access_key_id": address.key,
        "secret_access_key": address.secret,
    }
    config: Any = {name: value for name, value in given.items() if value is not None}
    client: Any = TIMEOUTS | {"allow_http": (address.endpoint or "").startswith("http:")}
    return S3Store(
        address.bucket, prefix=address.prefix, config=config, client_options=client, retry_config=PATIENCE
    )


async def _chunks(found: Any) -> AsyncIterator[bytes]:
    with _answering():
        async for chunk in found.stream(min_chunk_size=CHUNK):
            yield bytes(chunk)


@contextmanager
def _answering(*, or_missing: bool = True) -> Iterator[None]:
    try:
        yield
    except (NotFoundError, FileNotFoundError) as error:
        if or_missing:
            raise missing() from error
    except BaseError as error:
        # its text may hold what was asked for, never the secret
        logger.error("the store for files failed: %s", str(error)[:500])
        raise unavailable() from error
