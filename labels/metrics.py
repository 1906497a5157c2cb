"""How wide a text will be, without a font library: building a label must not cost a font file.

The widths are those of DejaVu Sans Bold, the widest face we print with. Zebra's resident font 0 is about a quarter
narrower, so what fits here fits in every printer language; a test compares the table with the font we ship.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from rma_station.domain.clean import clean

_ASCII = (
    348, 456, 521, 838, 696, 1002, 872, 306, 457, 457, 523, 838, 380, 415, 380, 365, 696, 696, 696, 696, 696, 696,
    696, 696, 696, 696, 400, 400, 838, 838, 838, 580, 1000, 774, 762, 734, 830, 683, 683, 821, 837, 372, 372, 775,
    637, 995, 837, 850, 733, 850, 770, 720, 682, 812, 774, 1103, 771, 724, 725, 457, 365, 457, 838, 500, 500, 675,
    716, 593, 716, 678, 435, 716, 712, 343, 343, 665, 343, 1042, 712, 687, 716, 716, 493, 595, 478, 712, 652, 924,
    645, 652, 582, 712, 365, 712, 838,
)  # fmt: skip
"""Advance widths of U+0020 to U+007E in thousandths of the font size."""

_WIDEST = 1170
_STROKED = str.maketrans({"Ł": "L", "ł": "f", "ľ": "r"})
"""Letters that do not decompose, or are wider than their base, with a letter at least as wide."""
_SPELLED = str.maketrans({"…": "...", "–": "-", "—": "-", "’": "'", "‘": "'", "„": '"', "”": '"', "“": '"'})
UNPRINTABLE = "?"


def printable(text: str, limit: int = 200) -> str:
    """Text as a label printer can show it: cleaned, composed, Latin letters only.

    The resident fonts of label printers have Latin letters with all European accents; anything else (emoji, Arabic,
    Chinese) would come out as boxes or nothing, so it becomes a question mark that a person can see.

    Args:
        text: anything, of any length.
        limit: longest result in characters.
    """
    composed = unicodedata.normalize("NFC", clean(text[: limit * 2], limit)).translate(_SPELLED)
    if composed.isascii():
        return composed[:limit].strip()
    shown = (c if " " <= c <= "~" or "\u00a1" <= c <= "\u017f" else UNPRINTABLE for c in composed[:limit])
    return "".join(shown).strip()


def width_of(text: str, size: float) -> float:
    """Width of a text in the unit of ``size`` (the font size); never less than it will be on paper."""
    return sum(map(_advance, text)) * size / 1000


def fit(text: str, size: float, smallest: float, width: float) -> tuple[str, float]:
    """Make a text fit a width: first smaller, then cut with three dots.

    Args:
        text: printable text.
        size: wished font size.
        smallest: least legible font size, in the same unit.
        width: what there is, in the same unit.

    Returns:
        The text, perhaps cut, and its size.
    """
    natural = width_of(text, 1.0)
    if natural * size <= width:
        return text, size
    if natural * smallest <= width:
        return text, width / natural
    while text and width_of(text + "...", smallest) > width:
        text = text[:-1]
    return text.rstrip() + "...", smallest


def fit_lines(
    paragraphs: Sequence[str], size: float, smallest: float, width: float, most: int
) -> tuple[list[str], float]:
    """Make paragraphs fit a number of lines: broken between words, then smaller, then cut.

    Args:
        paragraphs: printable texts; each begins a new line.
        size: wished font size.
        smallest: least legible font size, in the same unit.
        width: of a line, in the same unit.
        most: lines there are.

    Returns:
        The lines and their common size.
    """
    if not paragraphs:
        return [], size
    if most == 1:
        text, fitted = fit(" ".join(paragraphs), size, smallest, width)
        return [text], fitted
    for step in range(_STEPS + 1):
        tried = size - (size - smallest) * step / _STEPS
        lines = [line for paragraph in paragraphs for line in _wrapped(paragraph, tried, width)]
        if len(lines) <= most and all(width_of(line, tried) <= width for line in lines):
            return lines, tried
    kept = [fit(line, smallest, smallest, width)[0] for line in lines[:most]]
    if len(lines) > most:
        kept[-1] = fit(kept[-1] + " ...", smallest, smallest, width)[0]
    return kept, smallest


_STEPS = 5
"""Sizes tried between the wished and the smallest."""


def _wrapped(text: str, size: float, width: float) -> list[str]:
    """Broken between words; a word that is too long stays whole, to be cut by the caller."""
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _advance(character: str) -> int:
    code = ord(character)
    if 32 <= code <= 126:
        return _ASCII[code - 32]
    base = ord(unicodedata.normalize("NFD", character.translate(_STROKED))[0])
    return _ASCII[base - 32] + 10 if 32 <= base <= 126 else _WIDEST
