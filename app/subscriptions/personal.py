"""What subscriptions hold of a customer: a plan, its days and its charges, and no word that anybody typed."""

from sqlalchemy import select

from app.orders.model import Order
from app.privacy.holding import Asking, Holding, Told, plain
from app.subscriptions.model import Subscription


async def order(asking: Asking, row: Order) -> Told:
    wanted = select(Subscription).where(Subscription.order_id == row.id).order_by(Subscription.id)
    return {"subscriptions": [plain(found) for found in await asking.session.scalars(wanted)]}


HELD = Holding(
    (Subscription,), order=order, why="plans, amounts and days, which the books have to show; no person"
)
