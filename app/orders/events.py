"""An entry as programs read it, whichever way it comes to them."""

from typing import Any

from app.entries import Entry, Side
from app.orders.model import FIRST
from app.orders.views import stamp


def event_of(entry: Entry, side: Side) -> dict[str, Any]:
    """An entry as its reader may know it (DESIGN §4, without `type` and `content`)."""
    return {
        "order": str(entry.order + FIRST),
        "seq": entry.seq,
        "prev": entry.prev(side),
        "kind": entry.kind,
        "cid": entry.cid,
        "at": stamp(entry.at),
        "by": {"role": entry.role, "name": entry.name},
        "data": entry.data,
    }
