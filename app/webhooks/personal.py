"""Deliveries to the shop's own programs: each body is an entry of an order."""

from sqlalchemy import delete

from app.privacy.holding import Erasing, Holding
from app.webhooks.model import Delivery


async def erase(erasing: Erasing) -> None:
    """Delivered and waiting ones alike; the programs hear of it as `edit` with the action `erase`."""
    mine = Delivery.order_id.in_(erasing.subject.orders)
    await erasing.tx.session.execute(delete(Delivery).where(mine))


HELD = Holding((Delivery,), erase, why="copies of entries, which an export has as its timelines")
