"""Pictures of products: drawn anew in two sizes, under public addresses that are made of their content.

A row comes first and its files after it, and goes after them; a picture that no product shows is loose, and
swept after a while. Whoever sends one again just then gets another address, which is made of chance.
"""

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from sqlalchemy import String, case, cast, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from app.catalogue.model import Picture, Product
from app.catalogue.views import LARGE, SMALL, PictureView
from app.db import Database, Transaction, insert_into
from app.errors import Problem
from app.pictures import checked
from app.storage import Storage

SIZES = {"large": LARGE, "small": SMALL}
MOST_BYTES = 15 * 1024 * 1024
LOOSE_FOR = timedelta(days=2)
AT_ONCE = 10
LEASE = timedelta(minutes=10)  # longer than ten pictures take, however slow the store is
ID = re.compile(r"[0-9a-f]{32}")
KEPT = Picture.drop_at.is_(None)
FOR_GOOD = {"Cache-Control": "public, max-age=31536000, immutable"}


async def picture(request: Request) -> Response:
    """One of its sizes, for everybody. The address says what is in it, so browsers keep it for good."""
    key, size = request.path_params["id"], request.path_params["size"]
    if not ID.fullmatch(key) or size not in SIZES:
        raise Problem("not_found", "There is nothing here.")
    data = await request.app.state.context.files.read(_file(key, size))
    return Response(data, media_type="image/webp", headers=FOR_GOOD)


async def keep(db: Database, files: Storage, data: bytes) -> PictureView:
    """Check, draw and store what somebody sent; the same picture twice is one. Raises 413, 422 and 503."""
    if len(data) > MOST_BYTES:
        raise Problem("too_large", "A picture may have 15 MB at most.")
    drawn = {size: await checked(data, longest) for size, longest in SIZES.items()}
    large = drawn["large"]
    row = Picture(id=hashlib.sha256(large.data).hexdigest()[:32], width=large.width, height=large.height)
    async with db.transaction() as tx:
        row.loose_since = tx.now
        if not await _note(tx, row):
            row.id = token_hex(16)  # what is being deleted under the other must not be these files
            await _note(tx, row)
    key = row.id
    for size, each in drawn.items():
        await files.put(_file(key, size), each.data, each.content_type)
    return PictureView(key, "", large.width, large.height)


async def views(session: AsyncSession, pictures: Sequence[Mapping[str, Any]]) -> list[PictureView]:
    """Those of {id, alt} that are stored, to look at."""
    ids = [picture["id"] for picture in pictures if ID.fullmatch(picture["id"])]
    rows = await session.scalars(select(Picture).where(Picture.id.in_(ids), KEPT)) if ids else ()
    found = {row.id: row for row in rows}
    return [
        PictureView(each["id"], each["alt"], row.width, row.height)
        for each in pictures
        if (row := found.get(each["id"]))
    ]


async def attach(tx: Transaction, ids: Collection[str]) -> dict[str, Picture]:
    """These are shown from now on; what of them is known."""
    if not ids:
        return {}
    known = update(Picture).where(Picture.id.in_(ids), KEPT).values(loose_since=None).returning(Picture)
    return {found.id: found for found in await tx.session.scalars(known)}


async def loosen(tx: Transaction, ids: Collection[str]) -> None:
    """No product shows these any more, as far as one knows: the sweep looks once again."""
    if ids:
        await tx.session.execute(update(Picture).where(Picture.id.in_(ids)).values(loose_since=tx.now))


async def sweep(db: Database, files: Storage, now: datetime) -> None:
    """Delete what has been loose for long; what some product shows after all is tied again.

    Files are deleted outside of any transaction, since the store may be slow or away. Raises Problem 503
    then; the rows stay, so that a later sweep tries again.
    """
    for key in await _claim(db, now):
        for size in SIZES:
            await files.delete(_file(key, size))
        async with db.transaction(now) as tx:
            await tx.session.execute(delete(Picture).where(Picture.id == key, Picture.drop_at.is_not(None)))


async def _claim(db: Database, now: datetime) -> Sequence[str]:
    """Some pictures whose files this worker is to delete; no other tries before their next `drop_at`."""
    due = (Picture.loose_since < now - LOOSE_FOR, or_(Picture.drop_at.is_(None), Picture.drop_at <= now))
    async with db.read() as session:
        found = list(await session.scalars(select(Picture.id).where(*due).limit(AT_ONCE)))
    if not found:
        return ()
    async with db.transaction(now) as tx:
        shown = await _shown(tx, found)
        await attach(tx, shown)
        rest = [key for key in found if key not in shown]
        ours = update(Picture).where(Picture.id.in_(rest), *due).values(drop_at=now + LEASE)
        return (await tx.session.scalars(ours.returning(Picture.id))).all()


async def _shown(tx: Transaction, ids: Collection[str]) -> list[str]:
    """Which of these some product has, archived ones too."""
    text = cast(Product.pictures, String)
    rows = await tx.session.scalars(select(Product.pictures).where(or_(*(text.contains(key) for key in ids))))
    known = {each["id"] for pictures in rows for each in pictures}
    return [key for key in ids if key in known]


async def _note(tx: Transaction, row: Picture) -> bool:
    """Its row; of one that is known and loose, the time counts anew. False: its files are being deleted."""
    values = {name: getattr(row, name) for name in ("id", "width", "height", "loose_since")}
    again = case((Picture.loose_since.is_(None), None), else_=tx.now)
    noted = (
        insert_into(tx.session, Picture)
        .values(values)
        .on_conflict_do_update(index_elements=[Picture.id], set_={"loose_since": again}, where=KEPT)
    )
    return await tx.session.scalar(noted.returning(Picture.id)) is not None


def _file(key: str, size: str) -> str:
    return f"pictures/{key}/{size}.webp"
