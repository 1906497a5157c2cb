"""The neutral label as a picture of black and white dots, one for each dot of the printer.

Bars and modules are whole dots; text is in DejaVu Sans, as in PDF. This is what PNG files and previews are made of,
and what TSPL and EPL printers get for lines their own fonts cannot be trusted with. Pillow is loaded by the first
picture, not before.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from labels.dots import rectangles
from labels.label import Label, Symbol, Text
from labels.pdf import BASELINE, BOLD, FONTS, REGULAR
from rma_station.domain.clean import clean

if TYPE_CHECKING:
    from PIL.Image import Image

WHITE, BLACK = 1, 0


def picture(label: Label) -> Image:
    """The whole label, in mode ``1``.

    Raises:
        Refused: a barcode holds what it must not.
    """
    from PIL import Image, ImageDraw

    width, height = label.dots(label.media.width), label.dots(label.media.height)
    image = Image.new("1", (width, height), WHITE)
    draw = ImageDraw.Draw(image)
    for element in label.elements:
        if isinstance(element, Text):
            _write(draw, label, element, label.dots(element.x), label.dots(element.y))
        else:
            for left, top, across, down in rectangles(label, element):
                draw.rectangle((left, top, left + across - 1, top + down - 1), fill=BLACK)
    return image


def line(label: Label, text: Text) -> tuple[Image, int]:
    """One line of text cut to its ink, and how far below the top of the text the ink begins, in dots."""
    from PIL import Image, ImageDraw

    size = label.dots(text.size)
    image = Image.new("1", (label.dots(text.width or label.media.width) + size, size * 2), WHITE)
    _write(ImageDraw.Draw(image), label, text, 0, 0)
    ink = image.point(lambda dot: BLACK if dot else WHITE).getbbox()
    if ink is None:
        return image.crop((0, 0, 1, 1)), 0
    _, top, right, bottom = ink
    return image.crop((0, top, right, bottom)), top


def matrix(label: Label, symbol: Symbol) -> Image:
    """One barcode without its quiet zone."""
    from PIL import Image, ImageDraw

    x, y = label.dots(symbol.x), label.dots(symbol.y)
    image = Image.new("1", (symbol.columns * symbol.module, symbol.rows * symbol.module), WHITE)
    draw = ImageDraw.Draw(image)
    for left, top, across, down in rectangles(label, symbol):
        draw.rectangle((left - x, top - y, left - x + across - 1, top - y + down - 1), fill=BLACK)
    return image


def _write(draw: Any, label: Label, text: Text, left: int, top: int) -> None:
    size = label.dots(text.size)
    at = (left, top + round(BASELINE * size))
    draw.text(at, clean(text.text), fill=BLACK, font=_font(text.bold, size), anchor="ls")


@cache
def _font(bold: bool, size: int) -> Any:
    from PIL import ImageFont

    name = BOLD if bold else REGULAR
    return ImageFont.truetype(str(FONTS / f"{name}.ttf"), size, layout_engine=ImageFont.Layout.BASIC)
