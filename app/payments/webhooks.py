"""Webhooks: accepted once, from whoever can sign them, and only ever a hint to go and ask."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select, update
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from app.context import Context
from app.db import Transaction, insert_into
from app.payments.card_setups import finish_setup
from app.payments.gateway import BadSignature, Event, GatewayAway
from app.payments.model import Attempt, GatewayEvent, Payment, Refund


async def webhook(request: Request) -> Response:
    """The door of the gateway that this deployment uses. 400 for what it did not sign."""
    context: Context = request.app.state.context
    if request.path_params["gateway"] != context.gateway.name:
        return PlainTextResponse("no such gateway", 404)
    status = await receive(context, await request.body(), request.headers, context.db.clock())
    return PlainTextResponse("ok" if status == 200 else "refused", status)


async def receive(context: Context, body: bytes, headers: Mapping[str, str], now: datetime) -> int:
    """Accept an event; an HTTP status. Unknown ones are accepted and mean nothing."""
    try:
        event = context.gateway.read_event(body, headers, now)
    except BadSignature:
        return 400
    async with context.db.transaction(now) as tx:
        if await _is_new(tx, context.gateway.name, event):
            await _hint(tx, event)
    if event.kind == "setup":
        try:
            await finish_setup(context, event.ref)
        except GatewayAway:
            return 503
    return 200


async def deliver_demo_events(context: Context, now: datetime) -> int:
    """Bring the demo bank's events that are due, signed as over HTTP; answers how many."""
    if context.gateway.name != "demo":
        return 0
    from app.demo_bank.webhooks import deliver_due

    async def door(body: bytes, headers: Mapping[str, str]) -> int:
        return await receive(context, body, headers, now)

    return await deliver_due(context.db, context.shop.secret, now, door)


async def _is_new(tx: Transaction, gateway: str, event: Event) -> bool:
    row = {"gateway": gateway, "id": event.id[:200], "kind": event.kind, "ref": event.ref[:200]}
    new = insert_into(tx.session, GatewayEvent).values(row | {"received_at": tx.now})
    return await tx.session.scalar(new.on_conflict_do_nothing().returning(GatewayEvent.id)) is not None


async def _hint(tx: Transaction, event: Event) -> None:
    """What the event is about is asked at once, by this process or the worker."""
    if event.kind == "charge":
        running = (Attempt.ref == event.ref, Attempt.status.in_(("open", "action")))
        soon = update(Attempt).where(*running).values(due_at=tx.now).returning(Attempt.payment_id)
    elif event.kind == "refund":
        open_ones = (Refund.ref == event.ref, Refund.status == "open")
        soon = update(Refund).where(*open_ones).values(due_at=tx.now).returning(Refund.payment_id)
    else:
        return
    payments = (await tx.session.scalars(soon.execution_options(synchronize_session=False))).all()
    orders = await tx.session.scalars(select(Payment.order_id).where(Payment.id.in_(payments)))
    tx.charging.extend(orders)
