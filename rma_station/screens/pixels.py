"""A photo in a terminal: two pixels in every character, each of its own colour; shades of signs on a Linux console.

Rough, but a crack, a tear and the wrong product are seen; the hub has the photo itself.
"""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.style import Style

from rma_station.screens.picture import Line

if TYPE_CHECKING:
    from PIL.Image import Image as Pixels

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = 64_000_000
MOST_DECODED = 40_000_000
"""Bytes a decoder may need here, beside the work of the bench. A photo as benches and phones keep it, a JPEG of at most
2560 pixels, needs a tenth."""
SHADES = " .:-=+*#%@"
"""From dark to light, on a dark screen; every font has them."""
_HALF = "▀"
_JPEG = b"\xff\xd8"
_FRAMES = {0xC0: False, 0xC1: False, 0xC2: True, 0xC9: False, 0xCA: True}
"""Segments that begin a frame: whether it is progressive."""
_START_OF_SCAN, _FILL = 0xDA, 0xFF
_MOST_COMPONENTS = 4


class NoPixels(Exception):
    """The bytes are no picture that can be shown."""


class TooLarge(NoPixels):
    """They may be one, and it would take more memory than a bench has to spare."""


def lines(data: bytes, width: int, height: int, *, shades: bool) -> list[Line]:
    """The photo in at most so many cells. Decodes, so not on the app's thread.

    Args:
        data: JPEG, PNG or WebP.
        width: cells.
        height: lines; each shows two rows of pixels.
        shades: signs instead of colours.

    Raises:
        TooLarge: it is not decoded.
        NoPixels: it cannot be read.
    """
    from PIL import Image  # noqa: PLC0415  not before the first photo is looked at

    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            whole = opened.width * opened.height
            opened.draft("RGB", (width * 2, height * 4))
            if whole > MOST_PIXELS or _needed(opened, whole, data) > MOST_DECODED:
                raise TooLarge(f"{whole} pixels")
            small = opened.convert("RGB")
            small.thumbnail((max(width, 1), max(2 * height, 2)))
            wide, tall, raw = small.width, small.height, small.tobytes()
    except NoPixels:
        raise
    except Exception as error:  # a decoder raises whatever the bytes make it
        raise NoPixels(type(error).__name__) from None
    return [_line(raw, wide, tall, row, shades=shades) for row in range(0, tall, 2)]


def _needed(opened: Pixels, whole: int, data: bytes) -> int:
    """Bytes, at most, of decoding a picture of ``whole`` pixels that was asked for smaller (Pillow can for JPEG only).

    Twice four bytes a pixel: as it is decoded, and as it is converted. WebP keeps two frames and a copy besides; a
    JPEG in several scans keeps the coefficients of all pixels, two bytes for each component, however small.
    """
    needed = 8 * opened.width * opened.height
    if opened.format == "WEBP":
        return 3 * needed
    return needed + 2 * whole * (_kept_whole(data) if data.startswith(_JPEG) else 0)


def _kept_whole(data: bytes) -> int:
    """Components of a JPEG that stay in memory until the last scan: all, unless the first scan has all of them.

    Its segments up to that scan (ITU-T T.81, annex B); where they cannot be followed, the most there can be.
    """
    at, components, progressive = len(_JPEG), _MOST_COMPONENTS, False
    while data[at : at + 1] == b"\xff" and at + 9 < len(data):
        kind = data[at + 1]
        if kind == _START_OF_SCAN:
            return components if progressive or data[at + 4] < components else 0
        if kind in _FRAMES:
            components, progressive = data[at + 9], _FRAMES[kind]
        at += 1 if kind == _FILL else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return _MOST_COMPONENTS


def _line(raw: bytes, wide: int, tall: int, row: int, *, shades: bool) -> Line:
    spans = []
    for column in range(wide):
        upper = raw[3 * (row * wide + column) : 3 * (row * wide + column) + 3]
        below = min(row + 1, tall - 1) * wide + column
        lower = raw[3 * below : 3 * below + 3]
        if shades:
            light = (sum(upper) + sum(lower)) * (len(SHADES) - 1) // (6 * 255)
            spans.append((SHADES[light], "strong"))
        else:
            spans.append((_HALF, f"#{_coarse(upper)}#{_coarse(lower)}"))
    return tuple(spans)


def _coarse(pixel: bytes) -> str:
    """A colour in steps of 8, so that there are few styles."""
    return "".join(f"{value & 0xF8:02x}" for value in pixel)


@lru_cache(maxsize=4096)
def style(role: str) -> Style:
    """The style of a role that is two colours, ``#rrggbb#rrggbb``: upper and lower half."""
    return Style(color=role[:7], bgcolor=role[7:])
