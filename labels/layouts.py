"""Where each field of a unit label stands, in millimetres from the top left corner: data, no logic.

A new medium, or another arrangement, is one more ``Layout``; ``label.py`` puts words into the places and refuses
what does not fit. A field without a text leaves its place empty.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Media:
    """A label stock."""

    name: str
    """As in the configuration: ``57x32``."""
    width: float
    """Across the print head, mm."""
    height: float


@dataclass(frozen=True)
class Place:
    """Room for one line of text."""

    field: str
    """Which of ``label.unit_texts`` stands here."""
    x: float
    y: float
    width: float
    size: float
    """Font size, mm; a text that is too wide gets smaller down to ``smallest`` and is cut then."""
    smallest: float
    bold: bool = True


@dataclass(frozen=True)
class Strip:
    """The rows of the label that belong to the barcode; it is centred in the width."""

    y: float
    height: float


@dataclass(frozen=True)
class Layout:
    """One arrangement of a unit label."""

    places: tuple[Place, ...]
    bars: Strip
    bars_dangerous: Strip
    """A quarantine label gives some of the bars' height to the warning."""
    frame: float
    """Thickness of the quarantine frame along the edge, mm."""


_SMALL = Layout(
    places=(
        Place("disposition", 1.5, 1.2, 41.5, 4.8, 2.6),
        Place("destination", 1.5, 6.2, 41.5, 3.4, 2.0),
        Place("item", 1.5, 9.8, 41.5, 2.5, 1.9, bold=False),
        Place("rma", 1.5, 12.4, 29.0, 2.5, 1.9, bold=False),
        Place("held", 31.0, 12.4, 24.5, 2.6, 1.9),
        Place("grade", 44.0, 1.3, 11.5, 13.0, 6.0),
        Place("danger", 1.5, 15.1, 54.0, 3.4, 2.4),
        Place("lpn", 1.5, 27.6, 26.5, 3.0, 1.9),
        Place("attempt", 29.0, 27.6, 12.4, 2.7, 1.7),
        Place("sample", 43.0, 27.6, 12.5, 2.7, 1.7),
    ),
    bars=Strip(15.6, 11.2),
    bars_dangerous=Strip(18.9, 8.0),
    frame=0.75,
)

_SMALLEST = Layout(
    places=(
        Place("disposition", 1.4, 1.0, 36.5, 4.0, 2.4),
        Place("destination", 1.4, 5.0, 36.5, 2.9, 1.9),
        Place("item", 1.4, 8.0, 36.5, 2.1, 1.8, bold=False),
        Place("rma", 1.4, 10.2, 26.0, 2.2, 1.8, bold=False),
        Place("held", 28.0, 10.2, 20.6, 2.2, 1.8),
        Place("grade", 38.5, 1.0, 10.0, 10.5, 5.0),
        Place("danger", 1.4, 12.4, 47.0, 2.6, 2.0),
        Place("lpn", 1.4, 21.6, 23.5, 2.4, 1.8),
        Place("attempt", 25.6, 21.6, 10.6, 2.2, 1.5),
        Place("sample", 37.6, 21.6, 11.0, 2.2, 1.5),
    ),
    bars=Strip(12.8, 8.4),
    bars_dangerous=Strip(15.2, 6.0),
    frame=0.5,
)

_LARGE = Layout(
    places=(
        Place("sample", 5.0, 4.5, 45.0, 8.0, 4.0),
        Place("attempt", 55.0, 4.5, 40.0, 8.0, 4.0),
        Place("disposition", 5.0, 15.0, 90.0, 13.0, 6.0),
        Place("destination", 5.0, 30.0, 90.0, 10.0, 5.0),
        Place("grade", 5.0, 41.0, 40.0, 44.0, 20.0),
        Place("held", 48.0, 46.0, 47.0, 9.0, 4.0),
        Place("rma", 48.0, 66.0, 47.0, 6.0, 3.0),
        Place("danger", 5.0, 82.0, 90.0, 8.0, 4.0),
        Place("name", 5.0, 91.0, 90.0, 5.5, 3.5, bold=False),
        Place("sku", 5.0, 97.5, 90.0, 6.0, 3.5),
        Place("lpn", 5.0, 140.0, 90.0, 7.0, 4.0),
    ),
    bars=Strip(105.0, 32.0),
    bars_dangerous=Strip(105.0, 32.0),
    frame=2.0,
)

MEDIA = {
    "57x32": Media("57x32", 57, 32),
    "50x25": Media("50x25", 50, 25),
    "100x150": Media("100x150", 100, 150),
    "102x152": Media("102x152", 101.6, 152.4),
}
"""Media by the name used in the configuration; 102x152 is the 4 by 6 inch label."""

UNIT_LAYOUTS = {"57x32": _SMALL, "50x25": _SMALLEST, "100x150": _LARGE, "102x152": _LARGE}
"""The unit label's layout by medium."""
