"""Faults that tests switch on. They are rows, so that they befall whichever process comes first, once each.

away: no answer, and nothing is done. hang: nothing for a while, then all as usual. late: it is done, and no
answer comes. slow: the outcome takes a while. duplicate: an event is delivered twice.
"""

import asyncio

from sqlalchemy import ColumnElement, and_, or_, select, update

from app.db import Database, Transaction, insert_into
from app.demo_bank.model import BankFault
from app.payments.gateway import GatewayAway

MOVES_MONEY = frozenset({"charge", "refund"})


async def switch_on(db: Database, name: str, times: int = 1, seconds: float = 0, call: str = "") -> None:
    """Let `name` befall the next `times` calls; 0 switches it off.

    `call` is the gateway's method it is meant for. Without one, late and slow befall `charge` and `refund`,
    which move money, and the others whatever comes. `seconds` are for hang and slow.
    """
    async with db.transaction() as tx:
        values = {"remaining": times, "seconds": seconds}
        row = insert_into(tx.session, BankFault).values(name=name, call=call, **values)
        await tx.session.execute(row.on_conflict_do_update(index_elements=["name", "call"], set_=values))


async def before(db: Database, call: str) -> None:
    """What may befall a call before it does anything. Raises GatewayAway."""
    hang = await _befalls(db, "hang", call)
    if hang is not None:
        await asyncio.sleep(hang)
    if await _befalls(db, "away", call) is not None:
        raise GatewayAway("the demo bank is away")


async def after(db: Database, call: str) -> None:
    """What may befall a call when all is done. Raises GatewayAway."""
    if await _befalls(db, "late", call) is not None:
        raise GatewayAway("the demo bank broke off")


async def take(tx: Transaction, name: str, call: str) -> float | None:
    """Use up one such fault, if it is on for this call; its seconds."""
    mine = and_(BankFault.name == name, BankFault.remaining > 0, _meant(name, call))
    first = select(BankFault.call).where(mine).order_by(BankFault.call.desc()).limit(1).with_for_update()
    found = await tx.session.scalar(first)
    if found is None:
        return None
    same = update(BankFault).where(BankFault.name == name, BankFault.call == found)
    taken = same.values(remaining=BankFault.remaining - 1).returning(BankFault.seconds)
    return await tx.session.scalar(taken.execution_options(synchronize_session=False))


async def _befalls(db: Database, name: str, call: str) -> float | None:
    on = (BankFault.name == name, BankFault.remaining > 0)
    async with db.read() as session:  # a bank without faults costs no write
        if await session.scalar(select(BankFault.name).where(*on).limit(1)) is None:
            return None
    async with db.transaction() as tx:
        return await take(tx, name, call)


def _meant(name: str, call: str) -> ColumnElement[bool]:
    if name in ("late", "slow") and call not in MOVES_MONEY:
        return BankFault.call == call
    return or_(BankFault.call == call, BankFault.call == "")
