"""Saying how far one has read."""

from typing import Annotated

from pydantic import Field

from app.quotes.seeing import note_seen
from app.unread.actions import mark_unread, read_by_customer, read_by_member
from app.verb import EVERYBODY, TEAM, Call, Data, Done, Verb


class Read(Data):
    seq: Annotated[int, Field(strict=True, ge=0)]


async def read(call: Call) -> Done:
    """The caller has read up to `seq`; beyond the head it is the head, and positions only move forward."""
    if call.actor.member_id is not None:
        await read_by_member(call.tx, call.order, call.actor.member_id, call.data.seq)
    else:
        await read_by_customer(call.tx, call.order, call.data.seq)
        await note_seen(call.tx, call.order, call.author, call.data.seq)
    return Done(None, call.order.id)


async def mark(call: Call) -> Done:
    """Let the order be unread for the caller, and for nobody else, until they open or read it again."""
    assert call.actor.member_id is not None
    await mark_unread(call.tx, call.order, call.actor.member_id)
    return Done(None, call.order.id)


VERBS = (
    Verb("read", "/orders/{number}/read", EVERYBODY, read, Read),
    Verb("orders.unread", "/orders/{number}/unread", TEAM, mark),
)
