"""Pictures for the demo shop's products, drawn here: a shop without any would not show what it can."""

import io
from collections.abc import Callable
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont

SIZE, KEPT = (1600, 1200), (1000, 750)
FONT = Path(__file__).parent.parent / "static" / "vendor" / "DejaVuSansCondensed-Bold.ttf"
MIDDLE = SIZE[0] // 2


def pictures() -> dict[str, tuple[bytes, str]]:
    """By product: a JPEG, and what is to be seen on it."""
    return {
        "sign": (_jpeg(_sign), "A green shop sign with gold letters on a plastered wall"),
        "lettering": (_jpeg(_lettering), "White letters on a shop window at night"),
        "plate": (_jpeg(_plate), "A brass plate beside a door, with four screws"),
        "cards": (_jpeg(_cards), "A stack of thick business cards with black letters"),
    }


def _sign(picture: Image.Image, draw: ImageDraw.ImageDraw) -> None:
    _shade(picture, (230, 213, 196), (205, 183, 163))
    for x in (420, 1180):
        draw.line((x, 0, x, 330), fill=(70, 62, 58), width=12)
    _shadow(picture, (220, 340, 1400, 860))
    draw.rounded_rectangle((200, 320, 1400, 840), 60, fill=(24, 66, 54))
    draw.rounded_rectangle((235, 355, 1365, 805), 40, outline=(214, 170, 84), width=10)
    _words(draw, 530, "Hölzl & Töchter", 132, (224, 183, 100))
    _words(draw, 690, "seit 1932", 70, (224, 183, 100))


def _lettering(picture: Image.Image, draw: ImageDraw.ImageDraw) -> None:
    _shade(picture, (38, 52, 71), (16, 22, 33))
    glow = Image.new("RGB", SIZE, (0, 0, 0))
    ImageDraw.Draw(glow).ellipse((250, 420, 1350, 1300), fill=(214, 142, 66))
    picture.paste(Image.blend(picture, glow.filter(ImageFilter.GaussianBlur(160)), 0.45))
    draw.rectangle((0, 0, *SIZE), outline=(22, 18, 20), width=70)
    draw.rectangle((0, 860, SIZE[0], 900), fill=(22, 18, 20))
    _words(draw, 400, "Kaffee & Kuchen", 118, (246, 244, 238))
    _words(draw, 590, "Di–So  8 bis 18 Uhr", 68, (246, 244, 238))


def _plate(picture: Image.Image, draw: ImageDraw.ImageDraw) -> None:
    _shade(picture, (122, 112, 108), (88, 80, 78))
    _shadow(picture, (330, 350, 1310, 890))
    brass = Image.linear_gradient("L").resize((980, 540))
    light, dark = Image.new("RGB", (980, 540), (236, 204, 128)), Image.new("RGB", (980, 540), (176, 132, 58))
    picture.paste(Image.composite(light, dark, brass), (310, 330))
    draw.rectangle((310, 330, 1290, 870), outline=(140, 102, 40), width=6)
    for x, y in ((360, 380), (1240, 380), (360, 820), (1240, 820)):
        draw.ellipse((x - 22, y - 22, x + 22, y + 22), fill=(150, 112, 50), outline=(104, 76, 30), width=4)
        draw.line((x - 14, y, x + 14, y), fill=(90, 64, 24), width=6)
    _words(draw, 530, "Dr. A. Diallo", 120, (40, 30, 16))
    _words(draw, 680, "Praxis im 2. Stock", 68, (40, 30, 16))


def _cards(picture: Image.Image, draw: ImageDraw.ImageDraw) -> None:
    _shade(picture, (176, 196, 196), (140, 164, 166))
    _shadow(picture, (460, 470, 1370, 975))
    for step in range(9, -1, -1):
        left, top = 360 + step * 9, 330 + step * 13
        draw.rectangle(
            (left, top, left + 900, top + 500), fill=(246, 242, 232), outline=(214, 206, 190), width=3
        )
    _words(draw, 540, "Kaja Wiśniewska", 92, (44, 40, 42), 810)
    _words(draw, 650, "Architektin", 58, (150, 70, 60), 810)


def _jpeg(scene: Callable[[Image.Image, ImageDraw.ImageDraw], None]) -> bytes:
    picture, kept = Image.new("RGB", SIZE), io.BytesIO()
    scene(picture, ImageDraw.Draw(picture))
    picture.resize(KEPT).save(kept, "JPEG", quality=90)
    return kept.getvalue()


def _shade(picture: Image.Image, top: tuple[int, int, int], bottom: tuple[int, int, int]) -> None:
    """The light falls from above."""
    mask = Image.linear_gradient("L").resize(SIZE)
    picture.paste(Image.composite(Image.new("RGB", SIZE, bottom), Image.new("RGB", SIZE, top), mask))


def _shadow(picture: Image.Image, box: tuple[int, int, int, int], soft: int = 34) -> None:
    mask = Image.new("L", SIZE)
    ImageDraw.Draw(mask).rectangle(box, fill=120)
    picture.paste((30, 22, 24), mask=mask.filter(ImageFilter.GaussianBlur(soft)))


def _words(
    draw: ImageDraw.ImageDraw,
    y: int,
    text: str,
    size: int,
    color: tuple[int, int, int],
    x: int = MIDDLE,
) -> None:
    draw.text((x, y), text, font=_font(size), fill=color, anchor="mm")


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONT, size)
