"""One POST to a webhook, and what came of it.

httpcore rather than httpx on top of it: it knows no redirects, cookies, proxies or encodings, reads nothing
from the environment, and lets us choose the very address that a connection goes to.
"""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from functools import cache

import httpcore

from app.webhooks.targets import Refused, addresses, checked, host_of, port_of

AT_MOST = 15.0  # seconds for all of it
TO_CONNECT = 5.0  # seconds for one of several addresses
TO_READ = 2.0  # seconds for the beginning of the answer's body, once the status is there
MOST = 1000  # bytes of the answer's body
WRONG = (
    httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, httpcore.UnsupportedProtocol,
    OSError, ValueError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """`code` is the HTTP status, None when there was none and `error` says why; `took` in milliseconds."""

    code: int | None
    text: str = ""
    error: str = ""
    took: int = 0

    @property
    def ok(self) -> bool:
        return self.code is not None and 200 <= self.code < 300


class Checked(httpcore.AsyncNetworkBackend):
    """Connects to no address that was not checked right before."""

    def __init__(self, *, private: bool) -> None:
        self.private = private
        self.plain = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        problem: Exception | None = None
        for address in await addresses(host, port, private=self.private):
            try:
                return await self.plain.connect_tcp(address, port, TO_CONNECT, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
        raise problem or httpcore.ConnectError("no address")


async def post(url: str, headers: dict[str, str], body: bytes, *, private: bool) -> Answer:
    """Deliver a body; whatever goes wrong is an answer too."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(AT_MOST):
            code, text = await _exchange(url, headers, body, private)
        error = "Redirects are not followed." if 300 <= code < 400 else ""
    except Refused as refused:
        code, text, error = None, "", str(refused)
    except TimeoutError:
        code, text, error = None, "", f"No answer within {AT_MOST:g} seconds."
    except WRONG as wrong:
        code, text, error = None, "", f"{type(wrong).__name__}: {wrong}".rstrip(": ")
    return Answer(code, text, error[:500], round((time.monotonic() - began) * 1000))


async def _exchange(url: str, headers: dict[str, str], body: bytes, private: bool) -> tuple[int, str]:
    parts = checked(url, private=private)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    target = httpcore.URL(scheme=parts.scheme, host=host_of(parts), port=port_of(parts), target=path)
    all_headers = {"Host": parts.netloc, "Content-Length": str(len(body))} | headers
    backend, context = Checked(private=private), _tls() if parts.scheme == "https" else None
    async with httpcore.AsyncConnectionPool(context, network_backend=backend) as pool:
        given = [(name.encode(), value.encode()) for name, value in all_headers.items()]
        async with pool.stream("POST", target, headers=given, content=body) as response:
            return response.status, await _beginning(response.aiter_stream())


async def _beginning(chunks: AsyncIterator[bytes]) -> str:
    """The first bytes as text; a body that does not come changes nothing about the status."""
    read = b""
    try:
        async with asyncio.timeout(TO_READ):
            async for chunk in chunks:
                read += chunk
                if len(read) >= MOST:
                    break
    except (TimeoutError, *WRONG):
        pass
    return read[:MOST].decode(errors="replace").replace("\x00", "\ufffd")


@cache
def _tls() -> ssl.SSLContext:
    return httpcore.default_ssl_context()
