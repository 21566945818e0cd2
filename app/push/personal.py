"""What is held of what a customer is told of, and of the browsers that tell them."""

from sqlalchemy import delete, select

from app.notifications.model import NotificationSetting
from app.orders.model import FIRST
from app.privacy.holding import Asking, Erasing, Holding, Told, plain
from app.push.model import Push, PushPosition, PushSubscription

CAPABILITIES = ("endpoint", "p256dh", "auth", "session_id", "person")  # whoever has them can wake the browser


async def person(asking: Asking) -> Told:
    who = f"c{asking.subject.customer_id}"
    chosen = await asking.session.get(NotificationSetting, who)
    browsers = select(PushSubscription).where(PushSubscription.person == who).order_by(PushSubscription.id)
    positions = select(PushPosition).where(PushPosition.person == who).order_by(PushPosition.order_id)
    told = await asking.session.scalars(positions)
    return {
        "notifications": plain(chosen, "person") if chosen else None,
        "push_browsers": [plain(row, *CAPABILITIES) for row in await asking.session.scalars(browsers)],
        "pushed": [{"order": str(row.order_id + FIRST), "seq": row.seq} for row in told],
    }


async def erase(erasing: Erasing) -> None:
    who, session = f"c{erasing.subject.customer_id}", erasing.tx.session
    theirs = select(PushSubscription.id).where(PushSubscription.person == who)
    await session.execute(delete(Push).where(Push.subscription_id.in_(theirs)))
    for table in (PushSubscription, PushPosition, NotificationSetting):
        await session.execute(delete(table).where(table.person == who))


HELD = Holding((NotificationSetting, PushSubscription, PushPosition, Push), erase, person)
