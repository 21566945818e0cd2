"""Every environment variable, typed, read once. A value that cannot be used stops the start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from app.files_url import where_files_lie

DEFAULT_DATABASE = "sqlite+aiosqlite:///var/orderline.db"
DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}


class SettingsError(Exception):
    """A variable that cannot be used; the message starts with its name."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says. URLs are absolute and without a trailing slash.

    `files_url` is a folder's path, or starts with `s3:`.
    """

    database_url: str
    redis_url: str | None
    public_url: str
    public_url_given: bool
    secret_key: str | None
    smtp_url: str | None
    stripe_secret_key: str | None
    stripe_webhook_secret: str | None
    stripe_api_base: str | None
    port: int
    web_concurrency: int
    webhooks_allow_private: bool = False
    push_allow_loopback: bool = False
    metrics_token: str | None = None
    metrics_port: int | None = None
    log_format: str | None = None
    watchdog_warns_after: int = 5
    watchdog_ends_after: int = 20
    sockets_per_person: int = 20
    sockets_per_program: int = 1000
    sockets_per_address: int = 500
    connects_per_address: int = 20
    files_url: str = "var/files"

    @property
    def sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def namespace(self) -> str:
        """What our Redis channels start with: pub/sub does not keep Redis' numbered databases apart."""
        number = urlsplit(self.redis_url or "").path.strip("/") or "0"
        return f"orderline:{number}"

    @property
    def secure(self) -> bool:
        """Whether cookies may only travel over https."""
        return self.public_url.startswith("https:")


def load(environ: Mapping[str, str] = os.environ, port: int | None = None) -> Settings:
    """Settings from `environ`; `port` (a command line's) wins over PORT."""
    number = port if port is not None else _integer(environ, "PORT", 8000, 65535)
    database_url = _database(environ.get("DATABASE_URL") or DEFAULT_DATABASE)
    settings = Settings(
        database_url=database_url,
        redis_url=_url(environ, "REDIS_URL", ("redis", "rediss", "unix")),
        public_url=_url(environ, "PUBLIC_URL", ("http", "https")) or f"http://127.0.0.1:{number}",
        public_url_given=bool(environ.get("PUBLIC_URL")),
        secret_key=_long(environ, "SECRET_KEY"),
        smtp_url=_url(environ, "SMTP_URL", ("smtp", "smtps", "smtp+starttls")),
        stripe_secret_key=_stripe(environ, "STRIPE_SECRET_KEY", ("sk_", "rk_")),
        stripe_webhook_secret=_stripe(environ, "STRIPE_WEBHOOK_SECRET", ("",)),
        stripe_api_base=_url(environ, "STRIPE_API_BASE", ("http", "https")),
        port=number,
        web_concurrency=_integer(environ, "WEB_CONCURRENCY", 1, 64),
        webhooks_allow_private=_switch(environ, "WEBHOOKS_ALLOW_PRIVATE"),
        push_allow_loopback=_switch(environ, "PUSH_ALLOW_LOOPBACK"),
        metrics_token=_long(environ, "METRICS_TOKEN"),
        metrics_port=_integer(environ, "METRICS_PORT", 0, 65535) or None,
        log_format=_one_of(environ, "LOG_FORMAT", ("json", "text")),
        watchdog_warns_after=_integer(environ, "WATCHDOG_WARNS_AFTER", 5, 3600, least=0),
        watchdog_ends_after=_integer(environ, "WATCHDOG_ENDS_AFTER", 20, 3600, least=0),
        sockets_per_person=_integer(environ, "SOCKETS_PER_PERSON", 20, 100_000),
        sockets_per_program=_integer(environ, "SOCKETS_PER_PROGRAM", 1000, 100_000),
        sockets_per_address=_integer(environ, "SOCKETS_PER_ADDRESS", 500, 100_000),
        connects_per_address=_integer(environ, "CONNECTS_PER_ADDRESS", 20, 100_000),
        files_url=_files(environ.get("FILES_URL") or "", database_url),
    )
    _refuse_islands(settings)
    _refuse_any_proxy(environ)
    return settings


def _refuse_islands(settings: Settings) -> None:
    if settings.web_concurrency > 1 and settings.redis_url is None:
        raise SettingsError("WEB_CONCURRENCY: several web processes need REDIS_URL to hear of each other")
    if settings.web_concurrency > 1 and settings.sqlite:
        raise SettingsError("WEB_CONCURRENCY: several web processes need PostgreSQL in DATABASE_URL")


def _refuse_any_proxy(environ: Mapping[str, str]) -> None:
    """uvicorn's own variable: whose X-Forwarded-For counts. With * clients would choose their address."""
    if "*" in environ.get("FORWARDED_ALLOW_IPS", ""):
        raise SettingsError("FORWARDED_ALLOW_IPS: name the proxies; with * anybody could pass for anybody")


def _database(text: str) -> str:
    try:
        url = make_url(text)
    except ArgumentError:
        raise SettingsError("DATABASE_URL: not a database address") from None
    driver = DRIVERS.get(url.drivername)
    if driver is None:
        raise SettingsError(f"DATABASE_URL: {url.drivername} is not known; use sqlite or postgresql")
    if driver.startswith("sqlite") and url.database in (None, "", ":memory:"):
        raise SettingsError("DATABASE_URL: an in-memory SQLite database would be lost; name a file")
    url = url.set(drivername=driver)
    if driver.startswith("postgresql") and "sslmode" in url.query:
        mode = url.query["sslmode"]
        url = url.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
    return url.render_as_string(hide_password=False)


def _files(text: str, database_url: str) -> str:
    try:
        return where_files_lie(text, database_url)
    except ValueError as error:
        raise SettingsError(f"FILES_URL: {error}") from None


def _url(environ: Mapping[str, str], name: str, schemes: tuple[str, ...]) -> str | None:
    text = environ.get(name)
    if not text:
        return None
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - raises for a port that is none
    except ValueError:
        raise SettingsError(f"{name}: not an address") from None
    if parts.scheme not in schemes or not (parts.netloc or parts.scheme == "unix"):
        raise SettingsError(f"{name}: must be an address that starts with {' or '.join(schemes)}")
    return text.rstrip("/")


def _stripe(environ: Mapping[str, str], name: str, starts: tuple[str, ...]) -> str | None:
    text = environ.get(name)
    if not text:
        return None
    if not text.startswith(starts) or not text.isascii() or any(char.isspace() for char in text):
        raise SettingsError(f"{name}: must start with {' or '.join(starts)}")
    if name != "STRIPE_SECRET_KEY" and not environ.get("STRIPE_SECRET_KEY"):
        raise SettingsError(f"{name}: is of no use without STRIPE_SECRET_KEY")
    return text


def _long(environ: Mapping[str, str], name: str) -> str | None:
    text = environ.get(name)
    if text and len(text) < 16:
        raise SettingsError(f"{name}: must have at least 16 characters")
    return text or None


def _one_of(environ: Mapping[str, str], name: str, words: tuple[str, ...]) -> str | None:
    text = environ.get(name)
    if text and text not in words:
        raise SettingsError(f"{name}: must be {' or '.join(words)}")
    return text or None


def _integer(environ: Mapping[str, str], name: str, default: int, most: int, *, least: int = 1) -> int:
    text = environ.get(name)
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise SettingsError(f"{name}: must be a whole number from {least} to {most}")
    return int(text)


def _switch(environ: Mapping[str, str], name: str) -> bool:
    text = environ.get(name) or "0"
    if text not in ("0", "1"):
        raise SettingsError(f"{name}: must be 0 or 1")
    return text == "1"
