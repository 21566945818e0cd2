"""Uploads that become part of a message or note, in the transaction that writes it."""

from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator, model_serializer
from sqlalchemy import select

from app import log
from app.attachments.model import MOST, Attachment
from app.attachments.views import described, named
from app.entries import Entry
from app.errors import invalid
from app.orders.model import MOST_ID
from app.verb import Call, Data, Optional, Whole

ABOUT = "Ids of your own uploads in this order, none of them sent yet"
Uploads = Annotated[
    list[Annotated[Whole, Field(ge=1, le=MOST_ID)]],
    Field(max_length=MOST, description=ABOUT, json_schema_extra={"uniqueItems": True}),
]


class Writing(Data):
    """Words, files, or both."""

    attachments: Uploads = []
    text: Annotated[Optional, Field(validate_default=True)] = ""

    @field_validator("attachments")
    @classmethod
    def _once(cls, ids: list[int]) -> list[int]:
        if len(set(ids)) < len(ids):
            raise ValueError("must not name an upload twice")
        return ids

    @field_validator("text")
    @classmethod
    def _something(cls, text: str, info: ValidationInfo) -> str:
        if not text and not info.data.get("attachments", True):
            raise ValueError("must not be empty")
        return text

    @model_serializer(mode="wrap")
    def _as_sent(self, handler: Any) -> dict[str, Any]:
        """Without files it is the same request as one that does not speak of any."""
        data: dict[str, Any] = handler(self)
        return data if self.attachments else {"text": self.text}


async def write(call: Call, kind: str) -> Entry:
    """The entry of a message or note with whatever files it has; each of them is sent once. Raises 422."""
    chosen = await _chosen(call) if call.data.attachments else []
    attached = [described(each) for each in chosen]
    data = {"text": call.data.text} | ({"attachments": attached} if attached else {})
    entry = await log.append(call.tx, call.order, call.author, kind, data)
    if call.data.text:
        log.searchable(call.tx, call.order, call.data.text, entry.audience)
    if attached:
        log.searchable(call.tx, call.order, named(attached), entry.audience)
        await call.tx.session.flush()  # the entry is there before what belongs to it
    for each in chosen:
        each.seq, each.expires_at = entry.seq, None
    return entry


async def _chosen(call: Call) -> list[Attachment]:
    """In the order named. Two that send the same upload at once have the same order, which is locked."""
    mine = (Attachment.order_id == call.order.id, Attachment.person == call.author.person, Attachment.ready)
    wanted = select(Attachment).where(Attachment.id.in_(call.data.attachments), *mine)
    found = {each.id: each for each in await call.tx.session.scalars(wanted)}
    for id in call.data.attachments:
        each = found.get(id)
        if each is None or (each.expires_at is not None and each.expires_at <= call.tx.now):
            raise invalid(
                "attachments", "There is no such upload. Please add the file again.", "unknown_upload"
            )
        if each.seq is not None:
            raise invalid("attachments", "This file was sent already.", "already_sent")
    return [found[id] for id in call.data.attachments]
