"""Adding the moves up into blocks: the worker does it, so that reading stays quick. It changes no figure."""

from collections import Counter
from datetime import datetime

from sqlalchemy import delete, select

from app.analytics.blocks import SPANS
from app.analytics.model import Tally, TallyMove
from app.db import Database, Transaction, insert_into

FOLD_AT = 50
MOST = 5000
MOST_ROUNDS = 10
KEY = ("figure", "span", "block", "key", "currency")


async def fold(db: Database, now: datetime, at: int = FOLD_AT) -> int:
    """Add up moves, once there are `at` of them; answers how many it were."""
    folded = 0
    for _ in range(MOST_ROUNDS):
        async with db.read() as session:
            if await session.scalar(select(TallyMove.id).offset(at - 1).limit(1)) is None:
                break
        async with db.transaction(now) as tx:
            folded += await _fold(tx)
    return folded


async def _fold(tx: Transaction) -> int:
    """Workers at the same time take moves of their own, and write the sums in the same order."""
    oldest = select(TallyMove.id).order_by(TallyMove.id).limit(MOST).with_for_update(skip_locked=True)
    columns = (TallyMove.day, TallyMove.figure, TallyMove.key, TallyMove.currency, TallyMove.amount)
    gone = await tx.session.execute(delete(TallyMove).where(TallyMove.id.in_(oldest)).returning(*columns))
    number, sums = 0, Counter[tuple[str, int, int, int, str]]()
    for day, figure, key, currency, amount in gone:
        number += 1
        for span in SPANS:
            sums[figure, span, day // span, key, currency] += amount
    await _add(tx, sums)
    return number


async def _add(tx: Transaction, sums: Counter[tuple[str, int, int, int, str]]) -> None:
    rows = [dict(zip(KEY, key, strict=True)) | {"amount": sums[key]} for key in sorted(sums) if sums[key]]
    if not rows:
        return
    new = insert_into(tx.session, Tally)
    more = {"amount": Tally.amount + new.excluded.amount}
    await tx.session.execute(new.on_conflict_do_update(index_elements=list(KEY), set_=more), rows)
