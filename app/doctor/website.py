"""The website as its visitors reach it: through PUBLIC_URL, and so through the proxy in front."""

import asyncio
import json
import ssl
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import httpcore
from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from app.access import digest, new_secret
from app.db import Database
from app.doctor.result import Bad, Skipped
from app.settings import Settings
from app.team.model import Member, Token

SIGNED_OUT: Final = 4401
SOON: Final = timedelta(days=14)
LOCAL: Final = ("127.0.0.1", "localhost", "::1")
TIMEOUTS: Final = dict.fromkeys(("connect", "read", "write", "pool"), 5.0)


async def answers(settings: Settings) -> str:
    """Pages come from a process that is ready, over https."""
    answer = await _ask(settings, "GET", "/readyz")
    try:
        status = json.loads(answer.content)["status"]
    except (ValueError, KeyError, TypeError):
        what = f"{settings.public_url}/readyz answers {answer.status}, and not as Orderline does"
        raise Bad(what, "let the proxy pass everything on to `orderline serve`") from None
    parts = urlsplit(settings.public_url)
    if parts.scheme == "http" and parts.hostname not in LOCAL:
        todo = "put a proxy with TLS in front, and https:// into PUBLIC_URL"
        raise Bad("PUBLIC_URL is http: passwords and chats travel in the clear", todo)
    if status == "unready":
        raise Bad("the process that answers cannot serve", "see /readyz, and the log of `orderline serve`")
    return f"answers at {settings.public_url}: {status}"


async def certificate(settings: Settings) -> str:
    """Browsers trust it, and will for a while."""
    parts = urlsplit(settings.public_url)
    if parts.scheme != "https":
        raise Skipped("PUBLIC_URL is not https")
    context = ssl.create_default_context()
    try:
        _, writer = await asyncio.open_connection(parts.hostname, parts.port or 443, ssl=context)
    except ssl.SSLCertVerificationError as error:
        raise Bad(f"not trusted: {error.verify_message}", "give the proxy a valid certificate") from None
    until = writer.get_extra_info("peercert")["notAfter"]
    writer.close()
    return lasting(datetime.fromtimestamp(ssl.cert_time_to_seconds(until), UTC), datetime.now(UTC))


def lasting(until: datetime, now: datetime) -> str:
    """Raises Bad for a certificate that ends soon."""
    if until - now < SOON:
        what = f"ends on {until:%Y-%m-%d}"
        raise Bad(what, "renew it, and see why that does not happen by itself")
    return f"valid until {until:%Y-%m-%d}"


async def cookies(settings: Settings) -> str:
    """Only pages of PUBLIC_URL may send forms, and over https cookies never travel otherwise."""
    await _founded(settings)
    answer = await _ask(settings, "POST", "/language", body=b"language=en&next=/")
    if answer.status == 403:
        what = "`serve` takes its own pages for another site's"
        raise Bad(what, "give `serve` this PUBLIC_URL, exactly what the browser's address bar shows")
    found = [value.decode() for name, value in answer.headers if name.lower() == b"set-cookie"]
    if not found:
        raise Bad(
            f"a form is answered with {answer.status}, without a cookie", "let the proxy pass cookies on"
        )
    if not all("httponly" in cookie.lower() for cookie in found):
        raise Bad("cookies have lost HttpOnly", "do not let the proxy change cookies")
    if settings.secure and not all("; secure" in cookie.lower() for cookie in found):
        raise Bad("cookies are not Secure", "give `serve` the https:// PUBLIC_URL, too")
    return "Secure and HttpOnly" if settings.secure else "HttpOnly (Secure needs https)"


async def webhook(settings: Settings) -> str:
    """The gateway's door is there, and refuses what nobody signed."""
    path = f"/webhooks/{'stripe' if settings.stripe_secret_key else 'demo'}"
    answer = await _ask(settings, "POST", path, body=b"{}")
    if answer.status == 404:
        todo = "give `serve` the same STRIPE_ variables as here"
        raise Bad(f"{path} is not there: `serve` uses another gateway", todo)
    if answer.status != 400:
        raise Bad(
            f"{path} answers {answer.status} to what nobody signed, not 400", "let the proxy pass it on"
        )
    return f"{path} refuses what nobody signed"


async def sockets(settings: Settings, db: Database) -> str:
    """A browser's socket gets through and is told why it ends; a program's is answered."""
    await _running(settings)
    await _founded(settings)
    await _as_a_stranger(settings)
    token = await _token(db)
    if token is None:
        return "get through; nobody is there yet whose socket could stay open"
    try:
        await _as_a_program(settings, token)
    finally:
        async with db.fresh() as session:
            await session.execute(delete(Token).where(Token.id == digest(token)))
    return "get through, and are answered"


async def _as_a_stranger(settings: Settings) -> None:
    try:
        async with connect(_live(settings), origin=_origin(settings), **_quick()) as socket:
            await socket.recv()
    except ConnectionClosed as closed:
        code = closed.rcvd.code if closed.rcvd else 1006
        if code != SIGNED_OUT:
            todo = "let the proxy pass on sockets, and what they say when they end"
            raise Bad(f"a stranger's socket ends with {code}, not {SIGNED_OUT}", todo) from None
    except InvalidHandshake as error:
        todo = "let the proxy pass on Upgrade, Connection, Host and Origin (README), and check PUBLIC_URL"
        raise Bad(f"sockets do not get through: {error}", todo) from None


async def _as_a_program(settings: Settings, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    try:
        async with connect(_live(settings), additional_headers=headers, **_quick()) as socket:
            await socket.send(json.dumps({"type": "resume", "orders": {}}))
            await socket.send(json.dumps({"type": "ping"}))
            said = {json.loads(await socket.recv())["type"] for _ in range(2)}
    except (ConnectionClosed, InvalidHandshake) as error:
        todo = "let the proxy pass on Authorization, and look into the log of `orderline serve`"
        raise Bad(f"a program's socket does not stay open: {error}", todo) from None
    if said != {"hello", "pong"}:
        raise Bad(
            f"a ping is answered with {', '.join(sorted(said))}", "look into the log of `orderline serve`"
        )


async def _token(db: Database) -> str | None:
    """Of a member, to look with, for these few seconds."""
    secret = f"ol_{new_secret()}"
    row = {"id": digest(secret), "name": "doctor", "scope": "read", "created_at": datetime.now(UTC)}
    try:
        async with db.fresh() as session:
            member = await session.scalar(select(Member.id).where(Member.removed_at.is_(None)).limit(1))
            if member is not None:
                session.add(Token(**row, member_id=member))
    except (SQLAlchemyError, OSError):
        return None  # said by another check
    return secret if member is not None else None


async def _ask(settings: Settings, method: str, path: str, body: bytes = b"") -> httpcore.Response:
    headers = [("Host", urlsplit(settings.public_url).netloc), ("Origin", _origin(settings))]
    headers += [("Content-Type", "application/x-www-form-urlencoded")] if body else []
    url = settings.public_url + path
    try:
        async with httpcore.AsyncConnectionPool(ssl_context=ssl.create_default_context()) as pool:
            more: dict[str, Any] = {"timeout": TIMEOUTS}
            return await pool.request(method, url, headers=headers, content=body, extensions=more)
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
        _skip_what_is_not_there(settings)
        what = f"{settings.public_url} cannot be reached: {error or type(error).__name__}"
        raise Bad(what, "start `orderline serve`, and look at the proxy in front and at PUBLIC_URL") from None


async def _running(settings: Settings) -> None:
    await _ask(settings, "GET", "/healthz")


async def _founded(settings: Settings) -> None:
    """Before that there are neither cookies nor sockets."""
    if (await _ask(settings, "GET", "/setup")).status == 200:
        raise Skipped(f"the shop is not set up yet: open {settings.public_url}/setup")


def _skip_what_is_not_there(settings: Settings) -> None:
    """Where no website was promised, none is missing."""
    if not settings.public_url_given:
        raise Skipped(f"`orderline serve` does not run on port {settings.port}, and PUBLIC_URL is not set")


def _live(settings: Settings) -> str:
    return "ws" + settings.public_url.removeprefix("http") + "/live"


def _origin(settings: Settings) -> Any:
    parts = urlsplit(settings.public_url)
    return f"{parts.scheme}://{parts.netloc}"


def _quick() -> dict[str, Any]:
    return {"open_timeout": 5, "close_timeout": 2, "proxy": None, "compression": None}
