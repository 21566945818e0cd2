"""Events: written in the transaction of what happened, delivered later (see webhooks)."""

from app.db import Transaction
from app.demo_bank import faults
from app.demo_bank.calls import new_ref
from app.demo_bank.model import BankEvent


async def emit(tx: Transaction, kind: str, ref: str) -> None:
    """Something happened to `ref`: a setup, a charge or a refund."""
    twice = await faults.take(tx, "duplicate", kind) is not None
    tx.session.add(
        BankEvent(
            id=new_ref("event"),
            kind=kind,
            ref=ref,
            copies=2 if twice else 1,
            tries=0,
            created_at=tx.now,
            due_at=tx.now,
            delivered_at=None,
        )
    )
