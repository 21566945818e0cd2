"""Pictures to upload as a logo."""

import io

from PIL import Image, ImageDraw


def picture(width: int = 300, height: int = 100, format: str = "PNG", color: str = "#00785a") -> bytes:
    drawn = Image.new("RGB", (width, height), "white")
    ImageDraw.Draw(drawn).ellipse((0, 0, width - 1, height - 1), fill=color)
    kept = io.BytesIO()
    drawn.save(kept, format)
    return kept.getvalue()


def size_of(data: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(data)) as found:
        return found.size
