"""The shop: what one deployment is, and what only it can sign."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, insert_into
from app.push.vapid import new_key
from app.settings import Settings


class Fact(Base):
    """A name and its value: the shop's settings, the log's epoch, the secret when none is given."""

    __tablename__ = "facts"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(String(500))


DEFAULTS = {
    "name": "Orderline",
    "currency": "EUR",
    "timezone": "Europe/Berlin",
    "language": "en",
    "tax_rate": "0",
    "tax_included": "yes",
    "color": "",
}
LEGAL = ("terms", "privacy", "imprint")
CHANGED = "shop_changed"


@dataclass(frozen=True, slots=True)
class Logo:
    """A checked picture; `key` is where app.storage keeps it, and changes with it. Size in pixels."""

    key: str
    content_type: str
    width: int
    height: int

    @property
    def wide(self) -> bool:
        """It is a word, and needs no name beside it."""
        return self.width >= 2 * self.height


@dataclass(frozen=True, slots=True)
class Shop:
    """What holds for the whole deployment. `secret` signs order links; `gateway` is who moves its money.

    `private_webhooks`: webhooks may lead into private networks. `color`: "#rrggbb", or "" for ours. `legal`:
    the texts in force (app.legal), by kind. `tax_rate`, `tax_included`: what new products start with.
    """

    name: str
    currency: str
    zone: ZoneInfo
    language: str
    public_url: str
    secret: str
    keep_mail: bool
    gateway: str = "demo"
    private_webhooks: bool = False
    tax_rate: str = "0"
    tax_included: bool = True
    color: str = ""
    logo: Logo | None = None
    legal: Mapping[str, int] = field(default_factory=dict)

    def today(self, now: datetime) -> date:
        """The date in the shop's zone."""
        return now.astimezone(self.zone).date()

    def order_link(self, order_id: int, seq: int | None = None) -> str:
        """An address that opens this order alone, on any device; with `seq`, at that entry."""
        anchor = f"?e={seq}" if seq else ""
        return f"{self.public_url}/o/{self._signer.dumps(order_id)}{anchor}"

    def payment_link(self, number: str, payment: int) -> str:
        """Where a customer comes back to from the bank."""
        return f"{self.public_url}/orders/{number}/payments/{payment}/return"

    def linked_order(self, token: str) -> int | None:
        """The order that a link's token opens; None for a forged one."""
        try:
            order_id = self._signer.loads(token)
        except BadSignature:
            return None
        return order_id if isinstance(order_id, int) else None

    @property
    def _signer(self) -> URLSafeSerializer:
        return URLSafeSerializer(self.secret, salt="order")


async def facts(session: AsyncSession) -> dict[str, str]:
    rows = (await session.execute(select(Fact.name, Fact.value))).all()
    return {name: value for name, value in rows}  # noqa: C416 - rows are not tuples to mypy


async def put(session: AsyncSession, values: dict[str, str]) -> list[str]:
    """Write settings of the shop, and let every process notice. Answers those that changed."""
    known = DEFAULTS | await facts(session)
    changed = sorted(name for name, value in values.items() if known.get(name, "") != value)
    for name in changed:
        await session.merge(Fact(name=name, value=values[name]))
    if changed:
        await session.merge(Fact(name=CHANGED, value=secrets.token_hex(8)))
    return changed


async def remember(session: AsyncSession, values: dict[str, str]) -> None:
    """Write facts that are not there yet; what is there stays (two processes may start at once)."""
    rows = [{"name": name, "value": value} for name, value in values.items()]
    await session.execute(insert_into(session, Fact).values(rows).on_conflict_do_nothing())


async def renew_epoch(session: AsyncSession, known: str | None = None) -> str:
    """A new epoch for the log, unless it is another than `known` already; answers the one that holds."""
    fact = await session.get_one(Fact, "epoch", with_for_update=True)
    if known is None or fact.value == known:
        fact.value = secrets.token_hex(8)
    return fact.value


def new_facts() -> dict[str, str]:
    """What a new database starts with."""
    made = {
        "epoch": secrets.token_hex(8),
        "secret": secrets.token_hex(32),
        "receipts": "0",
        "vapid": new_key(),
    }
    return DEFAULTS | made


async def load_shop(session: AsyncSession, settings: Settings) -> Shop:
    known = DEFAULTS | await facts(session)
    return Shop(
        name=known["name"],
        currency=known["currency"],
        zone=ZoneInfo(known["timezone"]),
        language=known["language"],
        public_url=settings.public_url,
        secret=settings.secret_key or known["secret"],
        keep_mail=settings.smtp_url is None,
        gateway="stripe" if settings.stripe_secret_key else "demo",
        private_webhooks=settings.webhooks_allow_private,
        tax_rate=known["tax_rate"],
        tax_included=known["tax_included"] == "yes",
        color=known["color"],
        logo=_logo(known.get("logo", "")),
        legal={kind: int(known[kind]) for kind in LEGAL if known.get(kind)},
    )


def _logo(text: str) -> Logo | None:
    if not text:
        return None
    key, content_type, width, height = text.split(" ")
    return Logo(key, content_type, int(width), int(height))
