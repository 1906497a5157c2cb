"""Only a picture becomes a photo: decoded, made smaller, written anew without what the camera wrote beside it."""

from __future__ import annotations

import contextlib
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from drivers import pictures
from rma_station.errors import Malformed


def made(kind: str, size: tuple[int, int] = (300, 200), mode: str = "RGB", **more: object) -> bytes:
    """A picture of one colour."""
    written = io.BytesIO()
    Image.new(mode, size, "red").save(written, kind, **more)  # type: ignore[arg-type]
    return written.getvalue()


def opened(data: bytes) -> Image.Image:
    """What was written."""
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize(
    ("kind", "mode"), [("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK"), ("PNG", "RGBA"), ("PNG", "P"), ("WEBP", "RGB")]
)
def test_every_kind_becomes_a_plain_jpeg(kind: str, mode: str) -> None:
    """Whatever its colours are made of."""
    result = opened(pictures.jpeg(made(kind, mode=mode)))

    assert (result.format, result.mode, result.size) == ("JPEG", "RGB", (300, 200))


def test_it_is_upright_small_enough_and_says_nothing_of_the_camera() -> None:
    """The place and the owner's name stay behind; a picture lying on its side is turned."""
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: turn it to the right
    exif[0x013B] = "Anna Nowak"
    exif.get_ifd(0x8825)[2] = (52.0, 13.0, 7.0)  # GPS latitude
    data = made("JPEG", (4000, 3000), exif=exif, comment=b"secret", icc_profile=b"profile of a camera")

    written = pictures.jpeg(data)
    result = opened(written)

    assert result.size == (1536, 2048)
    assert dict(result.getexif()) == {}
    assert not {"exif", "comment", "icc_profile"} & set(result.info)
    assert b"Anna" not in written
    assert b"secret" not in written


def test_see_through_is_white() -> None:
    """Not black, as it would be without care."""
    data = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(data, "PNG")

    assert opened(pictures.jpeg(data.getvalue())).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"\xff\xd8\xff" + bytes(500),
        made("JPEG")[:400],
        made("GIF", mode="P"),
        made("TIFF"),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7\n",
    ],
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    """Cut short, another format, or nothing at all."""
    with pytest.raises(Malformed):
        pictures.jpeg(data)


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    """A few bytes that say they are 100 million pixels; and more bytes than any picture has."""
    bomb = made("PNG", (10_000, 10_000), "1")
    assert len(bomb) < 100_000

    with pytest.raises(Malformed, match="10000 x 10000"):
        pictures.jpeg(bomb)
    with pytest.raises(Malformed, match="MB"):
        pictures.jpeg(bytes(pictures.MOST_BYTES + 1))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([b"", made("JPEG")[:60], made("PNG")[:60], made("WEBP")[:40]]))
def test_random_bytes_never_raise_anything_else(tail: bytes, head: bytes) -> None:
    """Whatever a decoder makes of them."""
    with contextlib.suppress(Malformed):
        assert opened(pictures.jpeg(head + tail)).format == "JPEG"
