"""What the database knows of the whole deployment: how late its work is, and how its workers are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import ScalarResult, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.mail.model import Mail
from app.operations.heartbeat import FRESH
from app.operations.model import Heartbeat, JobTally
from app.payments.model import Attempt, Refund
from app.subscriptions.model import LIVE, Subscription
from app.webhooks.model import Delivery, Webhook

# What a worker holds is due at the end of its lease, so this is what nobody has taken up.
OLDEST: Final[Mapping[str, Select[Any]]] = {
    "mail": select(func.min(Mail.due_at)).where(Mail.status == "waiting"),
    "webhooks": select(func.min(Delivery.due_at))
    .join(Webhook)
    .where(Delivery.status == "waiting", Webhook.disabled == ""),
    "charges": select(func.min(Attempt.due_at)).where(Attempt.status.in_(("open", "action"))),
    "refunds": select(func.min(Refund.due_at)).where(Refund.status == "open"),
    "renewals": select(func.min(Subscription.next_charge_at)).where(Subscription.state.in_(LIVE)),
}


@dataclass(frozen=True, slots=True)
class Lag:
    """`late` is for each kind of work how many seconds ago the oldest of it was due, 0 when none is."""

    late: Mapping[str, float]
    workers: int
    heartbeat: float | None
    jobs: Sequence[JobTally]


async def lag(session: AsyncSession) -> Lag:
    """As of now."""
    now = datetime.now(UTC)
    late = {kind: _age(await session.scalar(oldest), now) or 0.0 for kind, oldest in OLDEST.items()}
    fresh = select(func.count()).where(Heartbeat.beat_at > now - FRESH)
    jobs: ScalarResult[JobTally] = await session.scalars(select(JobTally).order_by(JobTally.job))
    return Lag(late, await session.scalar(fresh) or 0, await heartbeat(session), jobs.all())


async def heartbeat(session: AsyncSession) -> float | None:
    """How many seconds ago a worker last finished its round; None when none ever did."""
    return _age(await session.scalar(select(func.max(Heartbeat.beat_at))), datetime.now(UTC))


def _age(moment: datetime | None, now: datetime) -> float | None:
    return None if moment is None else max(0.0, (now - moment).total_seconds())
