"""From a template and content to a label: words into places, barcodes onto whole dots, or a refusal with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import ceil
from string import Formatter
from typing import assert_never

from labels import symbology
from labels.content import OUR_WORDS
from labels.label import Box, Element, Frame, Label, Symbol, Text
from labels.media import DOTS_PER_MM
from labels.metrics import fit_lines, printable
from labels.template import LEADING, Border, Code, Line, Part, Place, Template, fields_of
from labels.words import LANGUAGES
from rma_station.domain.clean import clean
from rma_station.errors import Refused

LONGEST_FIELD_LINE, LONGEST_FIELD = 60, 1000
"""Characters of one line and of one field of outside text; more would not be read anyway."""


def lay_out(template: Template, fields: Mapping[str, str], words: str, dpi: int, name: str) -> Label:
    """One label.

    Args:
        template: where things stand.
        fields: its content, complete (``content.complete`` or ``content.of_unit``).
        words: ``pl`` or ``en``.
        dpi: 203 or 300.
        name: what the label is, for a file name or a title.

    Raises:
        Refused: an unknown resolution, or a barcode that cannot hold its data, or keep its module and quiet zone.
    """
    if dpi not in DOTS_PER_MM:
        raise Refused(f"{dpi} dpi is not a resolution we print at. Choose 203 or 300.")
    language = 0 if words == LANGUAGES[0] else 1
    elements: list[Element] = []
    for part in template.parts:
        if applies(part, fields):
            elements += _elements(template, part, fields, language, dpi)
    return Label(clean(name, 60), template.media, dpi, tuple(elements))


def applies(part: Part, fields: Mapping[str, str]) -> bool:
    """Whether a part's conditions hold."""
    return bool((not part.when or fields[part.when]) and not (part.unless and fields[part.unless]))


def _elements(template: Template, part: Part, fields: Mapping[str, str], language: int, dpi: int) -> Iterator[Element]:
    if isinstance(part, Place):
        yield from _texts(part, _filled(part.show[language], fields))
    elif isinstance(part, Code):
        show = part.show[language]
        if any(fields[field] for field in fields_of(show)) or not fields_of(show):
            yield _symbol(template, part, show, fields, dpi)
    elif isinstance(part, Border):
        yield Frame(part.x, part.y, part.width, part.height, part.thickness)
    elif isinstance(part, Line):
        yield from _boxes(part)
    else:
        assert_never(part)


# --- text ------------------------------------------------------------------------------------------------


def _filled(show: str, fields: Mapping[str, str]) -> list[str]:
    """The printable lines of a text; none when it has fields and all of them are empty.

    A field brings its own line breaks, at most ``LONGEST_FIELD_LINE`` characters a line; the template's words are ours.
    """
    used = fields_of(show)
    if used and not any(fields[field] for field in used):
        return []
    shown = {field: _printable_lines(fields[field]) for field in used}
    return [line for line in (part.strip() for part in Formatter().vformat(show, (), shown).split("\n")) if line]


def _printable_lines(value: str) -> str:
    lines = value[:LONGEST_FIELD].split("\n")
    return "\n".join(printable(line.removesuffix("\r"), LONGEST_FIELD_LINE) for line in lines)


def _texts(place: Place, lines: list[str]) -> Iterator[Text]:
    if place.lines == 1:
        lines = [" ".join(lines)] if lines else []
    shown, size = fit_lines(lines, place.size, place.smallest, place.width, place.lines)
    for number, line in enumerate(shown):
        yield Text(place.x, place.y + number * size * LEADING, size, line, place.bold, place.width)


def cut_words(template: Template, fields: Mapping[str, str], words: str) -> list[str]:
    """Texts of the template itself, and marks, that had to be cut: room for those is the template's to give."""
    language = 0 if words == LANGUAGES[0] else 1
    found = []
    for part in template.parts:
        if isinstance(part, Place) and applies(part, fields) and fields_of(part.show[language]) <= OUR_WORDS:
            lines = [text.text for text in _texts(part, _filled(part.show[language], fields))]
            found += [line for line in lines if line.endswith("...")]
    return found


# --- barcodes --------------------------------------------------------------------------------------------


def _symbol(template: Template, code: Code, show: str, fields: Mapping[str, str], dpi: int) -> Symbol:
    rules = symbology.named(code.symbology)
    data = _data(show, fields, gs1=rules.name.startswith("gs1"))
    columns, rows = rules.size(data)
    scale = DOTS_PER_MM[dpi]
    left, right = round(code.x * scale), round((code.x + code.width) * scale)
    top, bottom = round(code.y * scale), round((code.y + code.height) * scale)
    room = right - left
    module = min(room // (columns + 2 * rules.quiet), int(code.widest_module * scale + 1e-6), rules.widest)
    if rules.matrix:
        module = min(module, (bottom - top) // (rows + 2 * rules.quiet))
    least = ceil(code.smallest_module * scale - 1e-6)
    if module < least:
        raise _too_small(template, code, data, (columns, rows), least, scale)
    x = left + (room - columns * module) // 2
    if not rules.matrix:
        return Symbol(code.symbology, x / scale, code.y, data, module, code.height, columns)
    y = top + (bottom - top - rows * module) // 2
    return Symbol(code.symbology, x / scale, y / scale, data, module, 0.0, columns, rows)


def _data(show: str, fields: Mapping[str, str], *, gs1: bool) -> str:
    """What the barcode is to hold: fields as they are; in GS1 none may bring identifiers of its own."""
    used = {field: fields[field] for field in fields_of(show)}
    for field, value in used.items():
        if gs1 and ("(" in value or ")" in value):
            raise Refused(f"the field {field} holds {clean(value, 40)!r}; brackets cannot stand in a GS1 barcode.")
    return Formatter().vformat(show, (), used)


def _too_small(template: Template, code: Code, data: str, size: tuple[int, int], least: int, scale: float) -> Refused:
    rules = symbology.named(code.symbology)
    across = least * (size[0] + 2 * rules.quiet) / scale
    down = least * (size[1] + 2 * rules.quiet) / scale
    needed = f"{across:.1f} mm" + (f" by {down:.1f} mm" if rules.matrix else "")
    there = f"{code.width:.1f} mm" + (f" by {code.height:.1f} mm" if rules.matrix else "")
    return Refused(
        f"the barcode {clean(data, 40)!r} does not fit a label of {template.media.name} mm: with modules of {least} "
        f"dots and its quiet zones this {rules.name} needs {needed}, and there are {there} ({template.file}). "
        "Use a larger label, or shorter data."
    )


# --- lines -----------------------------------------------------------------------------------------------


def _boxes(line: Line) -> Iterator[Box]:
    if not line.dash:
        yield Box(line.x, line.y, line.width, line.height)
        return
    across = line.width >= line.height
    length = line.width if across else line.height
    start = 0.0
    while start < length:
        end = min(start + line.dash, length)
        if across:
            yield Box(line.x + start, line.y, end - start, line.height)
        else:
            yield Box(line.x, line.y + start, line.width, end - start)
        start += 2 * line.dash
