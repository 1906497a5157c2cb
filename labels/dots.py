"""Everything on a label but its text as filled rectangles in printer dots: what PDF, PNG and drawn symbols share."""

from __future__ import annotations

from collections.abc import Iterator

from labels import symbology
from labels.label import Box, Frame, Label, Symbol

Rectangle = tuple[int, int, int, int]
"""Left, top, width, height in dots."""


def rectangles(label: Label, element: Symbol | Frame | Box) -> Iterator[Rectangle]:
    """The dark rectangles of an element.

    Raises:
        Refused: a barcode holds what it must not.
    """
    left, top = label.dots(element.x), label.dots(element.y)
    if isinstance(element, Symbol):
        yield from _modules(label, element, left, top)
        return
    width, height = label.dots(element.width), label.dots(element.height)
    if isinstance(element, Box):
        yield left, top, max(1, width), max(1, height)
        return
    line = max(1, label.dots(element.thickness))
    yield left, top, width, line
    yield left, top + height - line, width, line
    yield left, top + line, line, height - 2 * line
    yield left + width - line, top + line, line, height - 2 * line


def _modules(label: Label, symbol: Symbol, left: int, top: int) -> Iterator[Rectangle]:
    module = symbol.module
    rows = symbology.named(symbol.symbology).picture(symbol.data)
    height = module if symbol.rows > 1 else label.dots(symbol.height)
    for number, row in enumerate(rows):
        start = 0
        while (start := row.find("1", start)) >= 0:
            end = row.find("0", start)
            end = len(row) if end < 0 else end
            yield left + start * module, top + number * height, (end - start) * module, height
            start = end
