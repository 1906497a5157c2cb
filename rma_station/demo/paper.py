"""Reading what came out of the printer: its texts and its barcode, from the bytes alone.

The ZPL is read here by its own small reader (not by the code that wrote it); where zplkit and zxing-cpp are installed
the label is drawn as well and its barcode read from the picture, as a scanner would.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rma_station.demo.doubt import DoesNotAddUp, must_equal

_FIELD = re.compile(r"\^FH\^FD(.*?)\^FS", re.DOTALL)
_BARS = re.compile(r"\^BY\d+,\d+,\d+\^BCN,\d+,N,N,N,N\^FH\^FD(.*?)\^FS", re.DOTALL)
_HEX = re.compile(rb"_([0-9A-F]{2})")
_FOREIGN = re.compile(rb"(?:_[89A-F][0-9A-F])+")
DPI = 203


@dataclass(frozen=True)
class Paper:
    """One label as a person and a scanner see it."""

    texts: tuple[str, ...]
    barcode: str
    framed: bool
    """It has the quarantine frame."""


def read(data: bytes) -> Paper:
    """The label in these bytes.

    Raises:
        DoesNotAddUp: not exactly one label with one Code 128.
    """
    text = data.decode("ascii", "replace")
    if not (text.startswith("^XA") and text.endswith("^XZ") and text.count("^XA") == 1):
        raise DoesNotAddUp("label", "one ^XA...^XZ", repr(text[:40]))
    bars = [_plain(found) for found in _BARS.findall(text)]
    if len(bars) != 1:
        raise DoesNotAddUp("label", "one Code 128", f"{len(bars)}")
    texts = tuple(_plain(found) for found in _FIELD.findall(_BARS.sub("", text)))
    paper = Paper(texts, bars[0], "^GB" in text)
    must_equal("label: barcode and printed number", True, paper.barcode in paper.texts)
    return paper


def scanned(data: bytes) -> list[tuple[str, str]] | None:
    """Symbology and text of every barcode in the drawn label; ``None`` where it cannot be drawn here."""
    try:
        import zplkit  # noqa: PLC0415
        import zxingcpp  # noqa: PLC0415
        from PIL import Image, ImageOps  # noqa: PLC0415
    except ImportError:
        return None
    plain = _FOREIGN.sub(b"o", data)  # the drawer has no Polish letters; the barcode has none either
    (label,) = zplkit.render(plain, zplkit.Options(dpi=DPI)).labels
    raster = label.rasterize()
    image = ImageOps.expand(Image.frombytes("L", (raster.width, raster.height), raster.pixels), border=40, fill=255)
    return [(code.symbology_identifier, code.text) for code in zxingcpp.read_barcodes(image)]


def _plain(field: str) -> str:
    return _HEX.sub(lambda found: bytes([int(found[1], 16)]), field.encode("ascii")).decode("utf-8")
