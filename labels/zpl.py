"""The neutral label as ZPL II bytes (Zebra and its many look-alikes).

Safe against its own content: every field is preceded by ``^FH`` and everything but plain printable ASCII, with ``^``,
``~`` and the indicator ``_`` themselves, is written as ``_HH``, so that outside text can never end a field or start a
command. ``^CI28`` stands in every label, since another host may have changed the encoding. What belongs to the
printer's set-up (media tracking, darkness, copies) is never sent. Source: hardware reference 4.5.
"""

from __future__ import annotations

from typing import assert_never

from labels.label import Bars, Element, Frame, Label, Text, check_code128
from rma_station.domain.clean import clean
from rma_station.errors import Refused

FIELD_LIMIT = 3072
"""Longest ``^FD`` a printer takes, in bytes as sent."""
_ESCAPED = frozenset(b"^~_")


def render(label: Label) -> bytes:
    """One ``^XA...^XZ``, ASCII only.

    Raises:
        Refused: a field is too long for the printer, or a barcode holds what it must not.
    """
    width, height = label.dots(label.media.width), label.dots(label.media.height)
    head = f"^XA^CI28^LH0,0^PW{width}^LL{height}"
    return (head + "".join(_element(label, element) for element in label.elements) + "^XZ").encode("ascii")


def field(text: str) -> str:
    """``^FH^FD...^FS`` for one field's text.

    Raises:
        Refused: longer than ``FIELD_LIMIT`` once escaped.
    """
    escaped = "".join(map(_BYTES.__getitem__, clean(text, FIELD_LIMIT).encode()))
    if len(escaped) > FIELD_LIMIT:
        raise Refused(f"a label field of {len(escaped)} bytes is longer than a printer takes ({FIELD_LIMIT}).")
    return f"^FH^FD{escaped}^FS"


_BYTES = [chr(byte) if 32 <= byte <= 126 and byte not in _ESCAPED else f"_{byte:02X}" for byte in range(256)]


def _element(label: Label, element: Element) -> str:
    dots = label.dots
    if isinstance(element, Text):
        return f"^FO{dots(element.x)},{dots(element.y)}^A0N,{dots(element.size)},0{field(element.text)}"
    if isinstance(element, Bars):
        check_code128(element.data)
        height = dots(element.height)
        at = f"^FO{dots(element.x)},{dots(element.y)}^BY{element.module},2,{height}"
        return f"{at}^BCN,{height},N,N,N,N{field(element.data)}"
    if isinstance(element, Frame):
        size = f"{dots(element.width)},{dots(element.height)},{max(1, dots(element.thickness))}"
        return f"^FO{dots(element.x)},{dots(element.y)}^GB{size}^FS"
    assert_never(element)
