"""What is left of a deletion after its commit: files, the cards at the gateway, words in the search index.

Done by the worker as often as it takes; each step may find that it was done before.
"""

import logging
from datetime import datetime, timedelta

from sqlalchemy import Select, select, text, update

from app.context import Context
from app.errors import Problem
from app.payments.gateway import GatewayAway, GatewayRefused, SavedCard
from app.privacy.model import Erasure

LEASE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=6)
logger = logging.getLogger(__name__)


async def finish(context: Context, now: datetime) -> int:
    """One deletion that is due; answers how many there were."""
    async with context.db.read() as session:
        if await session.scalar(_due(now)) is None:
            return 0
    async with context.db.transaction(now) as tx:
        first = _due(now).with_for_update(skip_locked=True).scalar_subquery()
        claim = update(Erasure).where(Erasure.customer_id == first)
        values = {"due_at": now + LEASE, "tries": Erasure.tries + 1}
        claimed = claim.values(values).returning(Erasure).execution_options(synchronize_session=False)
        left = await tx.session.scalar(claimed)
    if left is None:
        return 0
    files = await _files(context, left.files)
    cards = await _cards(context, left.cards)
    await _note(context, left, files, cards, now)
    return 1


def _due(now: datetime) -> Select[int]:
    return select(Erasure.customer_id).where(Erasure.due_at <= now).order_by(Erasure.due_at).limit(1)


async def _files(context: Context, keys: list[str]) -> list[str]:
    """Those that the store did not forget yet."""
    left = []
    for key in keys:
        try:
            await context.files.delete(key)
        except Problem:
            left.append(key)
    return left


async def _cards(context: Context, cards: list[list[str]]) -> list[list[str]]:
    """Those that the gateway could not forget yet. Cards of a gateway that is no longer ours, it cannot."""
    left = []
    for gateway, ref, payer in cards:
        if gateway != context.gateway.name:
            continue
        try:
            await context.gateway.forget(SavedCard(ref, payer, "", "", ""))
        except GatewayRefused as error:
            logger.warning("a card of a deleted customer stays at the gateway: %s", error.code)
        except GatewayAway:
            left.append([gateway, ref, payer])
    return left


async def _note(
    context: Context, done: Erasure, files: list[str], cards: list[list[str]], now: datetime
) -> None:
    over = not files and not cards
    pause = min(timedelta(minutes=2 ** min(done.tries, 10)), LONGEST_PAUSE)
    async with context.db.transaction(now) as tx:
        mine = update(Erasure).where(Erasure.customer_id == done.customer_id, Erasure.tries == done.tries)
        times = {"due_at": None, "done_at": now} if over else {"due_at": now + pause}
        await tx.session.execute(mine.values(files=files, cards=cards, **times))
        if over and context.db.sqlite:
            # its full-text index keeps the words of deleted rows until it is merged
            await tx.session.execute(text("INSERT INTO order_texts_fts(order_texts_fts) VALUES ('optimize')"))
