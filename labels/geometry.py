"""Whether a label keeps what a scanner and a reader need: module, quiet zone, height, nothing over anything else.

Judged on the finished label, in printer dots, whoever laid it out. Sources of the rules: ``symbology.py``; hardware
reference 4.6.
"""

from __future__ import annotations

from collections.abc import Iterator

from labels import symbology
from labels.dots import rectangles
from labels.label import Label, Symbol, Text
from labels.metrics import width_of
from labels.pdf import BASELINE
from rma_station.domain.clean import clean
from rma_station.domain.record import dataclass

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in dots; right and bottom belong to it no more."""
_BELOW_THE_LINE = frozenset("gjpqyQ,;()[]_{}|$/@ĄąĘęŞşŢţÇçĶķĻļŅņŖŗ")


@dataclass(frozen=True)
class Grade:
    """One barcode as it will be printed."""

    symbology: str
    module: int
    """Width of one module as printed, in dots."""
    millimetres: float
    """The same in millimetres."""
    quiet: float
    """Least blank beside it, in modules, up to the next ink or the edge of the label."""
    needed: int
    """Blank it has to have, in modules."""
    width: float
    """Without quiet zones, mm."""
    height: float


def problems(label: Label) -> list[str]:
    """What is wrong with a label, in words; empty when nothing is."""
    found = []
    edge = (0, 0, label.dots(label.media.width), label.dots(label.media.height))
    texts = [(_named(text), _text_box(label, text)) for text in label.elements if isinstance(text, Text)]
    ink = list(_ink(label))
    for name, box in texts:
        if not _inside(box, edge):
            found.append(f"{name} leaves the label")
    for number, (name, box) in enumerate(texts):
        for other, place in [*texts[number + 1 :], *ink]:
            if _touch(box, place):
                found.append(f"{name} and {other} overlap")
    for symbol in label.elements:
        if isinstance(symbol, Symbol):
            found += _symbol_problems(label, symbol)
    return found


def grades(label: Label) -> list[Grade]:
    """Every barcode of a label with its measures."""
    return [_grade(label, symbol) for symbol in label.elements if isinstance(symbol, Symbol)]


def _symbol_problems(label: Label, symbol: Symbol) -> Iterator[str]:
    rules, grade, name = symbology.named(symbol.symbology), _grade(label, symbol), _named(symbol)
    if grade.millimetres < rules.smallest - 0.002:
        yield f"{name} has modules of {grade.millimetres:.3f} mm, {rules.smallest:g} mm is the least"
    if grade.quiet < rules.quiet:
        yield f"{name} has {grade.quiet:.1f} modules of blank beside it and needs {rules.quiet}"
    if grade.height < rules.lowest:
        yield f"{name} is {grade.height:.1f} mm high, {rules.lowest:g} mm is the least"


def _grade(label: Label, symbol: Symbol) -> Grade:
    rules, module = symbology.named(symbol.symbology), symbol.module
    dot = label.media.width / label.dots(label.media.width)
    own = _symbol_box(label, symbol)
    return Grade(
        symbol.symbology,
        module,
        module * dot,
        min(_blank(label, symbol, own) / module, 99.0),
        rules.quiet,
        symbol.columns * module * dot,
        (own[3] - own[1]) * dot,
    )


def _blank(label: Label, symbol: Symbol, own: Box) -> int:
    """Dots of blank to the nearest ink or edge, on the sides that need it."""
    matrix = symbology.named(symbol.symbology).matrix
    width, height = label.dots(label.media.width), label.dots(label.media.height)
    gaps = [own[0], width - own[2]] + ([own[1], height - own[3]] if matrix else [])
    others = [box for _, box in _ink(label, but=symbol)]
    others += [_text_box(label, text) for text in label.elements if isinstance(text, Text)]
    for left, top, right, bottom in others:
        across = max(left - own[2], own[0] - right)
        down = max(top - own[3], own[1] - bottom)
        if matrix:
            gaps.append(max(across, down))
        elif down < 0:
            gaps.append(across)
    return max(0, min(gaps))


def _ink(label: Label, but: Symbol | None = None) -> Iterator[tuple[str, Box]]:
    for element in label.elements:
        if element is but or isinstance(element, Text):
            continue
        if isinstance(element, Symbol):
            yield _named(element), _symbol_box(label, element)
            continue
        for left, top, width, height in rectangles(label, element):
            yield "a line", (left, top, left + width, top + height)


def _symbol_box(label: Label, symbol: Symbol) -> Box:
    left, top = label.dots(symbol.x), label.dots(symbol.y)
    height = symbol.rows * symbol.module if symbol.rows > 1 else label.dots(symbol.height)
    return left, top, left + symbol.columns * symbol.module, top + height


def _text_box(label: Label, text: Text) -> Box:
    """The room a text was given, since a printer's own font may fill it."""
    left, top = label.dots(text.x), label.dots(text.y)
    width = label.dots(max(text.width, width_of(text.text, text.size)))
    height = text.size if _BELOW_THE_LINE & set(text.text) else text.size * BASELINE
    return left, top, left + width, top + label.dots(height)


def _named(element: Text | Symbol) -> str:
    if isinstance(element, Text):
        return f"the text {clean(element.text, 30)!r}"
    return f"the {element.symbology} {clean(element.data, 30)!r}"


def _inside(box: Box, edge: Box) -> bool:
    return box[0] >= edge[0] and box[1] >= edge[1] and box[2] <= edge[2] and box[3] <= edge[3]


def _touch(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
