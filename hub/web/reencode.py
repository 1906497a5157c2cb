"""A photo from a phone becomes another one: decoded and written anew, with nothing of the old file but its picture.

This file is run as a process of its own for each photo (``pictures.py``): a decoder that is attacked ends with it, and
the limits below are the kernel's. It imports nothing of the house, and never runs in the hub.

Exit codes: 0 with a JPEG on standard output, ``TYPE`` no picture of these kinds, ``BROKEN`` damaged or cut short,
``LARGE`` too many pixels for the limits.
"""

from __future__ import annotations

import io
import resource
import sys
from typing import Any

TYPE, BROKEN, LARGE = 10, 11, 12
KINDS = ("JPEG", "PNG", "WEBP")
MAX_PIXELS = 64_000_000
"""Phones of today have up to 50 million in a file; a page of one colour with a billion is a few kilobytes of PNG."""
LONGEST_SIDE = 2560
"""Of the photo that is kept: scratches can be seen, and it is some hundred kilobytes."""
QUALITY = 85
MEMORY_BYTES = 1024 * 1024 * 1024
CPU_SECONDS = 20
ORIENTATION = 0x0112
"""The one tag of EXIF that is used, to turn the picture upright (CIPA DC-008, 4.6.5)."""


def reencode(data: bytes) -> bytes:
    """The picture as a JPEG of its own: upright, at most ``LONGEST_SIDE``, without EXIF, place, comment or profile.

    Raises:
        Exception: anything at all; ``main`` says what it means.
    """
    from PIL import Image  # noqa: PLC0415 - behind the limits

    Image.MAX_IMAGE_PIXELS = None  # looked at here, before anything is decoded
    with Image.open(io.BytesIO(data), formats=KINDS) as found:
        if found.width * found.height > MAX_PIXELS:
            raise MemoryError
        found.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        found.load()
        turned = _upright(found)
        turned.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        clean = Image.new("RGB", turned.size, "white")
        if turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info:
            layer = turned.convert("RGBA")
            clean.paste(layer, mask=layer.getchannel("A"))
        else:
            clean.paste(turned.convert("RGB"))
    out = io.BytesIO()
    clean.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def _upright(image: Any) -> Any:
    from PIL import Image  # noqa: PLC0415

    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    try:
        said = image.getexif().get(ORIENTATION)
    except Exception:  # a damaged tag does not make the picture a worse one
        said = None
    return image.transpose(turns[said]) if said in turns else image


def limit() -> None:
    """Give up what decoding does not need: memory, time, files, core dumps."""
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 32),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def main() -> int:
    """Standard input to standard output."""
    limit()
    data = sys.stdin.buffer.read()
    try:
        from PIL import UnidentifiedImageError  # noqa: PLC0415
    except ImportError:
        sys.stderr.write("Pillow is not installed\n")
        return 1
    try:
        picture = reencode(data)
    except MemoryError:
        return LARGE
    except UnidentifiedImageError:
        return TYPE
    except Exception:
        return BROKEN
    sys.stdout.buffer.write(picture)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
