"""What FILES_URL may say: a folder, or the bucket of an S3-compatible store."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from sqlalchemy import make_url

BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,62}")


@dataclass(frozen=True, slots=True)
class Address:
    """A bucket, and who asks; what is None, AWS' own variables may say."""

    bucket: str
    prefix: str | None
    endpoint: str | None
    region: str
    key: str | None
    secret: str | None


def where_files_lie(text: str, database_url: str) -> str:
    """A folder's path or an `s3:` address; by default beside the SQLite database. Raises ValueError."""
    if not text:
        url = make_url(database_url)
        sqlite = url.drivername.startswith("sqlite")
        return str(Path(url.database or "").parent / "files") if sqlite else "var/files"
    if text.startswith("s3:"):
        bucket_of(text)
        return text
    path = unquote(urlsplit(text).path) if text.startswith("file:///") else text
    if "://" in path or "\x00" in path:
        raise ValueError("must be a folder, or an address that starts with s3")
    if any(found.exists() and not found.is_dir() for found in (Path(path), *Path(path).parents)):
        raise ValueError("this is not a folder, and cannot become one")
    return path


def bucket_of(text: str) -> Address:
    """`s3://KEY:SECRET@bucket/prefix?endpoint=https://…&region=…`, of which only the bucket is needed."""
    parts = urlsplit(text)
    query = parse_qs(parts.query, strict_parsing=bool(parts.query))
    bucket = parts.netloc.rpartition("@")[2]
    endpoint = query.get("endpoint", [None])[-1]
    if not BUCKET.fullmatch(bucket):
        raise ValueError("name a bucket, as in s3://bucket")
    if set(query) - {"endpoint", "region"}:
        raise ValueError("knows endpoint and region, and nothing else")
    if bool(parts.username) != bool(parts.password):
        raise ValueError("a key needs its secret, as in s3://KEY:SECRET@bucket")
    if endpoint is not None and not endpoint.startswith(("http://", "https://")):
        raise ValueError("endpoint must be an address that starts with http or https")
    return Address(
        bucket=bucket,
        prefix=parts.path.strip("/") or None,
        endpoint=endpoint,
        region=query.get("region", ["us-east-1"])[-1],
        key=unquote(parts.username) if parts.username else None,
        secret=unquote(parts.password) if parts.password else None,
    )
