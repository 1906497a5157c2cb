"""What TSPL and EPL have in common: commands line by line, resident fonts, pictures as counted bytes.

What could be misread is drawn, not told: a line of text that is not plain ASCII becomes a picture in the font we ship,
and a barcode the language cannot be trusted with becomes bars or a picture. The language itself is a ``Dialect``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, assert_never

from labels import raster, symbology
from labels.bitmap import packed
from labels.dots import Rectangle, rectangles
from labels.label import Box, Element, Frame, Label, Symbol, Text
from labels.resident import Choice, Font, choose
from rma_station.domain.clean import clean
from rma_station.domain.record import dataclass

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True)
class Dialect:
    """How a printer language says what every such language can say. All numbers are dots."""

    end: bytes
    """What ends a line."""
    fonts: dict[int, Sequence[Font]]
    """The printer's own fonts, by resolution."""
    largest: int
    """How often a font's dots may be repeated."""
    text: Callable[[int, int, Choice, str], str]
    """A line in a resident font at x, y; ASCII."""
    bar: Callable[[Rectangle], str]
    """A filled rectangle."""
    picture: Callable[[int, int, int, int], str]
    """The head of a picture at x, y, of so many bytes a row and rows; its bytes follow."""
    symbol: Callable[[Label, Symbol], str | None]
    """A barcode by command; ``None``: it has to be drawn."""
    listened_for: Sequence[bytes]
    """What the printer obeys even in the middle of a picture."""


def commands(label: Label, dialect: Dialect) -> bytes:
    """Everything on a label, in the order in which a printer has to draw it.

    Raises:
        Refused: a barcode holds what it must not.
    """
    pictures: list[bytes] = []
    others: list[bytes] = []
    for element in label.elements:
        picture, command = _element(label, dialect, element)
        (pictures if picture else others).append(command)
    # A picture paints its white dots too, so whatever is drawn in lines comes after it.
    return dialect.end.join([*pictures, *others])


def _element(label: Label, dialect: Dialect, element: Element) -> tuple[bool, bytes]:
    """Whether it is a picture, and the command."""
    if isinstance(element, Text):
        return _text(label, dialect, element)
    if isinstance(element, Symbol):
        return _symbol(label, dialect, element)
    if isinstance(element, Frame | Box):
        return False, _bars(label, dialect, element)
    assert_never(element)


def _text(label: Label, dialect: Dialect, text: Text) -> tuple[bool, bytes]:
    x, y, shown = label.dots(text.x), label.dots(text.y), clean(text.text)
    room, fonts = label.dots(text.width), dialect.fonts[label.dpi]
    chosen = choose(shown, label.dots(text.size), room, fonts, dialect.largest)
    if chosen is not None:
        return False, dialect.text(x, y, chosen, shown).encode("ascii")
    image, below = raster.line(label, text)
    return True, _picture(dialect, x, y + below, image)


def _symbol(label: Label, dialect: Dialect, symbol: Symbol) -> tuple[bool, bytes]:
    rules = symbology.named(symbol.symbology)
    rules.read(symbol.data)
    told = dialect.symbol(label, symbol)
    if told is not None:
        return False, told.encode("ascii")
    if not rules.matrix:
        return False, _bars(label, dialect, symbol)
    return True, _picture(dialect, label.dots(symbol.x), label.dots(symbol.y), raster.matrix(label, symbol))


def _bars(label: Label, dialect: Dialect, element: Symbol | Frame | Box) -> bytes:
    return dialect.end.join(dialect.bar(found).encode("ascii") for found in rectangles(label, element))


def _picture(dialect: Dialect, x: int, y: int, image: Image) -> bytes:
    shift, width, data = packed(image, dialect.listened_for)
    return dialect.picture(max(0, x - shift), y, width, image.height).encode("ascii") + data
