"""How a file is given out: whole or in part, as a download that no browser shows as a page or runs."""

import re
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from app.attachments.model import Attachment
from app.storage import Storage

PREVIEW_TYPE = "image/webp"
# What a browser makes of it all the same may do nothing, and is of no origin.
POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
RANGE = re.compile(r"bytes=(\d{1,12})?-(\d{1,12})?")
FALLBACK = re.compile(r"[^\w. ()-]", re.ASCII)


async def download(request: Request, files: Storage, found: Attachment) -> Response:
    """The file, under its name. Raises 404 when it is gone from the store."""
    headers = _headers(found.key) | {
        "Content-Disposition": f'attachment; filename="{FALLBACK.sub("_", found.name)}"; '
        f"filename*=UTF-8''{quote(found.name, safe='')}",
        "Accept-Ranges": "bytes",
    }
    if _has(request, found.key):
        return Response(status_code=304, headers=headers)
    part = _part(request.headers.get("range", ""), found.size)
    if part is None:
        stored = await files.open(found.key)
        headers["Content-Length"] = str(stored.size)
        return StreamingResponse(stored.chunks, 200, headers, media_type=found.type)
    start, stop = part
    if start >= stop:
        return Response(status_code=416, headers=headers | {"Content-Range": f"bytes */{found.size}"})
    stored = await files.open(found.key, start, stop)
    headers |= {
        "Content-Length": str(stop - start),
        "Content-Range": f"bytes {start}-{stop - 1}/{found.size}",
    }
    return StreamingResponse(stored.chunks, 206, headers, media_type=found.type)


async def preview(request: Request, files: Storage, found: Attachment) -> Response:
    """A picture small enough to be shown in the conversation."""
    headers = _headers(found.preview_key)
    if _has(request, found.preview_key):
        return Response(status_code=304, headers=headers)
    return Response(await files.read(found.preview_key), 200, headers, media_type=PREVIEW_TYPE)


def _headers(key: str) -> dict[str, str]:
    """It never changes, but who may have it does: so a browser may keep it, and asks each time."""
    return {
        "Content-Security-Policy": POLICY,
        "Cache-Control": "private, no-cache",
        "Cross-Origin-Resource-Policy": "same-origin",
        "ETag": _tag(key),
    }


def _tag(key: str) -> str:
    return f'"{key.rpartition("/")[2]}"'


def _has(request: Request, key: str) -> bool:
    return _tag(key) in request.headers.get("if-none-match", "")


def _part(asked: str, size: int) -> tuple[int, int] | None:
    """From where to before where; None for all of it, as for whatever is no single range."""
    found = RANGE.fullmatch(asked.strip())
    if found is None or found[1] is found[2] is None:
        return None
    if found[1] is None:
        return max(0, size - int(found[2])), size
    stop = size if found[2] is None else min(size, int(found[2]) + 1)
    return int(found[1]), stop
