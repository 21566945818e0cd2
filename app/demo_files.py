"""What people of the demo shop send each other: a drawn photo of a house, and a sheet of typefaces."""

import io

from PIL import Image, ImageDraw, ImageFont

WALL, JOINT, SKY, WOOD, INK = "#b5674a", "#c98468", "#b9d3e6", "#5b4130", "#2b2230"


def facade() -> bytes:
    """A brick front with a door, a window, and the place for a sign, as JPEG."""
    picture = Image.new("RGB", (1280, 960), SKY)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((60, 140, 1220, 900), fill=WALL)
    for row, y in enumerate(range(140, 900, 38)):
        draw.line((60, y, 1220, y), fill=JOINT, width=4)
        for x in range(60 + 48 * (row % 2), 1220, 96):
            draw.line((x, y, x, y + 38), fill=JOINT, width=4)
    draw.rectangle((40, 110, 1240, 150), fill="#6f4a3c")
    draw.rectangle((0, 900, 1280, 960), fill="#8d8a86")
    draw.rectangle((200, 470, 620, 780), fill="#22303a", outline=WOOD, width=18)
    draw.line((410, 470, 410, 780), fill=WOOD, width=12)
    draw.rectangle((800, 430, 1040, 900), fill=WOOD)
    draw.ellipse((1005, 660, 1025, 680), fill="#d8b45a")
    draw.rectangle((190, 220, 1050, 370), outline="#f6efe2", width=6)
    _written(draw, (620, 295), "180 cm", 84, "#f6efe2")
    return _saved(picture, "JPEG", quality=82)


def typefaces() -> bytes:
    """One page with a name in three sizes, as PDF."""
    page = Image.new("RGB", (827, 1169), "white")
    draw = ImageDraw.Draw(page)
    for number, size in enumerate((64, 48, 36)):
        y = 220 + number * 260
        _written(draw, (413, y), "Kaja Wiśniewska", size, INK)
        _written(draw, (413, y + size + 20), "Psychotherapie", round(size * 0.6), INK)
        draw.line((120, y + 150, 707, y + 150), fill="#d9d2cc", width=2)
    return _saved(page, "PDF")


def _written(draw: ImageDraw.ImageDraw, middle: tuple[int, int], text: str, size: int, color: str) -> None:
    draw.text(middle, text, fill=color, font=ImageFont.load_default(size), anchor="mm")


def _saved(picture: Image.Image, format: str, **options: int) -> bytes:
    kept = io.BytesIO()
    picture.save(kept, format, **options)
    return kept.getvalue()
