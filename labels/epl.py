r"""The neutral label as EPL2 page mode (Eltron, older Zebra, and look-alikes).

What could be misread is drawn, not told, as in ``tspl.py``: text that is not plain ASCII as ``GW`` pictures in the font
we ship, barcodes whose data is not plain as ``LO`` bars. Two kinds are always drawn, because printers differ: GS1-128
(command type 1E drops hyphens and takes identifiers apart in its own way) and every matrix (QR codes are for Japanese
models only, Data Matrix for some). Print width and character set stand in every label, since another host may have
changed them; length, gap, speed and density are the printer's set-up and are never sent.
Source: Zebra EPL programming guide 14245L-003, commands A, B, b, GW, I, LO, q; hardware reference 4.5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from labels import raster, symbology
from labels.bitmap import packed
from labels.dots import rectangles
from labels.label import Box, Element, Frame, Label, Symbol, Text
from labels.resident import EPL_FONTS, EPL_LARGEST, choose, harmless
from rma_station.domain.clean import clean

if TYPE_CHECKING:
    from PIL.Image import Image

_LISTENED_FOR = (b"^@", b"^default")
"""Resets that a printer obeys at once."""
_EAN_MODULES = range(2, 5)
"""Widths of the narrow bar that ``E30`` takes."""


def render(label: Label) -> bytes:
    """One label with one ``P1``.

    Raises:
        Refused: a barcode holds what it must not.
    """
    head = [b"", b"N", f"q{label.dots(label.media.width)}".encode(), b"I8,0,001"]
    # A picture paints its white dots too, so whatever is drawn in lines comes after it.
    drawn: list[bytes] = []
    told: list[bytes] = []
    for element in label.elements:
        command = _element(label, element)
        (drawn if command.startswith(b"GW") else told).append(command)
    return b"\n".join([*head, *drawn, *told, b"P1", b""])


def _element(label: Label, element: Element) -> bytes:
    if isinstance(element, Text):
        return _text(label, element)
    if isinstance(element, Symbol):
        return _symbol(label, element)
    if isinstance(element, Frame | Box):
        return _bars(label, element)
    assert_never(element)


def _bars(label: Label, element: Symbol | Frame | Box) -> bytes:
    return b"\n".join(f"LO{x},{y},{width},{height}".encode() for x, y, width, height in rectangles(label, element))


def _text(label: Label, text: Text) -> bytes:
    x, y, size = label.dots(text.x), label.dots(text.y), label.dots(text.size)
    shown = clean(text.text)
    chosen = choose(shown, size, label.dots(text.width), EPL_FONTS[label.dpi], EPL_LARGEST)
    if chosen is not None:
        return f'A{x},{y},0,{chosen.font.name},{chosen.across},{chosen.down},N,"{shown}"'.encode("ascii")
    image, below = raster.line(label, text)
    return _picture(x, y + below, image)


def _picture(x: int, y: int, image: Image) -> bytes:
    shift, width, data = packed(image, _LISTENED_FOR)
    return f"GW{max(0, x - shift)},{y},{width},{image.height},".encode() + data


def _symbol(label: Label, symbol: Symbol) -> bytes:
    rules, data, module = symbology.named(symbol.symbology), symbol.data, symbol.module
    x, y, height = label.dots(symbol.x), label.dots(symbol.y), label.dots(symbol.height)
    rules.read(data)
    if rules.matrix:
        return _picture(x, y, raster.matrix(label, symbol))
    if symbol.symbology == "code128" and harmless(data):
        return f'B{x},{y},0,1,{module},{max(2, module)},{height},N,"{data}"'.encode("ascii")
    if symbol.symbology == "ean13" and module in _EAN_MODULES:
        return f'B{x},{y},0,E30,{module},{module},{height},N,"{data[:12]}"'.encode("ascii")
    return _bars(label, symbol)
