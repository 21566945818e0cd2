"""What the document says of files: how one is sent, and that an answer is one."""

from typing import Any

UPLOAD = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": {"type": "string", "format": "binary"}},
            }
        }
    },
}
PARTS: dict[str, Any] = {
    "206": {"description": "The part that `Range` asks for.", "content": {"*/*": {"schema": {}}}},
    "416": {"description": "`Range` asks for what is not there."},
}
ANY = "*/*"


def answers(media_type: str) -> dict[str, Any]:
    """The bytes of a file of this type; of any type, also in parts."""
    whole: dict[str, Any] = {"description": "The file.", "content": {media_type: {"schema": {}}}}
    unchanged = {"description": "As it was with this `ETag`."}
    return {"200": whole, "304": unchanged} | (PARTS if media_type == ANY else {})
