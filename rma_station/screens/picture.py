"""Pictures: what a screen shows, as plain lines of text with roles. Pure, so that every screen can be read in a test.

A picture has exactly ``height`` lines of exactly ``width`` cells. A role is a name that ``themes.py`` has a style for.
Text never passes through a markup language on its way, and every piece of it is cleaned here once more: whatever a
label, a feed or a provider wrote, it can only be looked at.
"""

from __future__ import annotations

from typing import TypeAlias

from rich.cells import cell_len, chop_cells, set_cell_size

from rma_station.domain.clean import clean

Span: TypeAlias = tuple[str, str]
"""Text and its role."""
Line: TypeAlias = tuple[Span, ...]
Picture: TypeAlias = list[Line]

ELLIPSIS = "…"
LONGEST = 600
"""Characters of one piece of text; no line of a terminal is longer."""


def fit(text: str, width: int) -> str:
    """Text in exactly ``width`` cells: cut with an ellipsis, or padded."""
    if width <= 0:
        return ""
    text = clean(text, limit=LONGEST)
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(set_cell_size(text, width - 1) + ELLIPSIS, width)


def cells(text: str) -> int:
    """Width of a cleaned text on the terminal."""
    return cell_len(clean(text, limit=LONGEST))


def wrap(text: str, width: int, rows: int) -> list[str]:
    """Text in at most ``rows`` lines of at most ``width`` cells, broken between words; the rest is an ellipsis."""
    if width <= 0 or rows <= 0:
        return []
    lines: list[str] = []
    words = [piece for word in clean(text, limit=LONGEST).split(" ") for piece in chop_cells(word, width) or [""]]
    for word in words:
        if lines and cell_len(lines[-1]) + 1 + cell_len(word) <= width:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    if len(lines) > rows:
        lines = [*lines[: rows - 1], fit(" ".join(lines[rows - 1 :]), width).rstrip()]
    return lines


def line(width: int, *spans: Span, fill: str = "base") -> Line:
    """Spans in exactly ``width`` cells: what does not fit is cut, the rest of the line has role ``fill``."""
    kept: list[Span] = []
    room = width
    for given, role in spans:
        if room <= 0:
            break
        text = clean(given, limit=LONGEST)
        if cell_len(text) > room:
            text = fit(text, room)
        if text:
            kept.append((text, role))
        room -= cell_len(text)
    if room > 0:
        kept.append((" " * room, fill))
    return tuple(kept)


def ends(width: int, left: tuple[Span, ...], right: tuple[Span, ...], fill: str = "base") -> Line:
    """Left and right pieces of one line; the left gives way."""
    taken = sum(cells(text) for text, _ in right)
    if taken >= width:
        return line(width, *right, fill=fill)
    return (*line(width - taken, *left, fill=fill), *line(taken, *right, fill=fill))


def blank(width: int, role: str = "base") -> Line:
    """An empty line."""
    return ((" " * width, role),) if width > 0 else ()


def rule(width: int, role: str = "rule") -> Line:
    """A thin line across."""
    return (("─" * width, role),)


def exactly(picture: Picture, width: int, height: int) -> Picture:
    """Cut or fill to ``height`` lines."""
    return [*picture[:height], *[blank(width)] * (height - len(picture))]


def beside(left: Picture, right: Picture) -> Picture:
    """Two pictures of the same height, side by side."""
    return [(*one, *two) for one, two in zip(left, right, strict=True)]


def plain(picture: Picture) -> str:
    """A picture as text, without trailing blanks: what goldens keep."""
    return "\n".join("".join(text for text, _ in spans).rstrip() for spans in picture) + "\n"
