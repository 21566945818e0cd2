"""The shop's logo: drawn anew from what was uploaded, once for pages and once, smaller, for mails.

Mails carry it along: an address in them would tell the server when somebody opens one.
"""

import hashlib
import logging
from typing import Final

from app.audit.recording import record
from app.author import Actor
from app.db import Database
from app.errors import Problem
from app.pictures import checked
from app.shop import Logo, put
from app.storage import Storage

LONGEST: Final = 640  # pixels; it is shown 40 high at most, on screens of twice the density
LONGEST_IN_MAILS: Final = 320
logger = logging.getLogger(__name__)
_kept: dict[str, bytes] = {}


async def change(db: Database, storage: Storage, actor: Actor, data: bytes | None) -> None:
    """Another logo; None: none any more. Raises 422 for what is no picture, also for SVG, which can act."""
    assert db.shop is not None
    before, logo = db.shop.logo, None
    if data is not None:
        logo = await _stored(storage, data)
    async with db.transaction() as tx:
        if await put(tx.session, {"logo": _fact(logo)}):
            record(tx, actor, "shop_settings", fields=["logo"])
    if before is not None and before != logo:
        for key in (before.key, in_mails(before.key)):
            await storage.delete(key)


def in_mails(key: str) -> str:
    return key.replace(".png", "-mail.png")


async def for_mails(storage: Storage, logo: Logo) -> bytes | None:
    """The picture that mails carry; None when it cannot be had now: they are readable without."""
    key = in_mails(logo.key)
    if key not in _kept:
        try:
            found = await storage.read(key)
        except Problem as problem:
            logger.warning("a mail goes without the logo: %s", problem.detail)
            return None
        _kept.clear()
        _kept[key] = found
    return _kept[key]


async def _stored(storage: Storage, data: bytes) -> Logo:
    picture = await checked(data, LONGEST, "png")
    small = await checked(data, LONGEST_IN_MAILS, "png")
    key = f"brand/{hashlib.sha256(picture.data).hexdigest()[:16]}.png"
    await storage.put(key, picture.data, picture.content_type)
    await storage.put(in_mails(key), small.data, small.content_type)
    return Logo(key, picture.content_type, picture.width, picture.height)


def _fact(logo: Logo | None) -> str:
    return f"{logo.key} {logo.content_type} {logo.width} {logo.height}" if logo else ""
