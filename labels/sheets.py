"""A4 sheets of codes to scan: commands, grades and answers, badges. They come in as text and caption; no keys here.

Every code stands in a cell of its own with cut lines around it, far enough from its neighbours that a scanner sees
one at a time, and says which station and generation it belongs to, so that a cut-out card can be told from an old one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from labels import code128
from labels.metrics import fit
from labels.pdf import BASELINE, BOLD, REGULAR, draw_bars, open_canvas
from labels.symbology import named
from labels.words import word
from rma_station.domain.clean import clean
from rma_station.errors import Refused

MM = 72 / 25.4
PAGE_WIDTH, PAGE_HEIGHT = 210.0, 297.0
MARGIN, HEADER = 10.0, 13.0
DOT = 25.4 / 300
"""Bars are whole dots of a 300 dpi office printer, which are whole dots at 600 and 1200 dpi too."""
WIDEST_DOTS, NARROWEST_DOTS = 5, 3
CONTROLS = "code128-controls"
"""Code 128 with control characters, to prove scanners with; no label may hold one."""
_CONTROL = re.compile("[\x00-\x1f]")
_NAMES = {"\t": "TAB", "\r": "CR", "\x04": "EOT", "\x1b": "ESC", "\x1d": "GS", "\x1e": "RS"}
_GAP = 2.0
"""Between a cell's cut line and what is in it, mm, besides the quiet zone."""


@dataclass(frozen=True)
class Code:
    """One code on a sheet."""

    text: str
    """Content of the barcode: printable ASCII without ``>``, or as the symbology wants it."""
    caption: str
    """What it does, large."""
    note: str = ""
    """A small line under the caption."""
    symbology: str = "code128"
    """A name of ``symbology.SYMBOLOGIES``, each of which limits ``text`` in its own way, or ``CONTROLS``."""


@dataclass(frozen=True)
class _Grid:
    columns: int
    rows: int
    caption: float
    """Font size, mm."""
    note: float
    bars: float
    """Height of the bars, mm."""

    @property
    def cell(self) -> tuple[float, float]:
        width = (PAGE_WIDTH - 2 * MARGIN) / self.columns
        return width, (PAGE_HEIGHT - 2 * MARGIN - HEADER) / self.rows


_GRIDS = {
    "commands": _Grid(2, 9, 4.6, 2.6, 12.0),
    "grades": _Grid(2, 8, 5.5, 2.8, 13.0),
    "badges": _Grid(2, 5, 6.5, 3.6, 18.0),
    "device_test": _Grid(1, 5, 6.0, 3.6, 20.0),
}
KINDS = tuple(_GRIDS)


@dataclass(frozen=True)
class Sheet:
    """What to print; more codes than fit a page make more pages."""

    kind: str
    """One of ``KINDS``."""
    station: str
    codes: Sequence[Code]
    language: str
    mode: str
    """``sample`` puts the sample mark on every page and every cell."""
    generation: int | None = None
    """Of command codes; ``None`` for codes without one."""


def render(sheet: Sheet) -> bytes:
    """The sheet as a PDF; the same sheet gives the same bytes.

    Raises:
        Refused: there is nothing to print, or a code does not fit its cell.
    """
    grid = _GRIDS[sheet.kind]
    if not sheet.codes:
        raise Refused(f"the sheet {sheet.kind!r} has no codes to print.")
    buffer = BytesIO()
    title = f"{word('sheet.' + sheet.kind, sheet.language)} {sheet.station}"
    page = open_canvas(buffer, PAGE_WIDTH * MM, PAGE_HEIGHT * MM, title)
    pages = list(_pages(sheet.codes, grid.columns * grid.rows))
    for number, codes in enumerate(pages, 1):
        _header(page, sheet, f"{number}/{len(pages)}")
        width, height = grid.cell
        for place, code in enumerate(codes):
            row, column = divmod(place, grid.columns)
            left, top = MARGIN + column * width, PAGE_HEIGHT - MARGIN - HEADER - row * height
            _cut_lines(page, left, top, width, height)
            _cell(page, sheet, grid, code, left, top)
        page.showPage()
    page.save()
    return buffer.getvalue()


def _pages(codes: Sequence[Code], size: int) -> Iterator[Sequence[Code]]:
    for start in range(0, len(codes), size):
        yield codes[start : start + size]


def _origin(sheet: Sheet) -> str:
    """Station, generation and sample mark in one line."""
    parts = [clean(sheet.station, 40)]
    if sheet.generation is not None:
        parts.append(f"{word('sheet.generation', sheet.language)} {sheet.generation}")
    if sheet.mode == "sample":
        parts.append(word("sample", sheet.language))
    return " · ".join(parts)


def _header(page: Any, sheet: Sheet, number: str) -> None:
    top = PAGE_HEIGHT - MARGIN
    _text(page, word(f"sheet.{sheet.kind}", sheet.language), MARGIN, top, 6.0, 90.0, BOLD)
    _text(page, f"{word('sheet.station', sheet.language)}: {_origin(sheet)}", 100.0, top, 3.6, 80.0, BOLD)
    _text(page, f"{word('sheet.page', sheet.language)} {number}", 182.0, top, 3.2, 18.0, REGULAR)


def _cell(page: Any, sheet: Sheet, grid: _Grid, code: Code, left: float, top: float) -> None:
    width, height = grid.cell
    room = width - 2 * _GAP
    top -= _GAP
    _text(page, code.caption, left + _GAP, top, grid.caption, room, BOLD)
    line = top - grid.caption * 1.25
    if code.note:
        _text(page, code.note, left + _GAP, line, grid.note, room, REGULAR)
        line -= grid.note * 1.3
    rows, quiet = _rows(code)
    columns = len(rows[0])
    dots = min(WIDEST_DOTS, int(room / DOT) // (columns + 2 * quiet))
    if dots < NARROWEST_DOTS:
        raise Refused(
            f"the code {clean(code.text, 40)!r} does not fit a cell of {width:.0f} mm on the sheet {sheet.kind!r}. "
            "Use a shorter code."
        )
    start = left + (width - columns * dots * DOT) / 2
    bottom = top - height + 2 * _GAP + grid.note * 1.4
    tall = dots * DOT if len(rows) > 1 else min(grid.bars, line - bottom)
    for number, row in enumerate(reversed(rows)):
        draw_bars(page, row, start * MM, (bottom + number * tall) * MM, tall * MM, dots * DOT * MM)
    foot = bottom - 0.6
    _text(page, _CONTROL.sub(_name_of, code.text), left + _GAP, foot, grid.note, room / 2, REGULAR)
    _text(page, _origin(sheet), left + _GAP + room / 2, foot, grid.note, room / 2, REGULAR)


def _name_of(control: re.Match[str]) -> str:
    return f"<{_NAMES.get(control[0], f'{ord(control[0]):02X}')}>"


def _rows(code: Code) -> tuple[tuple[str, ...], int]:
    """The rows of a code as 1 and 0 a module, and the blank it needs beside it in modules."""
    rules = named("code128" if code.symbology == CONTROLS else code.symbology)
    if code.symbology == CONTROLS:
        return (code128.bars(code128.plan(code.text)),), rules.quiet
    if code.symbology == "code128":
        return (code128.bars(code128.compact(rules.read(code.text))),), rules.quiet
    return rules.picture(code.text), rules.quiet


def _text(page: Any, text: str, left: float, top: float, size: float, width: float, font: str) -> None:
    shown, height = fit(clean(text), size, min(size, 1.8), width)
    page.setFont(font, height * MM)
    page.drawString(left * MM, (top - BASELINE * height) * MM, shown)


def _cut_lines(page: Any, left: float, top: float, width: float, height: float) -> None:
    page.saveState()
    page.setDash(2, 3)
    page.setLineWidth(0.4)
    page.setStrokeGray(0.6)
    page.rect(left * MM, (top - height) * MM, width * MM, height * MM, stroke=1, fill=0)
    page.restoreState()
