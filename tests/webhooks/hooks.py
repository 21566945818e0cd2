"""What tests of webhooks do again and again."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.db import Database
from app.mail.model import Mail
from app.orders.model import FIRST
from app.webhooks.delivery import Courier
from app.webhooks.model import KINDS, Delivery, Webhook
from tests.cast import OLGA
from tests.rules.house import House

OPEN = [kind for kind in KINDS if kind not in ("note", "label", "assigned")]


async def subscribe(house: House, url: str, kinds: list[str] | None = None, **more: Any) -> dict[str, Any]:
    """The owner's new webhook, with its secret."""
    done = await house.do(OLGA, "webhooks.create", url=url, kinds=kinds or list(KINDS), **more)
    made: dict[str, Any] = done.body["webhook"]
    return made


async def deliver(house: House, ahead: timedelta = timedelta(), private: bool = True) -> int:
    """One worker carries all that is due then; answers how many tries it took."""
    courier, tried = Courier(house.db, private=private), 0
    while now_tried := await courier.once(datetime.now(UTC) + ahead):
        tried += now_tried
    return tried


async def deliveries(db: Database) -> list[Delivery]:
    async with db.read() as session:
        return list(await session.scalars(select(Delivery).order_by(Delivery.id)))


async def statuses(house: House, number: str | None = None) -> list[str]:
    """How the deliveries about an order stand, or all."""
    key = None if number is None else int(number) - FIRST
    return [one.status for one in await deliveries(house.db) if key is None or one.order_id == key]


async def webhook(house: House, key: int = 1) -> Webhook:
    async with house.db.read() as session:
        return await session.get_one(Webhook, key)


async def letters_about(house: House) -> list[tuple[str, str]]:
    """(address, text) of the mails that a webhook was disabled."""
    wanted = select(Mail.recipient, Mail.text).where(Mail.kind == "webhook_disabled").order_by(Mail.id)
    async with house.db.read() as session:
        return [(to, text) for to, text in await session.execute(wanted)]


async def soon(condition: Any, what: str) -> None:
    for _ in range(400):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"this did not happen: {what}")
