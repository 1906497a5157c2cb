"""Reading back what we print: independent renderers and a barcode decoder, for tests only."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pypdfium2
import zplkit
import zxingcpp
from PIL import Image, ImageOps

Symbol = tuple[str, str]
"""``(symbology identifier, text)``."""


def zpl_images(data: bytes, dpi: int) -> list[Any]:
    """Every label a printer would make of these bytes, as grey images; strict, unknown commands raise."""
    labels = zplkit.render(data, zplkit.Options(dpi=dpi)).labels
    rasters = [label.rasterize() for label in labels]
    return [Image.frombytes("L", (raster.width, raster.height), raster.pixels) for raster in rasters]


def pdf_images(data: bytes, dpi: int) -> list[Any]:
    """Every page as a grey image at a printer's resolution."""
    document = pypdfium2.PdfDocument(BytesIO(data))
    return [page.render(scale=dpi / 72, grayscale=True).to_pil().convert("L") for page in document]


def pdf_texts(data: bytes) -> list[str]:
    """The text of every page as a reader extracts it."""
    document = pypdfium2.PdfDocument(BytesIO(data))
    return [page.get_textpage().get_text_bounded() for page in document]


def symbols(image: Any, *, plain: bool = False) -> list[Symbol]:
    """All barcodes in an image; a white border stands for the label's backing.

    Args:
        image: black on white.
        plain: the text as a scanner sends it (GS1 with GS between its fields), not with identifiers in brackets.
    """
    mode = zxingcpp.TextMode.Plain if plain else zxingcpp.TextMode.HRI
    found = zxingcpp.read_barcodes(ImageOps.expand(image, border=40, fill=255), text_mode=mode)
    return sorted((code.symbology_identifier, code.text) for code in found)
