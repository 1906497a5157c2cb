"""The worker's day that ``answer`` and ``start`` measure is one the flows still take."""

from __future__ import annotations

from pathlib import Path

from benchmarks import answer


def test_a_day_of_scans_can_be_prepared(tmp_path: Path) -> None:
    """Every scan of it follows from the state the one before has led to."""
    _, scans = answer.day(tmp_path, 2, answer.UNITS)

    assert len(scans) > 2 * answer.UNITS
