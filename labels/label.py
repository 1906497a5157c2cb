"""What is on a label: a neutral model in millimetres that knows nothing of a printer language.

``layout.py`` makes it from a template and its content; ``zpl.py``, ``tspl.py``, ``epl.py``, ``pdf.py`` and ``png.py``
render it. Modules of barcodes are counted in whole printer dots, because a module that falls between two dots is what
makes a label unreadable (hardware reference 4.6, 4.7).
"""

from __future__ import annotations

from typing import TypeAlias

from labels.media import DOTS_PER_MM, Media
from rma_station.domain.record import dataclass


@dataclass(frozen=True)
class Text:
    """One line of text; ``x`` and ``y`` are the top left corner of its capitals, ``size`` the font size, all in mm."""

    x: float
    y: float
    size: float
    text: str
    bold: bool = True
    width: float = 0.0
    """Room it may fill when a printer's own font is wider or narrower than ours; 0: as wide as in our font."""


@dataclass(frozen=True)
class Symbol:
    """A barcode without a line of text; ``x`` and ``y`` are the corner of its first bar or module, mm."""

    symbology: str
    """A name of ``symbology.SYMBOLOGIES``."""
    x: float
    y: float
    data: str
    """What a scanner shall read; GS1 with its identifiers in brackets, such as ``(00)123456789012345675``."""
    module: int
    """Width of the narrowest bar, or of a module, in printer dots."""
    height: float
    """Of the bars, mm; 0 for a matrix, which is as high as its rows."""
    columns: int
    """Width without quiet zones, in modules."""
    rows: int = 1
    """Height in modules; 1 for bars."""


@dataclass(frozen=True)
class Frame:
    """A rectangle drawn inwards with a line of this thickness, mm."""

    x: float
    y: float
    width: float
    height: float
    thickness: float


@dataclass(frozen=True)
class Box:
    """A filled rectangle, mm: lines and dashes."""

    x: float
    y: float
    width: float
    height: float


Element: TypeAlias = Text | Symbol | Frame | Box


@dataclass(frozen=True)
class Label:
    """A label ready to be rendered."""

    name: str
    """What it is, for a file name or a title: cleaned."""
    media: Media
    dpi: int
    elements: tuple[Element, ...]

    def dots(self, millimetres: float) -> int:
        """Millimetres as whole dots of this label's printer."""
        return round(millimetres * DOTS_PER_MM[self.dpi])
