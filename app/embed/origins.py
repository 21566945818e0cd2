"""The sites that may show the panel: the owner names their origins, kept as a fact (app.shop)."""

from urllib.parse import SplitResult, urlsplit

from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import FieldError, Problem
from app.shop import Fact

FACT = "embed_origins"
MOST = 500
PORTS = {"https": 443, "http": 80}
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
HOST_CHARS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-:")


async def embed_origins(session: AsyncSession) -> tuple[str, ...]:
    """As a browser names them in `Origin`; none means that nobody may show the panel."""
    fact = await session.get(Fact, FACT)
    return tuple(fact.value.split()) if fact else ()


async def save_origins(session: AsyncSession, text: str) -> None:
    """Keep what the owner typed, one origin a line. Raises 422."""
    value = "\n".join(parse_origins(text))
    fact = await session.get(Fact, FACT)
    if fact is None:
        session.add(Fact(name=FACT, value=value))
    else:
        fact.value = value


def parse_origins(text: str) -> tuple[str, ...]:
    """Origins from lines or words, each once. Raises 422 that names the first that is none."""
    origins = tuple(dict.fromkeys(_origin(word) for word in text.split()))
    if len("\n".join(origins)) > MOST:
        raise _wrong("string_too_long", "This is too long.")
    return origins


def _origin(word: str) -> str:
    parts = _parts(word)
    host = _host(parts.hostname or "") if parts else ""
    if parts is None or not host or parts.scheme not in PORTS:
        raise _wrong("origin", "Please write addresses like https://www.example.com, one a line.")
    if parts.path not in ("", "/") or "@" in parts.netloc or any(mark in word for mark in "?#"):
        raise _wrong("origin", "Only the beginning of an address, without a path: https://www.example.com.")
    if parts.scheme == "http" and host not in LOCAL:
        raise _wrong("origin", "Only https is safe here; http is for localhost alone.")
    port = "" if parts.port in (None, PORTS[parts.scheme]) else f":{parts.port}"
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}"


def _parts(word: str) -> SplitResult | None:
    try:
        parts = urlsplit(word)
        parts.port  # noqa: B018 - raises for a port that is none
    except ValueError:
        return None
    return parts


def _host(name: str) -> str:
    """A host as browsers write it; "" for what is none, wildcards and header tricks included."""
    try:
        host = name if name.isascii() else name.encode("idna").decode()
    except UnicodeError:
        return ""
    return host if host.strip(".-") and set(host) <= HOST_CHARS else ""


def _wrong(code: str, detail: str) -> Problem:
    return Problem("invalid", detail, errors=[FieldError("origins", code, detail)])
