"""Everything about a customer as a ZIP: `data.json` and the files that it names, read while it is sent.

The customer gets what is theirs and what they were told; the owner's export has the team's notes, labels,
assignments and earlier versions of messages as well, since those are about the customer, too.
"""

import io
import logging
import zipfile
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, cast

import orjson

from app.context import Context
from app.errors import Problem
from app.orders.model import Order
from app.orders.views import stamp
from app.privacy.holding import Asking, Subject, Told
from app.privacy.holdings import HOLDINGS
from app.storage import Stored

logger = logging.getLogger(__name__)
FORMAT = "orderline-export-1"


class Sink(io.RawIOBase):
    """What a ZIP is written to; `take` gives out what has come since."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken, self._parts = b"".join(self._parts), []
        return taken


async def zipped(context: Context, subject: Subject, now: datetime, *, team: bool) -> AsyncIterator[bytes]:
    """The archive, piece by piece."""
    sink = Sink()
    files: list[tuple[str, str]] = []
    archive = zipfile.ZipFile(cast(Any, sink), "w", zipfile.ZIP_DEFLATED)
    with archive:
        with archive.open("data.json", "w", force_zip64=True) as data:
            async for piece in _json(context, subject, now, files, team=team):
                data.write(piece)
                yield sink.take()
        for name, key in files:
            stored = await _opened(context, key)
            if stored is not None:
                with archive.open(name, "w", force_zip64=True) as file:
                    async for piece in stored.chunks:
                        file.write(piece)
                        yield sink.take()
    yield sink.take()


async def _opened(context: Context, key: str) -> Stored | None:
    """None for a file that is lost, or gone since: the rest is not lost with it."""
    try:
        return await context.files.open(key)
    except Problem as problem:
        if problem.status != 404:
            raise
        logger.warning("a file of an export is not there: %s", key)
        return None


async def _json(
    context: Context, subject: Subject, now: datetime, files: list[tuple[str, str]], *, team: bool
) -> AsyncIterator[bytes]:
    head: Told = {"format": FORMAT, "shop": context.shop.name, "made_at": stamp(now)}
    async with context.db.read() as session:
        asking = Asking(session, subject, context.shop, team)
        for holding in HOLDINGS:
            head |= await holding.person(asking) if holding.person else {}
    yield orjson.dumps(head, option=orjson.OPT_INDENT_2)[:-2] + b',\n  "orders": ['
    for place, key in enumerate(subject.orders):
        told = await _order(context, subject, key, files, team=team)
        yield (b",\n" if place else b"\n") + orjson.dumps(told, option=orjson.OPT_INDENT_2)
    yield b"\n]}\n"


async def _order(
    context: Context, subject: Subject, key: int, files: list[tuple[str, str]], *, team: bool
) -> Told:
    told: Told = {}
    async with context.db.read() as session:
        asking = Asking(session, subject, context.shop, team)
        order = await session.get_one(Order, key)
        for holding in HOLDINGS:
            told |= await holding.order(asking, order) if holding.order else {}
            files += await holding.files(asking, order) if holding.files else []
    return told
