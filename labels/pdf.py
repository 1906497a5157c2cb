"""The neutral label as PDF, for office printers, archive copies and looking at.

Everything is placed on the printer's dot grid (one dot is 72/dpi points) and bars are whole dots wide, because a bar
that falls between two dots does not scan at 203 dpi (hardware reference 4.7). The text is in DejaVu Sans, subset and
embedded: the standard PDF fonts have no Polish letters and say nothing. reportlab and python-barcode are loaded when
the first page is drawn, not before.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from labels.dots import rectangles
from labels.label import Element, Label, Text
from rma_station.domain.clean import clean

REGULAR, BOLD = "DejaVuSans", "DejaVuSans-Bold"
FONTS = Path(__file__).with_name("fonts")
BASELINE = 0.76
"""From the top of a line of text to its baseline, in font sizes: where ZPL's resident font has it."""


def render(label: Label) -> bytes:
    """One page of exactly the label's size; the same label gives the same bytes.

    Raises:
        Refused: a barcode holds what it must not.
    """
    dot = 72 / label.dpi
    width, height = (label.dots(size) * dot for size in (label.media.width, label.media.height))
    buffer = BytesIO()
    page = open_canvas(buffer, width, height, label.name)
    for element in label.elements:
        _draw(page, label, element, dot, height)
    page.showPage()
    page.save()
    return buffer.getvalue()


def open_canvas(target: BytesIO, width: float, height: float, title: str) -> Any:
    """A reportlab canvas with our fonts, sizes in points; nothing in it depends on the time of day."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    known = pdfmetrics.getRegisteredFontNames()
    for font in (REGULAR, BOLD):
        if font not in known:
            pdfmetrics.registerFont(TTFont(font, FONTS / f"{font}.ttf"))
    # A hair less, so that no rasteriser rounds the page up by a whole dot and squeezes all bars off the grid.
    page = Canvas(target, pagesize=(width - 0.001, height - 0.001), invariant=1, pageCompression=1)
    page.setTitle(clean(title))
    page.setCreator("RMA Station")
    return page


def draw_bars(page: Any, modules: str, x: float, bottom: float, height: float, module: float) -> None:
    """Draw one row of modules (1 is a bar) as one filled path, in points."""
    path = page.beginPath()
    start = 0
    while (start := modules.find("1", start)) >= 0:
        end = modules.find("0", start)
        end = len(modules) if end < 0 else end
        path.rect(x + start * module, bottom, (end - start) * module, height)
        start = end
    page.drawPath(path, stroke=0, fill=1)


def _draw(page: Any, label: Label, element: Element, dot: float, page_height: float) -> None:
    if isinstance(element, Text):
        size = label.dots(element.size) * dot
        left, top = label.dots(element.x) * dot, page_height - label.dots(element.y) * dot
        page.setFont(BOLD if element.bold else REGULAR, size)
        page.drawString(left, top - BASELINE * size, clean(element.text))
        return
    path = page.beginPath()
    for left, top, width, height in rectangles(label, element):
        path.rect(left * dot, page_height - (top + height) * dot, width * dot, height * dot)
    page.drawPath(path, stroke=0, fill=1)
