"""Webhooks: subscribed, changed, tried out and deleted by the owner alone."""

from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field
from sqlalchemy import delete as delete_rows
from sqlalchemy import func, insert, not_, select, update

from app.audit.recording import record
from app.db import Transaction
from app.errors import Problem, invalid
from app.verb import TEAM, Call, Data, Done, Flag, Required, Verb, Whole
from app.webhooks.answers import DeliveryDone, WebhookDone, WebhookMade
from app.webhooks.model import Delivery, Kind, Webhook
from app.webhooks.outcomes import disable
from app.webhooks.queries import delivery_dict, delivery_of, webhook_dict, webhook_of
from app.webhooks.queueing import new_row
from app.webhooks.signing import new_secret
from app.webhooks.targets import Refused, addresses, checked, host_of, port_of

Url = Annotated[Required, Field(max_length=2000)]
Kinds = Annotated[list[Kind], Field(min_length=1, max_length=12)]
MOST = 20
BOTH_VALID = timedelta(hours=24)


class Create(Data):
    url: Url
    kinds: Kinds
    team_only: Flag = False


class One(Data):
    id: Whole


class Update(One):
    url: Url | None = None
    kinds: Kinds | None = None
    team_only: Flag | None = None
    enabled: Flag | None = None


class Resend(One):
    delivery: Whole


async def create(call: Call) -> Done:
    """Send the entries of these kinds to an address; `team_only`: notes, labels and assignments too."""
    _owner(call)
    if (await call.tx.session.scalar(select(func.count()).select_from(Webhook)) or 0) >= MOST:
        raise invalid("url", "There are 20 webhooks already.", "too_many")
    await _check(call.tx, call.data.url)
    webhook = Webhook(url=call.data.url, kinds=_unique(call.data.kinds), team_only=call.data.team_only)
    webhook.secret, webhook.disabled, webhook.created_at = new_secret(), "", call.tx.now
    call.tx.session.add(webhook)
    await call.tx.session.flush()
    _record(call, webhook, "webhook_made")
    return Done(created=True, body={"webhook": webhook_dict(webhook, secret=True)})


async def change(call: Call) -> Done:
    """What is not named stays. Enabled again, all that was kept goes out, in order."""
    webhook, data = await _mine(call), call.data
    if data.url is not None and data.url != webhook.url:
        await _check(call.tx, data.url)
        webhook.url = data.url
    webhook.kinds = webhook.kinds if data.kinds is None else _unique(data.kinds)
    webhook.team_only = webhook.team_only if data.team_only is None else data.team_only
    if data.enabled is False:
        await disable(call.tx, webhook, "owner")
    elif data.enabled and webhook.disabled:
        await _enable(call.tx, webhook)
    _record(call, webhook, "webhook_changed", fields=_changed(data))
    return Done(body={"webhook": webhook_dict(webhook)})


async def delete(call: Call) -> Done:
    """With all of its deliveries, those that wait too."""
    webhook = await _mine(call)
    _record(call, webhook, "webhook_deleted")
    await call.tx.session.execute(delete_rows(Delivery).where(Delivery.webhook_id == webhook.id))
    await call.tx.session.delete(webhook)
    return Done(body={"webhook": webhook_dict(webhook)})


async def rotate(call: Call) -> Done:
    """A new secret; for a day both sign. The one before the last one ends at once."""
    webhook = await _mine(call)
    webhook.old_secret, webhook.old_until = webhook.secret, call.tx.now + BOTH_VALID
    webhook.secret = new_secret()
    _record(call, webhook, "webhook_secret")
    return Done(body={"webhook": webhook_dict(webhook, secret=True)})


async def test(call: Call) -> Done:
    """A message of no order, tried once, even while the webhook is disabled."""
    webhook = await _mine(call)
    data = {"shop": call.tx.shop.name, "webhook": webhook.id}
    row = new_row(webhook.id, "test", call.tx.now, data, call.tx.now) | {"solo": True}
    made = await call.tx.session.scalar(insert(Delivery).values(row).returning(Delivery))
    assert made is not None
    return Done(created=True, body={"delivery": delivery_dict(made)})


async def resend(call: Call) -> Done:
    """The same message, with the same id, once more: outside of its order's queue if it has left it."""
    webhook = await _mine(call)
    delivery = await delivery_of(call.tx.session, webhook, call.data.delivery)
    if delivery.status == "waiting" and webhook.disabled and not delivery.solo:
        raise Problem("conflict", "The webhook is disabled; enable it, and what is kept goes out.")
    if delivery.status != "waiting":
        delivery.status, delivery.solo, delivery.tries = "waiting", True, 0
    if not delivery.claimed:
        delivery.due_at = call.tx.now
    return Done(body={"delivery": delivery_dict(delivery)})


async def _enable(tx: Transaction, webhook: Webhook) -> None:
    webhook.disabled, webhook.disabled_at = "", None
    kept = (Delivery.webhook_id == webhook.id, Delivery.status == "waiting", not_(Delivery.claimed))
    await tx.session.execute(update(Delivery).where(*kept).values(tries=0, due_at=tx.now))


async def _check(tx: Transaction, url: str) -> None:
    """The lookup happens within the transaction, but is short (targets.PATIENCE) and the owner's alone."""
    private = tx.shop.private_webhooks
    try:
        parts = checked(url, private=private)
        await addresses(host_of(parts), port_of(parts), private=private)
    except Refused as refused:
        raise invalid("url", str(refused), "refused") from None


async def _mine(call: Call) -> Webhook:
    _owner(call)
    return await webhook_of(call.tx.session, call.data.id, lock=True)


def _record(call: Call, webhook: Webhook, kind: str, **data: Any) -> None:
    """Of the address the host alone: what follows it may be a secret."""
    record(call.tx, call.actor, kind, urlsplit(webhook.url).hostname or "", webhook=webhook.id, **data)


def _changed(data: Update) -> list[str]:
    named = data.model_dump(exclude={"id"}, exclude_none=True)
    return ["disabled" if name == "enabled" and not value else name for name, value in named.items()]


def _owner(call: Call) -> None:
    if call.actor.role != "owner":
        raise Problem("forbidden", "This is for the owner.")


def _unique(kinds: list[str]) -> list[str]:
    return list(dict.fromkeys(kinds))


def _of_webhook(name: str, path: str, run: Any, schema: type[Data], answer: Any, status: Any = 200) -> Verb:
    return Verb(f"webhooks.{name}", path, TEAM, run, schema, on_order=False, status=status, answer=answer)


_ONE = "/webhooks/{id}"
_RESEND = f"{_ONE}/deliveries/{{delivery}}/resend"
VERBS = (
    _of_webhook("create", "/webhooks", create, Create, WebhookMade, 201),
    _of_webhook("update", f"{_ONE}/update", change, Update, WebhookDone),
    _of_webhook("delete", f"{_ONE}/delete", delete, One, WebhookDone),
    _of_webhook("rotate", f"{_ONE}/rotate", rotate, One, WebhookMade),
    _of_webhook("test", f"{_ONE}/test", test, One, DeliveryDone, 201),
    _of_webhook("resend", _RESEND, resend, Resend, DeliveryDone),
)
