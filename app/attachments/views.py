"""An attachment as entries keep it and programs read it."""

from typing import Any

from app.attachments.model import Attachment
from app.orders.model import FIRST

API = "/api/v1"


def described(found: Attachment) -> dict[str, Any]:
    """`url` is where a program gets it; `width` and `height` are there for pictures."""
    about: dict[str, Any] = {
        "id": found.id,
        "name": found.name,
        "type": found.type,
        "size": found.size,
        "url": f"{API}/orders/{found.order_id + FIRST}/files/{found.id}",
    }
    if found.width is not None:
        about |= {"width": found.width, "height": found.height}
    return about


def named(attachments: list[dict[str, Any]]) -> str:
    """What stands for them where there is only a line of text."""
    return ", ".join(attachment["name"] for attachment in attachments)


def with_files(text: str, attachments: list[dict[str, Any]]) -> str:
    """What a message says, and the names of what came with it."""
    return "\n".join(filter(None, (text, f"📎 {named(attachments)}" if attachments else "")))


def said(text: str, attachments: list[dict[str, Any]]) -> str:
    """What a message says where there is only a line of text: its words, else what came with it."""
    return text or f"📎 {named(attachments)}"
