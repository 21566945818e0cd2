"""Files that arrive: looked at, stored, and then there for one person to send with a message of one order."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_hex
from typing import IO

import anyio.to_thread
from sqlalchemy import func, or_, select, update

from app import access
from app.attachments.model import LARGEST, Attachment
from app.attachments.names import cleaned
from app.attachments.types import PICTURES, SUFFIXES, type_of
from app.author import Actor
from app.context import Context
from app.db import Transaction
from app.errors import Problem
from app.pictures import Picture, checked
from app.pictures import cleaned as without_metadata

LASTS = timedelta(hours=24)
ARRIVES = timedelta(hours=1)
MOST_UNSENT = 250 * 1024 * 1024  # bytes that wait for one person's messages
MOST_OF_ORDER = 1024 * 1024 * 1024  # bytes of one order's files, whoever sent them
PREVIEW = 960  # pixels of the longer side, for screens with two of theirs to one of ours
# Each takes a file's size in memory while it is looked at.
_arriving = asyncio.BoundedSemaphore(4)


@dataclass(frozen=True, slots=True)
class Arrived:
    """What a file turned out to be. A picture has been written anew, without what it told."""

    name: str
    type: str
    size: int
    content: bytes | IO[bytes]
    picture: Picture | None
    preview: Picture | None


async def take(context: Context, actor: Actor, number: object, name: str, file: IO[bytes]) -> Attachment:
    """Store a file for this person to send. Nobody else sees it before, and nothing of it if this fails.

    Raises Problem: 403 and 404 as for messages, 413 beyond 25 MB or 1 GB of the order, 422 for what is not
    taken, 429.
    """
    access.check_writes(actor)
    async with context.db.read() as session:
        order = await access.order_for(session, actor, number)
    await context.limits.upload(actor.as_author(order))
    async with _arriving:
        arrived = await _look(name, file)
        found = await _announce(context, actor, number, arrived)
        await context.files.put(found.key, arrived.content, found.type)
        if arrived.preview:
            await context.files.put(found.preview_key, arrived.preview.data, arrived.preview.content_type)
        async with context.db.transaction() as tx:
            here = update(Attachment).where(Attachment.id == found.id)
            kept = await tx.session.scalar(
                here.values(ready=True, expires_at=tx.now + LASTS).returning(Attachment.id)
            )
        if kept is None:
            await _take_back(context, found)
    return found


async def _take_back(context: Context, found: Attachment) -> None:
    """The customer was deleted while their file was stored, and nobody knows of it any more."""
    for key in (found.key, found.preview_key):
        await context.files.delete(key)
    raise Problem("not_found", "There is no such order.")


async def drop(context: Context, actor: Actor, number: object, id: int) -> None:
    """Forget an upload that was not sent. Raises 403 and 404."""
    access.check_writes(actor)
    async with context.db.transaction() as tx:
        order = await access.order_for(tx.session, actor, number)
        wanted = select(Attachment).where(Attachment.id == id, Attachment.order_id == order.id)
        mine = wanted.where(Attachment.person == actor.as_author(order).person, Attachment.seq.is_(None))
        found = await tx.session.scalar(mine.with_for_update())
        if found is None:
            raise Problem("not_found", "There is no such file.")
        found.expires_at = tx.now - LASTS  # for the worker to take away


async def _look(name: str, file: IO[bytes]) -> Arrived:
    size = await anyio.to_thread.run_sync(file.seek, 0, 2)
    if size > LARGEST:
        raise Problem("too_large", "A file may have 25 MB.")
    kind = await anyio.to_thread.run_sync(type_of, file)
    await anyio.to_thread.run_sync(file.seek, 0)
    if kind not in PICTURES:
        return Arrived(cleaned(name, SUFFIXES[kind]), kind, size, file, None, None)
    data = await anyio.to_thread.run_sync(file.read)
    picture, preview = await without_metadata(data), await checked(data, PREVIEW)
    name = cleaned(name, SUFFIXES[picture.content_type])
    return Arrived(name, picture.content_type, len(picture.data), picture.data, picture, preview)


async def _announce(context: Context, actor: Actor, number: object, arrived: Arrived) -> Attachment:
    async with context.db.transaction() as tx:
        actor = await access.still(tx.session, actor)
        order = await access.order_for(tx.session, actor, number)
        person = actor.as_author(order).person
        await _refuse_hoards(tx, person, arrived.size)
        await _refuse_beyond(tx, order.id, arrived.size)
        found = Attachment(
            order_id=order.id,
            person=person,
            name=arrived.name,
            type=arrived.type,
            size=arrived.size,
            width=arrived.picture.width if arrived.picture else None,
            height=arrived.picture.height if arrived.picture else None,
            key=f"attachments/{token_hex(16)}",
            preview=arrived.preview is not None,
            ready=False,
            created_at=tx.now,
            expires_at=tx.now + ARRIVES,
        )
        tx.session.add(found)
        await tx.session.flush()
        return found


async def _refuse_hoards(tx: Transaction, person: str, size: int) -> None:
    waits = select(func.sum(Attachment.size))
    waits = waits.where(Attachment.person == person, Attachment.seq.is_(None), Attachment.expires_at > tx.now)
    if (await tx.session.scalar(waits) or 0) + size > MOST_UNSENT:
        detail = "Many of your files wait to be sent. Send them, or take some away, and try again."
        raise Problem("rate_limited", detail, retry_after=60)


async def _refuse_beyond(tx: Transaction, order_id: int, size: int) -> None:
    """What waits counts as if it were sent, so that it can be."""
    there = or_(Attachment.seq.is_not(None), Attachment.expires_at > tx.now)
    held = select(func.sum(Attachment.size)).where(Attachment.order_id == order_id, there)
    if (await tx.session.scalar(held) or 0) + size > MOST_OF_ORDER:
        raise Problem("too_large", "All files of one order together may have 1 GB, and this one is too much.")
