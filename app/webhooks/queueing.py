"""Every entry of every log passes by here, and becomes a delivery to each webhook that asked for its kind.

Whether there are any is asked once in a transaction that wrote entries, of a table that holds a handful of
rows, in that same transaction: so every process knows of a new webhook at once, and none keeps a copy.
"""

from datetime import datetime
from functools import partial
from typing import Any
from uuid import uuid4

import orjson
from sqlalchemy import insert, select

from app.db import Transaction
from app.entries import Entry, Side
from app.orders.events import event_of
from app.orders.views import stamp
from app.webhooks.model import Delivery, Webhook

KNOWN = select(Webhook.id, Webhook.kinds, Webhook.team_only).order_by(Webhook.id)


def queue(tx: Transaction) -> None:
    """Before the commit, let the webhooks have what this transaction wrote."""
    if len(tx.entries) == 1:
        tx.finish.append(partial(_write, tx))


async def _write(tx: Transaction) -> None:
    known = (await tx.session.execute(KNOWN)).all()
    rows = [
        _row(tx, webhook_id, entry, team_only)
        for webhook_id, kinds, team_only in known
        for entry in tx.entries
        if entry.kind in kinds and entry.visible_to(_side(team_only))
    ]
    if rows:
        await tx.session.execute(insert(Delivery), rows)


def _row(tx: Transaction, webhook_id: int, entry: Entry, team_only: bool) -> dict[str, Any]:
    kind = f"entry.{entry.kind}"
    data = event_of(entry, _side(team_only))
    return new_row(webhook_id, kind, entry.at, data, tx.now) | {"order_id": entry.order, "seq": entry.seq}


def new_row(webhook_id: int, kind: str, at: datetime, data: Any, now: datetime) -> dict[str, Any]:
    """A delivery that waits, as a row."""
    payload = {"type": kind, "timestamp": stamp(at), "data": data}
    return {
        "webhook_id": webhook_id,
        "type": kind,
        "message": f"msg_{uuid4().hex}",
        "body": orjson.dumps(payload).decode(),
        "created_at": now,
        "due_at": now,
    }


def _side(team_only: bool) -> Side:
    """Who the webhook reads like: what is for the team leaves the house only where that was chosen."""
    return "team" if team_only else "customer"
