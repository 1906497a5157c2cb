"""The neutral label as ZPL II bytes (Zebra and its many look-alikes).

Safe against its own content: every field is preceded by ``^FH`` and everything but plain printable ASCII, with ``^``,
``~`` and the indicator ``_`` themselves, is written as ``_HH``, so that outside text can never end a field or start a
command. ``^CI28`` stands in every label, since another host may have changed the encoding. What belongs to the
printer's set-up (media tracking, darkness, copies) is never sent. Source: hardware reference 4.5.
"""

from __future__ import annotations

from typing import assert_never

from labels import code128, gs1, symbology
from labels.label import Box, Element, Frame, Label, Symbol, Text
from rma_station.domain.clean import clean
from rma_station.errors import Refused

FIELD_LIMIT = 3072
"""Longest ``^FD`` a printer takes, in bytes as sent."""
_ESCAPED = frozenset(b"^~_")
_SPELLING = code128.Spelling(start_b="", start_c=">;", to_b=">6", fnc1=">8")
"""Invocations of ``^BC`` mode N, which starts in B by itself; ``>5``, back to C, is read wrongly by some."""
_MATRIX_ESCAPE = "\\"
"""Begins a control in ``^BX`` data; the one printable character that no Data Matrix of ours may hold."""


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
    at = f"^FO{dots(element.x)},{dots(element.y)}"
    if isinstance(element, Text):
        return f"{at}^A0N,{dots(element.size)},0{field(element.text)}"
    if isinstance(element, Symbol):
        return at + _symbol(element, dots(element.height))
    if isinstance(element, Frame):
        line = max(1, dots(element.thickness))
        return f"{at}^GB{dots(element.width)},{dots(element.height)},{line}^FS"
    if isinstance(element, Box):
        width, height = max(1, dots(element.width)), max(1, dots(element.height))
        return f"{at}^GB{width},{height},{min(width, height)}^FS"
    assert_never(element)


def _symbol(symbol: Symbol, height: int) -> str:
    module, data = symbol.module, symbol.data
    symbology.named(symbol.symbology).read(data)
    if symbol.symbology in ("code128", "gs1-128"):
        plan = symbology.plain_plan(data) if symbol.symbology == "code128" else symbology.gs1_plan(data)
        return f"^BY{module},2,{height}^BCN,{height},N,N,N,N{field(code128.spelled(plan, _SPELLING))}"
    if symbol.symbology == "ean13":
        return f"^BY{module},2,{height}^BEN,{height},N,N{field(data[:12])}"
    if symbol.symbology == "qr":
        # Some firmware moves a QR code down by the bar height that was set last.
        return f"^BY2,2,1^BQN,2,{module}{field(f'{symbology.QR_LEVEL}A,{data}')}"
    if symbol.symbology == "gs1-datamatrix":
        data = _MATRIX_ESCAPE + "1" + gs1.message(data).replace(code128.FNC1, _MATRIX_ESCAPE + "1")
    return f"^BXN,{module},200,{symbol.columns},{symbol.rows},,{_MATRIX_ESCAPE}{field(data)}"
