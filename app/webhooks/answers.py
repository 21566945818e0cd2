"""What the API answers about webhooks (see app.answers)."""

from typing import Annotated, Any, Literal

from pydantic import Field

from app.answers import Answer, Count, Cursor, Moment, Number, Seq, Whole
from app.webhooks.model import Kind


class Webhook(Answer):
    """`disabled` says why it is not enabled. The secret is told where it is made, and nowhere else."""

    id: Seq
    url: str
    kinds: list[Kind]
    team_only: Annotated[bool, Field(description="Whether notes, labels and assignments are sent too.")]
    enabled: bool
    disabled: Literal["owner", "failing", "gone"] | None
    disabled_at: Moment | None
    delivered_at: Annotated[Moment | None, Field(description="The last time that something got through.")]
    created_at: Moment


class WebhookWithSecret(Webhook):
    secret: Annotated[str, Field(pattern="^whsec_", description="Signs, as Standard Webhooks has it.")]
    old_secret_until: Annotated[Moment | None, Field(description="Until then the one before signs too.")]


class Delivery(Answer):
    """One message to a webhook; `code`, `answer`, `error` and `took` (in ms) are of the last attempt."""

    id: Seq
    message: Annotated[str, Field(description="The header webhook-id, the same however often it is sent.")]
    type: Annotated[str, Field(description="`entry.` and the kind, or `test`.")]
    order: Number | None
    seq: Seq | None
    status: Literal["waiting", "delivered", "failed"]
    attempts: Count
    code: Annotated[Whole | None, Field(description="The HTTP status; null: there was no answer.")]
    answer: Annotated[str, Field(description="The first 1000 bytes of the answer.")]
    error: str
    took: Count | None
    created_at: Moment
    tried_at: Moment | None
    next_at: Moment | None
    payload: dict[str, Any]


class WebhooksAnswer(Answer):
    items: list[Webhook]
    next: Cursor


class DeliveriesAnswer(Answer):
    items: list[Delivery]
    next: Cursor


class WebhookDone(Answer):
    webhook: Webhook


class WebhookMade(Answer):
    webhook: WebhookWithSecret


class DeliveryDone(Answer):
    delivery: Delivery
