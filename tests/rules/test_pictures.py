"""Pictures are looked at, turned upright, made smaller and written anew; anything else is refused."""

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import GifImagePlugin, Image, ImageCms, PngImagePlugin

from app.errors import Problem
from app.pictures import MOST_PIXELS, checked, cleaned


def picture(
    format: str = "PNG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **options: Any
) -> bytes:
    kept = io.BytesIO()
    Image.new(mode, size, "red").save(kept, format, **options)
    return kept.getvalue()


def located() -> Image.Exif:
    """As a phone writes it: turned by a quarter, with a camera and a place."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[1] = "N-SecretPlace"
    return exif


def claiming(width: int, height: int) -> bytes:
    """A PNG whose head claims a size; its pixels are a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 10_000))
        + chunk(b"IEND", b"")
    )


async def refused(data: bytes) -> str:
    with pytest.raises(Problem) as problem:
        await checked(data, 100)
    assert problem.value.status == 422
    return problem.value.errors[0].code


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
async def test_it_gets_smaller_never_larger(format: str) -> None:
    small, large = await checked(picture(format), 100), await checked(picture(format, (600, 400)), 100)
    assert (small.width, small.height) == (60, 40)
    assert (large.width, large.height) == (100, 67)
    for found in small, large:
        with Image.open(io.BytesIO(found.data)) as shown:
            assert (shown.format, shown.size) == ("WEBP", (found.width, found.height))
    assert small.content_type == "image/webp"


async def test_a_phone_s_picture_stands_upright_and_says_nothing_of_where() -> None:
    data = picture("JPEG", (600, 400), exif=located(), comment=b"SecretComment")
    assert b"Secret" in data
    for format in ("webp", "png", "jpeg"):
        found = await checked(data, 300, format)
        assert (found.width, found.height) == (200, 300)
        assert b"Secret" not in found.data
        with Image.open(io.BytesIO(found.data)) as shown:
            assert not shown.getexif()
            assert not {"comment", "exif", "xmp", "icc_profile"} & set(shown.info)


async def test_words_inside_a_png_are_gone() -> None:
    words = PngImagePlugin.PngInfo()
    words.add_text("Author", "SecretAuthor")
    words.add_itxt("XML:com.adobe.xmp", "<x>SecretXmp</x>")
    found = await checked(picture(pnginfo=words), 100, "png")
    assert b"Secret" not in found.data


async def test_what_stands_behind_the_picture_is_gone() -> None:
    found = await checked(picture("GIF") + b"<script>alert(1)</script>", 100)
    assert b"script" not in found.data


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
async def test_every_kind_of_pixel_is_drawn(mode: str) -> None:
    kept = io.BytesIO()
    Image.new(mode, (30, 20)).save(kept, "JPEG" if mode == "CMYK" else "PNG")
    for format in ("webp", "png", "jpeg"):
        assert (await checked(kept.getvalue(), 10, format)).width == 10


async def test_what_shines_through_is_white_where_it_cannot() -> None:
    kept = io.BytesIO()
    Image.new("RGBA", (4, 4), (255, 0, 0, 0)).save(kept, "PNG")
    clear, white = await checked(kept.getvalue(), 10), await checked(kept.getvalue(), 10, "jpeg")
    with Image.open(io.BytesIO(clear.data)) as shown:
        assert shown.convert("RGBA").getpixel((1, 1))[3] == 0  # type: ignore[index]
    with Image.open(io.BytesIO(white.data)) as shown:
        assert shown.getpixel((1, 1)) == (255, 255, 255)


async def test_colours_of_another_space_are_kept_as_they_look() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert (await checked(picture("JPEG", icc_profile=profile), 50)).width == 50
    assert (await checked(picture("JPEG", icc_profile=b"no profile"), 50)).width == 50


@pytest.mark.parametrize(
    "data",
    [b"", b"x", b"GIF89a=1;alert(1)", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7\n",
     b"MZ\x90\0",
     b"<html><img src=x>", b"BM" + b"\0" * 100, b"II*\0" + b"\0" * 100],
)  # fmt: skip
async def test_what_is_no_picture_is_refused(data: bytes) -> None:
    assert await refused(data) in ("no_picture", "broken_picture")


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
async def test_half_a_picture_is_refused(format: str) -> None:
    noise = Image.effect_noise((200, 200), 90).convert("RGB")
    kept = io.BytesIO()
    noise.save(kept, format)
    data = kept.getvalue()
    for share in (0.3, 0.9):
        assert await refused(data[: int(len(data) * share)]) in ("no_picture", "broken_picture")


async def test_a_picture_that_would_fill_the_memory_is_refused_by_its_head() -> None:
    for width, height in ((8001, 8000), (60_000, 60_000), (2**31 - 1, 2**31 - 1), (0, 5)):
        assert await refused(claiming(width, height)) in ("too_many_pixels", "no_picture", "broken_picture")
    assert await refused(claiming(8001, 8000)) == "too_many_pixels"
    assert MOST_PIXELS == 8000 * 8000


async def test_of_a_picture_that_moves_no_more_is_drawn_than_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    frames = [Image.new("P", (4000, 4000), shade) for shade in range(12)]
    kept = io.BytesIO()
    frames[0].save(kept, "GIF", save_all=True, append_images=frames[1:])
    drawn: list[int] = []
    seek = GifImagePlugin.GifImageFile.seek

    def counted(self: GifImagePlugin.GifImageFile, frame: int) -> None:
        drawn.append(frame)
        seek(self, frame)

    monkeypatch.setattr(GifImagePlugin.GifImageFile, "seek", counted)
    with pytest.raises(Problem) as problem:
        await cleaned(kept.getvalue())
    assert problem.value.errors[0].code == "too_many_pixels"
    assert max(drawn) <= MOST_PIXELS // (4000 * 4000)


async def test_what_is_written_anew_as_it_was_may_not_be_larger_either() -> None:
    with pytest.raises(Problem) as problem:
        await cleaned(claiming(8001, 8000))
    assert problem.value.errors[0].code == "too_many_pixels"
