"""Pictures that somebody sent: looked at, turned upright, made smaller, and written anew.

What comes out was drawn from the pixels alone: no place, no camera, no name, no second file behind the first.
"""

import asyncio
import io
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Literal

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from app.errors import Problem, invalid

Format = Literal["webp", "png", "jpeg"]

ORIENTATION = 0x0112
MOST_FRAMES = 200
GOOD = {"quality": 93}
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
MOST_PIXELS = 64_000_000
TYPES: dict[Format, str] = {"webp": "image/webp", "png": "image/png", "jpeg": "image/jpeg"}
OPTIONS: dict[Format, dict[str, Any]] = {
    "webp": {"quality": 84, "method": 4},
    "png": {"optimize": True},
    "jpeg": {"quality": 86, "progressive": True},
}
Image.MAX_IMAGE_PIXELS = MOST_PIXELS  # Pillow warns beyond this, and we refuse
# A picture may take some hundred megabytes while it is drawn, so there are never many at once.
DRAWERS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="pictures")
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in the bytes of `content_type`; width and height in pixels."""

    data: bytes
    content_type: str
    width: int
    height: int


async def checked(data: bytes, longest: int, format: Format = "webp") -> Picture:
    """The picture upright, no side longer than `longest` pixels, in sRGB, without metadata.

    It never gets larger than it was; of what moves, the first frame is taken; it is WebP unless another
    `format` is asked for (mails and old programs know PNG and JPEG alone).
    Raises Problem 422: not a picture that we know, broken, or of more than 64 million pixels.
    """
    return await asyncio.get_running_loop().run_in_executor(DRAWERS, _drawn, data, longest, format)


async def cleaned(data: bytes) -> Picture:
    """The picture in its own format and colours, as good as it was, without metadata; it may go on moving.

    A JPEG keeps how it lies on its side, and every one its colour profile: for printing, both matter.
    Width and height are those of the upright picture. Raises Problem 422 like `checked`.
    """
    return await asyncio.get_running_loop().run_in_executor(DRAWERS, _cleaned, data)


def _cleaned(data: bytes) -> Picture:
    with _reading(), Image.open(io.BytesIO(data), formats=FORMATS) as found:
        if found.width * found.height > MOST_PIXELS:
            raise _too_large()
        kind = "JPEG" if found.format == "MPO" else str(found.format)
        lies = found.getexif().get(ORIENTATION, 1) in (5, 6, 7, 8)
        width, height = (found.height, found.width) if lies else found.size
        return Picture(_kept(found, kind), f"image/{kind.lower()}", width, height)


def _kept(found: Image.Image, kind: str) -> bytes:
    exif, frames = Image.Exif(), _frames(found)
    if orientation := found.getexif().get(ORIENTATION):
        exif[ORIENTATION] = orientation
    found.seek(0)
    found.load()
    options: dict[str, Any] = {"exif": exif, "icc_profile": found.info.get("icc_profile")}
    if frames > 1:
        options |= {name: found.info[name] for name in ("loop", "duration") if name in found.info}
        options["save_all"] = True
    for name in ("comment", "xmp", "XML:com.adobe.xmp", "exif"):
        found.info.pop(name, None)
    kept = io.BytesIO()
    try:
        found.save(kept, kind, **options | ({"quality": "keep"} if found.format == "JPEG" else GOOD))
    except ValueError:  # its tables cannot be kept
        found.save(kept, kind, **options | GOOD)
    return kept.getvalue()


def _frames(found: Image.Image) -> int:
    """How many there are, drawn one by one: a small file may have millions, so never more than are taken."""
    number = 1
    if not getattr(found, "is_animated", False) or found.format == "MPO":
        return number
    most = min(MOST_FRAMES, MOST_PIXELS // max(1, found.width * found.height))
    with suppress(EOFError):
        while number <= most:
            found.seek(number)
            number += 1
    if number > most:
        raise _too_large()
    return number


def _drawn(data: bytes, longest: int, format: Format) -> Picture:
    with _reading():
        with Image.open(io.BytesIO(data), formats=FORMATS) as found:
            picture = _upright(found, longest, opaque=format == "jpeg")
        kept = io.BytesIO()
        picture.save(kept, format, **OPTIONS[format])
        return Picture(kept.getvalue(), TYPES[format], picture.width, picture.height)


@contextmanager
def _reading() -> Iterator[None]:
    """What decoders stumble over is said in our words."""
    try:
        yield
    except Problem:
        raise
    except UnidentifiedImageError:
        raise invalid("picture", "This is not a picture that we know.", "no_picture") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large() from None
    except Exception as error:  # decoders raise whatever a broken file makes them stumble over
        logger.info("a picture was not read: %s", error)
        raise invalid("picture", "This picture is broken.", "broken_picture") from error


def _upright(found: Image.Image, longest: int, *, opaque: bool) -> Image.Image:
    """The size is known before a pixel is unpacked, and JPEGs are unpacked small."""
    if found.width * found.height > MOST_PIXELS:
        raise _too_large()
    found.draft(None, (longest, longest))
    found.load()
    picture = _in_srgb(ImageOps.exif_transpose(found), opaque=opaque)
    picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    picture.info.clear()
    return picture


def _in_srgb(picture: Image.Image, *, opaque: bool) -> Image.Image:
    profile = picture.info.get("icc_profile")
    if picture.mode not in ("RGB", "CMYK") or not profile:
        return _plain(picture, opaque=opaque)
    try:
        given, wanted = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
        shown = ImageCms.profileToProfile(picture, given, wanted, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        shown = None
    return shown if shown is not None else _plain(picture, opaque=opaque)


def _plain(picture: Image.Image, *, opaque: bool) -> Image.Image:
    """Red, green and blue, with what shines through unless it must be `opaque`, on white then."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    clear = picture.convert("RGBA")
    if not opaque:
        return clear
    white = Image.new("RGBA", clear.size, "white")
    return Image.alpha_composite(white, clear).convert("RGB")


def _too_large() -> Problem:
    return invalid("picture", "This picture has too many pixels.", "too_many_pixels")
