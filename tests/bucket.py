"""A small S3: puts, gets (with ranges) and deletes of a bucket, for requests whose signature is right."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import quote
from xml.etree import ElementTree

from aiohttp import web

KEY, SECRET, REGION, BUCKET = "orderline-key", "a-secret-of-the-store", "eu-north-1", "shop-files"


@dataclass
class S3:
    """`objects` by path; `broken` answers every request with 500; `asked` is what was asked for."""

    url: str = ""
    objects: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    broken: bool = False
    asked: list[str] = field(default_factory=list)

    def files_url(self, secret: str = SECRET, prefix: str = "kept") -> str:
        return f"s3://{KEY}:{secret}@{BUCKET}/{prefix}?endpoint={self.url}&region={REGION}"

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.asked.append(f"{request.method} {request.path}")
        if self.broken:
            return web.Response(status=500)
        if not signed(request, body):
            return web.Response(status=403, text="<Error><Code>SignatureDoesNotMatch</Code></Error>")
        if request.method == "PUT":
            self.objects[request.path] = (body, request.headers.get("Content-Type", ""))
            return web.Response(headers={"ETag": f'"{hashlib.md5(body).hexdigest()}"'})
        if request.method == "POST" and "delete" in request.query:
            return self._delete(request.path, body)
        return self._get(request)

    def _delete(self, bucket: str, body: bytes) -> web.Response:
        """Several at once, as clients do it for one, too."""
        keys = [
            element.text or ""
            for element in ElementTree.fromstring(body).iter()
            if element.tag.endswith("Key")
        ]
        for key in keys:
            self.objects.pop(f"{bucket.rstrip('/')}/{key}", None)
        deleted = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
        return web.Response(text=f"<DeleteResult>{deleted}</DeleteResult>", content_type="application/xml")

    def _get(self, request: web.Request) -> web.Response:
        if request.path not in self.objects:
            return web.Response(status=404, text="<Error><Code>NoSuchKey</Code></Error>")
        data, content_type = self.objects[request.path]
        headers = {
            "ETag": '"x"',
            "Last-Modified": "Mon, 23 Nov 2026 10:00:00 GMT",
            "Content-Type": content_type,
        }
        wanted = request.http_range
        if wanted.start is None:
            return web.Response(body=data, headers=headers)
        part = data[wanted]
        headers["Content-Range"] = f"bytes {wanted.start}-{wanted.start + len(part) - 1}/{len(data)}"
        return web.Response(status=206, body=part, headers=headers)


def signed(request: web.Request, body: bytes) -> bool:
    """AWS signature version 4, computed from the request as it arrived."""
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    if scheme != "AWS4-HMAC-SHA256":
        return False
    fields = dict(part.strip().split("=", 1) for part in rest.split(","))
    names = fields["SignedHeaders"].split(";")
    content = request.headers["x-amz-content-sha256"]
    if content not in ("UNSIGNED-PAYLOAD", hashlib.sha256(body).hexdigest()):
        return False
    query = "&".join(sorted(f"{quote(k, '')}={quote(v, '')}" for k, v in request.query.items()))
    headers = "".join(f"{name}:{request.headers[name].strip()}\n" for name in names)
    canonical = "\n".join(
        [request.method, request.raw_path.partition("?")[0], query, headers, ";".join(names), content]
    )
    key, _, scope = fields["Credential"].partition("/")
    when = request.headers["x-amz-date"]
    text = "\n".join(["AWS4-HMAC-SHA256", when, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    made = b"AWS4" + SECRET.encode()
    for part in (when[:8], REGION, "s3", "aws4_request", text):
        made = hmac.new(made, part.encode(), "sha256").digest()
    good = scope == f"{when[:8]}/{REGION}/s3/aws4_request" and "host" in names
    return good and key == KEY and hmac.compare_digest(made.hex(), fields["Signature"])


@asynccontextmanager
async def s3() -> AsyncIterator[S3]:
    """A store of this test's own."""
    store, app = S3(), web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", "/{path:.*}", store.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        store.url = f"http://{host}:{port}"
        yield store
    finally:
        await runner.cleanup()
