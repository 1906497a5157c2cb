"""What a figure is, how it is judged and shown: figure, measured, baseline, ratio, target."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    name: str
    measured: str
    """The subject's own number with its unit."""
    baseline: str
    """What it is compared with, and that one's number from the same run."""
    value: float
    """Ratio to the baseline, or the plain number when the target is one."""
    target: float
    sense: Literal["at most", "at least", "information"] = "at most"
    notes: tuple[str, ...] = ()
    """Lines below the table."""

    @property
    def met(self) -> str:
        """``met``, ``missed by ...`` or nothing for a figure without a promise."""
        if self.sense == "information":
            return ""
        kept = self.value <= self.target if self.sense == "at most" else self.value >= self.target
        if kept:
            return "met"
        return f"missed by {abs(self.value / self.target - 1):.0%}" if self.target else "missed"


def table(figures: Sequence[Figure]) -> str:
    """All figures as aligned text, notes below."""
    signs = {"at most": "<=", "at least": ">=", "information": ""}
    rows = [("figure", "measured", "baseline in the same run", "ratio", "target", "")]
    for figure in figures:
        target = f"{signs[figure.sense]} {figure.target:g}" if figure.sense != "information" else "-"
        rows.append((figure.name, figure.measured, figure.baseline, f"{figure.value:.4g}", target, figure.met))
    widths = [max(len(row[column]) for row in rows) for column in range(6)]
    rows.insert(1, tuple("-" * width for width in widths))  # type: ignore[arg-type]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    notes = [f"{figure.name}: {note}" for figure in figures for note in figure.notes]
    return "\n".join([*lines, "", *notes]).rstrip()


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of all values does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-len(ordered) * int(share * 1000) // 1000) - 1))]


def ms(seconds: float) -> str:
    """Seconds as milliseconds."""
    return f"{seconds * 1000:.1f} ms"


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(values)
