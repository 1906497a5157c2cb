"""Label stocks and printer resolutions: the only sizes there are."""

from __future__ import annotations

from rma_station.domain.record import dataclass

DOTS_PER_MM = {203: 8.0, 300: 300 / 25.4}
"""A "203 dpi" head has exactly 8 dots a millimetre."""


@dataclass(frozen=True)
class Media:
    """A label stock."""

    name: str
    """As in the configuration: ``57x32``."""
    width: float
    """Across the print head, mm."""
    height: float


MEDIA = {
    "57x32": Media("57x32", 57, 32),
    "50x25": Media("50x25", 50, 25),
    "100x150": Media("100x150", 100, 150),
    "102x152": Media("102x152", 101.6, 152.4),
}
"""Media by the name used in the configuration; 102x152 is the 4 by 6 inch label."""
