"""A picture as the record keeps it: JPEG, upright, at most 2048 pixels, and nothing about the camera.

Bytes from outside are decoded here, in a device's thread, and written anew: what is not a picture never gets further,
and neither does what a camera writes beside it (EXIF: place, owner, serial number). Pillow is loaded with the first
picture.
"""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

from rma_station.errors import Malformed

if TYPE_CHECKING:
    from PIL.Image import Image as Pixels

MIME = "image/jpeg"
FORMATS = ("JPEG", "PNG", "WEBP")
"""Only these decoders are tried, by the first bytes; a name says nothing."""
MOST_BYTES = 40 * 1024 * 1024
MOST_PIXELS = 64_000_000
"""More is no camera we know: a few bytes that would fill the memory."""
LONGEST = 2048
"""Pixels of the longer side: a scratch is seen, and a day's photos go up in minutes."""
QUALITY = 82


def jpeg(data: bytes) -> bytes:
    """The picture as it is kept. Takes some 0.1 s; the GIL is free meanwhile.

    Raises:
        Malformed: it is no JPEG, PNG or WebP, is cut short, or is larger than any camera's.
    """
    from PIL import ImageOps  # noqa: PLC0415  not before the first picture

    if len(data) > MOST_BYTES:
        raise Malformed(f"a picture of {len(data) // 2**20} MB; at most {MOST_BYTES // 2**20} MB")
    try:
        with warnings.catch_warnings(), _opened(data) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise Malformed(f"a picture of {opened.width} x {opened.height} pixels")
            opened.draft("RGB", (LONGEST, LONGEST))
            upright = ImageOps.exif_transpose(opened)
            upright.thumbnail((LONGEST, LONGEST))
            plain = _flat(upright)
            written = io.BytesIO()
            plain.save(written, "JPEG", quality=QUALITY)
    except Malformed:
        raise
    except Exception as error:  # decoders raise whatever the bytes make them
        raise Malformed(f"not a picture that can be read ({type(error).__name__}: {str(error)[:80]})") from None
    return written.getvalue()


def _opened(data: bytes) -> Pixels:
    from PIL import Image  # noqa: PLC0415

    warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower; a screen owns stderr
    return Image.open(io.BytesIO(data), formats=FORMATS)


def _flat(image: Pixels) -> Pixels:
    """Pixels alone, on white where they are transparent: a new image has nothing of the old one's notes."""
    from PIL import Image  # noqa: PLC0415

    if image.mode not in ("RGBA", "LA", "PA") and "transparency" not in image.info:
        flat = image.convert("RGB")
        flat.info.clear()
        return flat
    white = Image.new("RGB", image.size, "white")
    seen = image.convert("RGBA")
    white.paste(seen, mask=seen.getchannel("A"))
    return white
