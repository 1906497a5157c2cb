"""``clean()``: the one gate for text from outside (scans, feed, files, provider errors).

What passes can be shown on a terminal, written into a log or printed without commanding anything: control
characters of C0 and C1, DEL, bidirectional overrides and zero-width characters become a visible sign.
Source of the list: ECMA-48 (C0, C1), Unicode UAX #9 (bidirectional formatting characters).
"""

from __future__ import annotations

import re

_BIDI_AND_INVISIBLE = "\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
_UNSAFE = re.compile(f"[\x00-\x1f\x7f-\x9f\ud800-\udfff{_BIDI_AND_INVISIBLE}\U000e0000-\U000e007f]")
_PICTURES = {0x1B: "␛", 0x1D: "␝", 0x1E: "␞", 0x0A: "␊", 0x0D: "␍", 0x09: "␉"}
REPLACEMENT = "·"
_FORMULA = re.compile('(?:^|(?<=;))(?=[ "]*[=+@\uff1d\uff0b\uff0d\uff20-])')
"""Where a spreadsheet would begin a formula: at a cell's start and, where it takes a semicolon for the separator as
Polish ones do, behind every semicolon inside one (OWASP, CSV injection)."""


def clean(text: str, limit: int = 200) -> str:
    """Make outside text harmless to show.

    Args:
        text: anything.
        limit: longest result in characters; longer text is cut and ends in an ellipsis.
    """
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE.sub(lambda match: _PICTURES.get(ord(match[0]), REPLACEMENT), text)


def clean_bytes(data: bytes, limit: int = 200) -> str:
    """``clean`` for raw bytes: UTF-8 where it is, Latin-1 otherwise."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return clean(text, limit)


def cell(text: str, limit: int = 200) -> str:
    """``clean`` for a CSV file: what a spreadsheet would take for a formula gets an apostrophe in front."""
    return _FORMULA.sub("'", clean(text, limit))
