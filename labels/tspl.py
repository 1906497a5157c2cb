r"""The neutral label as TSPL (TSC and its many look-alikes).

What could be misread is drawn, not told: a line of text goes to a resident font only when it is plain ASCII without
quotes and backslashes (TSPL writes a quote as ``\["]``, look-alikes do not all know it), otherwise as ``BITMAP`` in the
font we ship, so Polish letters need no code page. A barcode whose data is not plain in the same sense is drawn too,
bars as ``BAR``, a matrix as ``BITMAP``. ``SIZE`` and ``REFERENCE`` stand in every label, since another host may have
changed them; gap, density, speed and direction are the printer's set-up and are never sent.
Source: TSC TSPL/TSPL2 programming manual; hardware reference 4.5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from labels import code128, gs1, raster, symbology
from labels.bitmap import packed
from labels.dots import rectangles
from labels.label import Box, Element, Frame, Label, Symbol, Text
from labels.resident import TSPL_FONTS, TSPL_LARGEST, choose, harmless
from rma_station.domain.clean import clean

if TYPE_CHECKING:
    from PIL.Image import Image

_LISTENED_FOR = (b"\x1b!", b"~!")
"""Begins a command that the printer obeys at once, even inside of pictures."""
_SPELLING = code128.Spelling(start_b="!104", start_c="!105", to_b="!100", fnc1="!102")
"""Control codes of ``128M``."""


def render(label: Label) -> bytes:
    """One label with one ``PRINT 1,1``.

    Raises:
        Refused: a barcode holds what it must not.
    """
    media = label.media
    lines = [b"", f"SIZE {media.width:g} mm,{media.height:g} mm".encode(), b"REFERENCE 0,0", b"CLS"]
    # A picture paints its white dots too, so whatever is drawn in lines comes after it.
    drawn: list[bytes] = []
    told: list[bytes] = []
    for element in label.elements:
        command = _element(label, element)
        (drawn if command.startswith(b"BITMAP") else told).append(command)
    return b"\r\n".join([*lines, *drawn, *told, b"PRINT 1,1", b""])


def _element(label: Label, element: Element) -> bytes:
    if isinstance(element, Text):
        return _text(label, element)
    if isinstance(element, Symbol):
        return _symbol(label, element)
    if isinstance(element, Frame | Box):
        return _bars(label, element)
    assert_never(element)


def _bars(label: Label, element: Symbol | Frame | Box) -> bytes:
    return b"\r\n".join(f"BAR {x},{y},{width},{height}".encode() for x, y, width, height in rectangles(label, element))


def _text(label: Label, text: Text) -> bytes:
    x, y, size = label.dots(text.x), label.dots(text.y), label.dots(text.size)
    shown = clean(text.text)
    chosen = choose(shown, size, label.dots(text.width), TSPL_FONTS, TSPL_LARGEST)
    if chosen is not None:
        return f'TEXT {x},{y},"{chosen.font.name}",0,{chosen.across},{chosen.down},"{shown}"'.encode("ascii")
    image, below = raster.line(label, text)
    return _bitmap(x, y + below, image)


def _bitmap(x: int, y: int, image: Image) -> bytes:
    shift, width, data = packed(image, _LISTENED_FOR)
    x = max(0, x - shift)
    return f"BITMAP {x},{y},{width},{image.height},0,".encode() + data


def _symbol(label: Label, symbol: Symbol) -> bytes:
    rules, data, module = symbology.named(symbol.symbology), symbol.data, symbol.module
    x, y, height = label.dots(symbol.x), label.dots(symbol.y), label.dots(symbol.height)
    rules.read(data)
    if not harmless(data) or (symbol.symbology == "gs1-128" and "!" in data):
        return _drawn(label, symbol)
    if symbol.symbology == "code128":
        return f'BARCODE {x},{y},"128",{height},0,0,{module},{module},"{data}"'.encode("ascii")
    if symbol.symbology == "gs1-128":
        told = code128.spelled(symbology.gs1_plan(data), _SPELLING)
        return f'BARCODE {x},{y},"128M",{height},0,0,{module},{module},"{told}"'.encode("ascii")
    if symbol.symbology == "ean13":
        return f'BARCODE {x},{y},"EAN13",{height},0,0,{module},{module},"{data[:12]}"'.encode("ascii")
    if symbol.symbology == "qr":
        return f'QRCODE {x},{y},{symbology.QR_LEVEL},{module},A,0,M2,S7,"{data}"'.encode("ascii")
    side = symbol.columns * module
    size = f"{x},{y},{side},{side}"
    if symbol.symbology == "gs1-datamatrix":
        told = "~1" + gs1.message(data).replace(code128.FNC1, "~1")
        return f'DMATRIX {size},c126,x{module},{symbol.rows},{symbol.columns},"{told}"'.encode("ascii")
    return f'DMATRIX {size},x{module},{symbol.rows},{symbol.columns},"{data}"'.encode("ascii")


def _drawn(label: Label, symbol: Symbol) -> bytes:
    if not symbology.named(symbol.symbology).matrix:
        return _bars(label, symbol)
    return _bitmap(label.dots(symbol.x), label.dots(symbol.y), raster.matrix(label, symbol))
